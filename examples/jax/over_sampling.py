"""Over-sampling: several points per pixel, everywhere the same or more where the light is steep.

    python examples/jax/over_sampling.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits; without it an image is simulated.

How many points each pixel has is chosen before a fit, from the data and the mask, and is part of the type of the
dataset. The centre of a galaxy may then move as it likes: the shapes of all arrays stay, and nothing is compiled again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from by_hand import gradient_as_vector, instance_from, log_likelihood, sersic
from operated import dataset_from

import galens.galaxy as ag


def likelihood_of(dataset: ag.Imaging) -> Callable[[Any], jax.Array]:
    """The likelihood by hand: evaluate at all points, take the mean of each pixel's, add the light from outside of the
    mask, convolve."""
    over_sampling = dataset.grids.lp.over_sampling
    y, x = over_sampling.points(jnp.asarray(dataset.grids.lp.array), dataset.pixel_scales)
    outside = jnp.asarray(dataset.grids.blurring.array).T

    def likelihood(instance: Any) -> jax.Array:
        bulge = instance.galaxies.galaxy.bulge
        image = ag.Array2D(over_sampling.bin(sersic(bulge, y, x)), mask=dataset.mask)
        blurring_image = ag.Array2D(sersic(bulge, *outside), mask=dataset.grids.blurring.mask)
        convolved = dataset.psf.convolved_image_from(image=image, blurring_image=blurring_image)
        return log_likelihood(convolved.array, dataset)

    return likelihood


def main(data: Path | None = None) -> dict[str, Any]:
    dataset = dataset_from(data)
    # Radial bins around a point: 32x32 points per pixel within 0.3 arcsec, 4x4 within 0.6, one beyond.
    adaptive = ag.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=dataset.grid, sub_size_list=[32, 4, 1], radial_list=[0.3, 0.6], centre_list=[(0.1, 0.1)]
    )
    sizes = {"uniform 2": 2, "uniform 4": 4, "uniform 8": 8, "adaptive": adaptive}
    instance = instance_from()
    results: dict[str, Any] = {}
    for name, size in sizes.items():
        likelihood = likelihood_of(dataset.apply_over_sampling(over_sample_size_lp=size))
        value = jax.jit(likelihood)(instance)
        gradient = gradient_as_vector(jax.jit(jax.grad(likelihood))(instance))
        points = int(np.sum(np.broadcast_to(size, dataset.shape_slim) ** 2))
        print(f"{name:10s} {points:7d} points: {value:.7f}")
        results[name] = {"value": float(value), "gradient": gradient, "points": points}
    counts = {int(size): int(count) for size, count in zip(*np.unique(adaptive, return_counts=True), strict=True)}
    print(f"adaptive: pixels with a size of {counts}")

    # How much it matters: a steep profile with its centre on the corner of a pixel, against 32x32 points everywhere.
    steep = ag.lp.Sersic(centre=(0.1, 0.1), ell_comps=(1 / 19, 0.0), effective_radius=0.6, sersic_index=4.0)

    def image(size: Any) -> np.ndarray:
        return np.asarray(steep.image_2d_from(grid=dataset.apply_over_sampling(over_sample_size_lp=size).grids.lp))

    truth = image(32)
    for name, size in {"1 point": 1, "2 x 2": 2, "adaptive": adaptive}.items():
        worst = float(np.max(np.abs(image(size) / truth - 1)))
        total = float(image(size).sum() / truth.sum() - 1)
        print(f"{name:10s} worst pixel {100 * worst:6.2f} %, total light {100 * total:+6.2f} %")
        results[f"accuracy {name}"] = (worst, total)

    # Without a size of your own galens chooses the points, and lets them follow the centre of each profile. The model
    # image is then right to a small part of the noise, at a fraction of the cost.
    galaxies = ag.Galaxies([ag.Galaxy(redshift=0.5, bulge=steep)])
    default = ag.Imaging(data=dataset.data, noise_map=dataset.noise_map, psf=dataset.psf)
    models = [ag.FitImaging(each, galaxies).model_data for each in (default, dataset.apply_over_sampling(64))]
    in_noise = float(np.max(np.abs(np.asarray((models[0] - models[1]) / dataset.noise_map))))
    print(f"default: {len(default.operator.y)} points, wrong by at most {in_noise:.1e} of the noise")
    results["default"] = in_noise

    # Moving the centre: one compilation, whatever the centre.
    analysis = ag.AnalysisImaging(dataset=dataset.apply_over_sampling(over_sample_size_lp=adaptive))
    compilations = 0

    @jax.jit
    def compiled(instance: Any) -> jax.Array:
        nonlocal compilations
        compilations += 1  # runs when the function is traced, not when it is called
        return analysis.log_likelihood_function(instance=instance)

    for centre in [(0.1, 0.1), (0.0, 0.0), (2.9, -2.9)]:
        compiled(instance_from(centre=centre))
    print(f"three centres, {compilations} compilation")
    return {**results, "counts": counts, "compilations": compilations}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
