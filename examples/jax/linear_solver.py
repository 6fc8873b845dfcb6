"""Intensities that are solved: a linear Sersic profile, expansions in Gaussians, and a system of 1145 unknowns.

    python examples/jax/linear_solver.py [--data FOLDER] [--fast]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits with 0.05 arcsec pixels; without it an image is simulated.
--fast leaves the large system out. Everything runs on the device that JAX finds.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from operated import dataset_from

import galens.fit as af
import galens.galaxy as ag
from galens.numerics.nnls import nnls

ELL_COMPS = (0.052, 0.0)


def gaussians(count: int) -> ag.lp_basis.Basis:
    """An expansion on the origin, from 0.01 to 3 arcsec."""
    sigmas = np.logspace(-2, np.log10(3.0), count)
    return ag.lp_basis.Basis([ag.lp_linear.Gaussian((0.0, 0.0), ELL_COMPS, sigma=float(sigma)) for sigma in sigmas])


def gradient_through_the_solution(dataset: ag.Imaging, count: int) -> dict[str, Any]:
    """Log likelihood of an expansion whose centre and shape are free, and its gradient."""
    stars = ag.model_util.mge_model_from(mask_radius=3.0, total_gaussians=count, sigma_min=0.01)
    model = af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, stars=stars)))
    fitness = af.Fitness(model=model, analysis=ag.AnalysisImaging(dataset=dataset))
    vector = np.array([0.01, -0.01, *ELL_COMPS])
    value, gradient = fitness.value_and_grad(vector)
    begin = time.perf_counter()
    jax.block_until_ready(fitness.value_and_grad(vector))
    print(
        f"{count} Gaussians: log likelihood {value:.4f}, gradient {np.array2string(np.asarray(gradient), precision=4)}"
    )
    print(f"  {1e3 * (time.perf_counter() - begin):.1f} ms for both, on {jax.default_backend()}")
    return {"value": float(value), "gradient": np.asarray(gradient)}


def mixed_system(pixels: int = 11304, expansion: int = 180, sparse: int = 965, seed: int = 1) -> tuple[Any, Any]:
    """Whitened columns (pixels, expansion + sparse) and data: smooth ones that cover all, small ones side by side."""
    rng = np.random.default_rng(seed)
    radius = np.sqrt(rng.uniform(0.0, 9.0, pixels))
    dense = np.exp(-0.5 * (radius[:, None] / np.logspace(-2, np.log10(3.0), expansion)) ** 2)
    place = rng.uniform(0.0, sparse, pixels)
    small = np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(sparse)[None, :] - 0.5) / 1.5)
    columns = np.concatenate([dense, small], axis=1) * 20.0
    amplitudes = np.concatenate([rng.exponential(0.1, expansion), np.maximum(rng.normal(0.2, 0.5, sparse), 0.0)])
    return jnp.asarray(columns), jnp.asarray(columns @ amplitudes + rng.standard_normal(pixels))


def main(data: Path | None = None, fast: bool = False) -> dict[str, Any]:
    dataset = dataset_from(data)

    # One linear profile: its intensity is D / F, and the fit says so.
    profile = ag.lp_linear.Sersic((0.1, 0.1), (0.1, 0.2), effective_radius=15.0, sersic_index=2.9)
    one = ag.FitImaging(dataset=dataset, galaxies=[ag.Galaxy(redshift=0.5, bulge=profile)])
    linear = one.linear_light
    print(f"a linear Sersic profile: D {linear.data_vector[0]:.6f}, F {linear.curvature_matrix[0, 0]:.6f}, ", end="")
    print(f"intensity {linear.reconstruction[0]:.12f}, chi-squared {one.chi_squared:.9f}")

    # 180 Gaussians: positive intensities, and any.
    galaxies = [ag.Galaxy(redshift=0.5, stars=gaussians(60 if fast else 180))]
    positive = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    shining = int(np.count_nonzero(np.asarray(positive.linear_light.reconstruction)))
    print(f"expansion: chi-squared {positive.chi_squared:.9f} with {shining} positive intensities")

    found = {
        "sersic": (
            float(linear.data_vector[0]),
            float(linear.curvature_matrix[0, 0]),
            float(linear.reconstruction[0]),
            float(one.chi_squared),
        ),
        "expansion": (float(positive.chi_squared), shining),
        "gradients": [gradient_through_the_solution(dataset, count) for count in ((60,) if fast else (60, 180))],
    }
    if not fast:
        columns, whitened = mixed_system()

        def misfit(columns: jax.Array) -> jax.Array:
            solved = nnls(columns.T @ columns, columns.T @ whitened)
            return jnp.sum((whitened - columns @ solved.solution) ** 2)

        solved = nnls(columns.T @ columns, columns.T @ whitened)
        begin = time.perf_counter()
        jax.block_until_ready(nnls(columns.T @ columns, columns.T @ whitened))
        middle = time.perf_counter()
        value, gradient = jax.jit(jax.value_and_grad(misfit))(columns)
        print(
            f"{columns.shape[0]} x {columns.shape[1]}: {1e3 * (middle - begin):.0f} ms, "
            f"optimality {solved.residual:.1e}, chi-squared {value:.3f}, {int(jnp.sum(solved.passive))} positive"
        )
        found["mixed"] = (float(solved.residual), float(value), bool(jnp.all(jnp.isfinite(gradient))))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    parser.add_argument("--fast", action="store_true", help="without the large system")
    arguments = parser.parse_args()
    main(arguments.data, arguments.fast)
