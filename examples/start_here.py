"""galens in a few minutes: light profiles, galaxies, their images.

    python examples/start_here.py [--output FOLDER | --show]

Needs no data, no configuration and no particular working directory. The figures go to a folder, or to the screen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jax
import numpy as np

import galens.galaxy as ag
import galens.plot as aplt


def main(output: Path | None = None) -> dict[str, float]:
    # A grid of (y, x) coordinates in arcseconds: y points up, row 0 of an image is its top row, and the centre of the
    # image is (0, 0). Every pixel is evaluated at 4x4 points and their mean taken, because light that changes quickly
    # across a pixel is not what it is at the pixel's centre.
    grid = ag.Grid2D.uniform(shape_native=(150, 150), pixel_scales=0.05, over_sample_size=4)
    aplt.plot_grid(grid=grid, title="Uniform grid", output_path=output)

    # A light profile is a formula with parameters. The ellipticity components say how elongated it is and where it
    # points; ag.convert turns them from and into an axis ratio and an angle.
    sersic = ag.lp.Sersic(
        centre=(0.0, 0.0),
        ell_comps=(0.2, 0.1),
        intensity=0.005,
        effective_radius=2.0,
        sersic_index=4.0,
    )
    axis_ratio, angle = ag.convert.axis_ratio_and_angle_from(ell_comps=sersic.ell_comps)
    print(f"axis ratio {axis_ratio:.3f}, position angle {angle:.1f} degrees")

    # Its image is an Array2D: .native is the picture, the array itself the list of its pixels from the top left. NumPy
    # and matplotlib take either.
    sersic_image = sersic.image_2d_from(grid=grid)
    print(f"an image of {sersic_image.shape_native} pixels, the brightest {np.max(sersic_image):.4f}")
    aplt.plot_array(array=sersic_image, title="Sersic profile", use_log10=True, output_path=output)

    # A galaxy is a redshift and any number of profiles, whose names are yours to choose.
    exponential = ag.lp.Exponential(centre=(0.0, 0.0), ell_comps=(0.1, 0.0), intensity=0.1, effective_radius=0.5)
    galaxy = ag.Galaxy(redshift=0.5, bulge=sersic, disk=exponential)
    galaxy_image = galaxy.image_2d_from(grid=grid)
    aplt.plot_array(array=galaxy_image, title="Galaxy", use_log10=True, output_path=output)
    aplt.subplot_galaxy_light_profiles(galaxy=galaxy, grid=grid, output_path=output)

    # Galaxies add up.
    companion = ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.SersicSph(centre=(0.5, 0.2), intensity=1.0, effective_radius=1.0, sersic_index=2.0),
    )
    pair = ag.Galaxies([galaxy, companion])
    aplt.subplot_galaxies(galaxies=pair, grid=grid, output_path=output, output_filename="pair")

    # As many profiles as the picture needs: a merger with four clumps of young stars.
    clumps = {
        f"clump_{index}": ag.lp.SersicSph(centre=centre, intensity=0.5, effective_radius=0.2)
        for index, centre in enumerate([(1.0, 1.0), (0.5, 0.8), (-1.0, -0.7), (-1.0, 0.4)])
    }
    merger = ag.Galaxies(
        [
            ag.Galaxy(
                redshift=0.5,
                bulge=ag.lp.Sersic(
                    ell_comps=ag.convert.ell_comps_from(axis_ratio=0.9, angle=45.0),
                    intensity=0.2,
                    effective_radius=0.8,
                    sersic_index=4.0,
                ),
                disk=ag.lp.Exponential(
                    ell_comps=ag.convert.ell_comps_from(axis_ratio=0.7, angle=30.0), intensity=0.1, effective_radius=1.6
                ),
                **clumps,
            ),
            ag.Galaxy(
                redshift=0.5,
                bulge=ag.lp.Sersic(
                    centre=(0.0, 1.0), ell_comps=(0.0, 0.1), intensity=0.1, effective_radius=0.6, sersic_index=3.0
                ),
            ),
        ]
    )
    merger_image = merger.image_2d_from(grid=grid)
    aplt.plot_array(array=merger_image, title="Merger", use_log10=True, output_path=output)

    # Profiles, galaxies and images are pytrees: any of JAX's transformations takes them and gives them back. Here is
    # the derivative of the galaxy's total light with respect to each of its parameters, as a galaxy.
    slope = jax.grad(lambda galaxy: galaxy.image_2d_from(grid=grid).array.sum())(galaxy)
    print(f"d(total light) / d(effective radius of the disk) = {slope.disk.effective_radius:.4f}")

    # From here: galaxies.py goes deeper, fit.py compares a galaxy with data, modeling.py finds the galaxy from data.
    return {
        "sersic_sum": float(np.sum(sersic_image)),
        "sersic_max": float(np.max(sersic_image)),
        "sersic_corner": float(sersic_image.native[0, 0]),
        "exponential_sum": float(np.sum(exponential.image_2d_from(grid=grid))),
        "galaxy_sum": float(np.sum(galaxy_image)),
        "disk_radius_slope": float(slope.disk.effective_radius),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("output/start_here"), help="folder of the figures")
    parser.add_argument("--show", action="store_true", help="show the figures instead")
    arguments = parser.parse_args()
    main(None if arguments.show else arguments.output)
    if not arguments.show:
        print(f"figures are in {arguments.output.resolve()}")
