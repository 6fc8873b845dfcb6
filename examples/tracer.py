"""Two sources behind one lens: rays, images and time delays of three planes.

python examples/tracer.py [--output FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import galens.lens as al
import galens.plot as aplt

GRID = al.Grid2D.uniform(shape_native=(80, 80), pixel_scales=0.05)


def double_source_plane() -> al.Tracer:
    """A lens, a source, and a second source that both of them lens."""
    lens = al.Galaxy(
        redshift=0.2,
        light=al.lp.Sersic(intensity=0.3, effective_radius=0.5, sersic_index=3.0),
        mass=al.mp.Isothermal(einstein_radius=1.3, ell_comps=(0.08, 0.02)),
    )
    first = al.Galaxy(
        redshift=0.6,
        light=al.lp.ExponentialSph(centre=(0.05, 0.1), intensity=1.0, effective_radius=0.1),
        mass=al.mp.IsothermalSph(centre=(0.05, 0.1), einstein_radius=0.15),
    )
    second = al.Galaxy(
        redshift=2.4, light=al.lp.ExponentialSph(centre=(-0.1, 0.0), intensity=0.5, effective_radius=0.15)
    )
    return al.Tracer({"lens": lens, "first": first, "second": second})


def main(output: Path | None = None) -> dict[str, float]:
    tracer = double_source_plane()
    results: dict[str, float] = {}

    # Einstein radii are those of light from the last plane. The lens bends light of the first source less.
    factor = tracer.cosmology.scaling_factor_between_redshifts_from(0.2, 0.6, 2.4)
    print(f"The lens bends light of the first source {float(factor):.3f} times as much as that of the second.")
    results["factor"] = float(factor)

    for name, image in tracer.galaxy_image_2d_dict_from(grid=GRID).items():
        results[f"flux {name}"] = float(np.sum(image.values))
        print(f"{name:>7}: {results[f'flux {name}']:6.1f} in the image")
        aplt.plot_array(image, title=name, output_path=output, output_filename=name)

    # Light of the second source takes ways of different length, through two lenses, to the right and to the left.
    sides = al.Grid2DIrregular([(0.0, 1.5), (0.0, -1.3)])
    traced = tracer.traced_grid_2d_list_from(grid=sides)
    for redshift, points in zip(tracer.plane_redshifts, traced, strict=True):
        print(f"z = {redshift}: rays at " + " and ".join(f"({y:.3f}, {x:.3f})" for y, x in points.in_list))
    right, left = np.asarray(tracer.time_delays_from(grid=sides))
    results["delay"] = float(left - right)
    print(f"The left ray arrives {results['delay']:.1f} days after the right one.")
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="folder for figures; shown on screen otherwise")
    main(parser.parse_args().output)
