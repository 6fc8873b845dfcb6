"""Light profiles and galaxies: evaluate them anywhere, add them up, trace, batch and differentiate them.

python examples/galaxies.py [--output FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import galens.galaxy as ag
import galens.plot as aplt

# Every standard light profile, elliptical and circular, with parameters far from their defaults.
PROFILES = {
    "Gaussian": ag.lp.Gaussian(centre=(0.1, -0.2), ell_comps=(0.1, 0.2), intensity=2.0, sigma=0.7),
    "GaussianSph": ag.lp.GaussianSph(centre=(0.1, -0.2), intensity=2.0, sigma=0.7),
    "Sersic": ag.lp.Sersic((0.1, -0.2), (0.1, 0.2), intensity=0.5, effective_radius=0.9, sersic_index=3.1),
    "SersicSph": ag.lp.SersicSph((0.1, -0.2), intensity=0.5, effective_radius=0.9, sersic_index=3.1),
    "SersicCore": ag.lp.SersicCore((0.1, -0.2), (0.1, 0.2), intensity=0.5, effective_radius=0.9, sersic_index=3.1),
    "SersicCoreSph": ag.lp.SersicCoreSph((0.1, -0.2), intensity=0.5, effective_radius=0.9, sersic_index=3.1),
    "Exponential": ag.lp.Exponential((0.1, -0.2), (0.1, 0.2), intensity=0.5, effective_radius=0.9),
    "ExponentialSph": ag.lp.ExponentialSph((0.1, -0.2), intensity=0.5, effective_radius=0.9),
    "DevVaucouleurs": ag.lp.DevVaucouleurs((0.1, -0.2), (0.1, 0.2), intensity=0.5, effective_radius=0.9),
    "DevVaucouleursSph": ag.lp.DevVaucouleursSph((0.1, -0.2), intensity=0.5, effective_radius=0.9),
}


def main(output: Path | None = None) -> dict[str, float]:
    grid = ag.Grid2D.uniform(shape_native=(100, 100), pixel_scales=0.1)

    # 1. A galaxy's image is the sum of its profiles' images, and Galaxies' image the sum of the galaxies'.
    galaxy_0 = ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.Sersic(
            ell_comps=ag.convert.ell_comps_from(axis_ratio=0.9, angle=45.0),
            intensity=1.0,
            effective_radius=0.6,
            sersic_index=3.0,
        ),
        disk=ag.lp.Exponential(
            ell_comps=ag.convert.ell_comps_from(axis_ratio=0.7, angle=30.0), intensity=0.5, effective_radius=1.6
        ),
    )
    galaxy_1 = ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.Sersic(centre=(1.5, 1.0), ell_comps=(0.0, 0.1), intensity=0.3, effective_radius=0.8),
    )
    galaxies = ag.Galaxies([galaxy_0, galaxy_1])
    image = galaxies.image_2d_from(grid=grid)
    parts = [profile.image_2d_from(grid=grid) for profile in (galaxy_0.bulge, galaxy_0.disk, galaxy_1.bulge)]
    additivity = float(np.max(np.abs(np.asarray(image - sum(parts)))))
    print(f"image of the galaxies minus the sum of its parts: at most {additivity:.1e}")
    aplt.subplot_galaxies(galaxies=galaxies, grid=grid, output_path=output)

    # 2. Coordinates need not be pixels. At a list of points nothing is averaged: the value is the profile's own, and
    # equals the image of a grid with one point per pixel.
    points = ag.Grid2DIrregular([(0.05, 0.05), (1.25, -0.35), (-2.45, 3.15)])
    values = galaxies.image_2d_from(grid=points)
    centres = ag.Grid2D.uniform(shape_native=(100, 100), pixel_scales=0.1, over_sample_size=1)
    pixels = galaxies.image_2d_from(grid=centres).native
    at_pixels = [pixels[row, column] for row, column in ((49, 50), (37, 46), (74, 81))]
    at_points = float(np.max(np.abs(np.asarray(values) - np.asarray(at_pixels))))
    print(f"three points: {np.asarray(values)}; their pixels differ by at most {at_points:.1e}")

    # 3. All profiles share one interface, and all compile: jit gives the same image, vmap a stack of images.
    small = ag.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.5, over_sample_size=2)
    worst_jit = worst_batch = 0.0
    finite_slopes = True
    for name, profile in PROFILES.items():
        eager = profile.image_2d_from(grid=small).array
        compiled = jax.jit(lambda profile: profile.image_2d_from(grid=small).array)(profile)
        worst_jit = max(worst_jit, float(jnp.max(jnp.abs(compiled / eager - 1))))

        # A batch is a profile whose parameters have a leading axis. vmap runs over it.
        batch = jax.tree.map(lambda value: value * jnp.array([1.0, 1.1, 1.2]), profile)
        images = jax.vmap(lambda profile: profile.image_2d_from(grid=small).array)(batch)
        worst_batch = max(worst_batch, float(jnp.max(jnp.abs(images[0] / eager - 1))))

        # The derivative exists for every parameter also where it is most delicate: on the centre of the profile.
        at_centre = ag.Grid2DIrregular([profile.centre])
        slopes = jax.grad(lambda profile, grid: profile.image_2d_from(grid=grid).array.sum())(profile, at_centre)
        finite_slopes &= all(bool(jnp.all(jnp.isfinite(slope))) for slope in jax.tree.leaves(slopes))
        print(f"{name:18s} total light {float(eager.sum()):10.4f}")
    print(f"jit differs by at most {worst_jit:.1e}, vmap by {worst_batch:.1e}")
    print(f"slopes at the centre are finite: {finite_slopes}")

    # 4. The same image with linear and logarithmic colours.
    aplt.plot_array(array=image, title="Image", output_path=output)
    aplt.plot_array(array=image, title="Image log10", use_log10=True, output_path=output)
    return {
        "additivity": additivity,
        "at_points": at_points,
        "jit": worst_jit,
        "vmap": worst_batch,
        "finite_slopes": float(finite_slopes),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("output/galaxies"), help="folder of the figures")
    arguments = parser.parse_args()
    main(arguments.output)
    print(f"figures are in {arguments.output.resolve()}")
