"""Radius 0: the centre of a profile exactly on a pixel, exactly round, and both.

    python examples/jax/radial_minimum.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits; without it an image is simulated.

Where R = 0 a formula with sqrt(R^2) or R^(1/n) has a value, but automatic differentiation meets 0 times infinity and
answers NaN. Moving the pixels away from the centre cures that at the price of a wrong value: with n = 2.9 the light of
a pixel at 1e-8 arcsec differs from that of the centre by 0.1 %. galens moves nothing: it gives the derivative its
limit and the value stays exact.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from by_hand import gradient_as_vector, instance_from, log_likelihood, sersic
from operated import dataset_from

import galens.galaxy as ag


def main(data: Path | None = None) -> dict[str, Any]:
    dataset = dataset_from(data)
    y, x = jnp.asarray(dataset.grids.lp.array).T

    # 1. The centre on the centre of a pixel: by hand, with the "double where" of by_hand.sersic, and by the library.
    def likelihood(instance: Any) -> jax.Array:
        return log_likelihood(sersic(instance.galaxies.galaxy.bulge, y, x), dataset)

    def likelihood_of_library(instance: Any) -> jax.Array:
        image = instance.galaxies.galaxy.bulge.image_2d_from(grid=dataset.grids.lp)
        return log_likelihood(image.array, dataset)

    instance = instance_from(centre=(0.05, 0.05))
    value, by_library = float(likelihood(instance)), float(likelihood_of_library(instance))
    gradient = gradient_as_vector(jax.jit(jax.grad(likelihood))(instance))
    gradient_of_library = gradient_as_vector(jax.jit(jax.grad(likelihood_of_library))(instance))
    print(f"centre on a pixel: {value:.7f}, by the library {by_library:.7f}")
    print(f"gradient {gradient}")
    print(f"of the library {gradient_of_library}")

    # 2. Every profile, at its centre and 1e-12 arcsec beside it, round and elliptical: the value is the limit, and no
    # derivative is infinite or NaN.
    profiles = {
        name: getattr(ag.lp, name) for name in ("Gaussian", "Sersic", "SersicCore", "Exponential", "DevVaucouleurs")
    }
    finite = True
    jump = 0.0
    for name, profile in profiles.items():
        for ell_comps in [(0.0, 0.0), (1e-12, 0.0), (0.1, 0.2)]:
            for offset in (0.0, 1e-12):
                point = ag.Grid2DIrregular([(0.05 + offset, 0.05)])
                light = profile(centre=(0.05, 0.05), ell_comps=ell_comps)

                def brightness(light: ag.LightProfile, point: ag.Grid2DIrregular = point) -> jax.Array:
                    return light.image_2d_from(grid=point).array.sum()

                slopes = jax.tree.leaves(jax.grad(brightness)(light))
                finite &= all(bool(jnp.isfinite(slope)) for slope in slopes)
                at_centre = brightness(light, ag.Grid2DIrregular([(0.05, 0.05)]))
                jump = max(jump, float(jnp.abs(brightness(light) / at_centre - 1))) if name != "Sersic" else jump
        print(f"{name:15s} finite so far: {finite}")
    return {
        "value": value,
        "by_library": by_library,
        "gradient": gradient,
        "gradient_of_library": gradient_of_library,
        "finite": finite,
        "jump": jump,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
