"""The log likelihood of a model as a function of its parameter vector: value, gradient, batch.

    python examples/jax/func_grad.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits; without it an image is simulated.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from operated import dataset_from

import galens.fit as af
import galens.galaxy as ag


def model_from(profile: type, all_free: bool = False) -> Any:
    """One galaxy with one profile; centre and ellipticity are fixed unless `all_free`."""
    bulge = af.Model(profile)
    if not all_free:
        bulge.centre = (0.0, 0.0)
        bulge.ell_comps = (0.0, 0.0)
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))


def main(data: Path | None = None) -> dict[str, Any]:
    dataset = dataset_from(data)
    analysis = ag.AnalysisImaging(dataset=dataset)
    results: dict[str, Any] = {}
    # An operated profile is light as the telescope recorded it, that is, after the PSF: no convolution. The other one
    # is convolved.
    for name, profile in {"operated": ag.lp_operated.Sersic, "convolved": ag.lp.Sersic}.items():
        model = model_from(profile)
        fitness = af.Fitness(model=model, analysis=analysis)
        # The middle of every prior: far from any galaxy, which makes the numbers large and the test sharp.
        parameters = jnp.array(model.physical_values_from_prior_medians)
        value = fitness(parameters)
        gradient = jax.jit(jax.grad(fitness))(parameters)
        print(f"{name}: {dict(zip(model.program.names, parameters.tolist(), strict=True))}")
        print(f"    log likelihood {value:.7f}")
        print(f"    gradient       {gradient}")
        np.testing.assert_allclose(gradient, differences(fitness, parameters), rtol=1e-6)

        # vmap: many vectors in one call. Each has the value that it has alone.
        vectors = parameters * (1 + 0.1 * jax.random.uniform(jax.random.key(0), (50, len(parameters))))
        batch = jax.jit(jax.vmap(fitness))(vectors)
        np.testing.assert_allclose(batch, [fitness(vector) for vector in vectors], rtol=1e-12)
        results[name] = {"value": float(value), "gradient": np.asarray(gradient)}

    # With all seven parameters free the vector of medians has an ellipticity of exactly (0, 0), where an angle is not
    # defined; the gradient is.
    model = model_from(ag.lp_operated.Sersic, all_free=True)
    fitness = af.Fitness(model=model, analysis=analysis)
    parameters = jnp.array(model.physical_values_from_prior_medians)
    value, gradient = fitness.value_and_grad(parameters)
    print(f"all free: {gradient}")
    results["all free"] = {"value": float(value), "gradient": np.asarray(gradient)}
    return results


def differences(function: Any, point: jax.Array, step: float = 1e-5) -> np.ndarray:
    """Central differences, with the step relative to each parameter."""
    steps = step * jnp.maximum(jnp.abs(point), 1.0)
    moved = jnp.diag(steps)
    return np.array(
        [(function(point + by) - function(point - by)) / (2 * by.sum()) for by in moved],
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
