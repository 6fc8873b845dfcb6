"""A likelihood written by hand in jax.numpy, and its gradient with respect to an instance of a model.

    python examples/jax/func_grad_manual.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits; without it an image is simulated.

An instance is a tree: a collection of galaxies, made of profiles, made of numbers. jax.grad takes the tree as its
argument and returns the derivatives as the same tree: instance.galaxies.galaxy.bulge.sersic_index is a number, and
gradient.galaxies.galaxy.bulge.sersic_index the derivative by it. Nothing has to be registered or unwrapped.
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

    # The light is as recorded by the telescope ("operated"), so that no PSF comes in; convolution.py adds it.
    def likelihood(instance: Any) -> jax.Array:
        return log_likelihood(sersic(instance.galaxies.galaxy.bulge, y, x), dataset)

    instance = instance_from()
    value = jax.jit(likelihood)(instance)
    gradient = jax.jit(jax.grad(likelihood))(instance)
    bulge = gradient.galaxies.galaxy.bulge
    print(f"log likelihood without its noise term {value:.7f}")
    print(f"derivative by the centre {bulge.centre}")
    print(f"           by ell_comps {bulge.ell_comps}")
    print(f"           by intensity {bulge.intensity}, effective radius {bulge.effective_radius}")
    print(f"           by the Sersic index {bulge.sersic_index}")
    same_tree = jax.tree.structure(gradient) == jax.tree.structure(instance)
    print(f"it is an instance again: {same_tree}, of {type(bulge).__module__}.{type(bulge).__name__}")

    # The library's own likelihood, with the noise term.
    by_library = ag.AnalysisImaging(dataset=dataset).log_likelihood_function(instance=instance)
    by_hand = log_likelihood(sersic(instance.galaxies.galaxy.bulge, y, x), dataset, with_noise_term=True)
    print(f"with its noise term {by_hand:.7f}; of the library {by_library:.7f}")
    return {
        "value": float(value),
        "with_noise_term": float(by_hand),
        "by_library": float(by_library),
        "gradient": gradient_as_vector(gradient),
        "same_tree": same_tree,
        "type": type(bulge),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
