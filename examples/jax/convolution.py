"""The PSF: convolve an image inside a mask with the light that comes from outside of it, and differentiate it.

    python examples/jax/convolution.py [--data FOLDER]

FOLDER of --data holds data.fits, noise_map.fits and psf.fits; without it an image is simulated.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from by_hand import gradient_as_vector, instance_from, log_likelihood, sersic
from operated import dataset_from
from scipy.signal import convolve2d

import galens.galaxy as ag


def main(data: Path | None = None) -> dict[str, Any]:
    dataset = dataset_from(data)
    inside = jnp.asarray(dataset.grids.lp.array).T
    outside = jnp.asarray(dataset.grids.blurring.array).T

    # The light at the pixels of the mask, and at those around it from where the PSF reaches into it. Which pixels
    # these are depends on the mask and the shape of the PSF alone: it is worked out once, not in the likelihood.
    def blurred(instance: Any) -> jax.Array:
        bulge = instance.galaxies.galaxy.bulge
        image = ag.Array2D(sersic(bulge, *inside), mask=dataset.mask)
        blurring_image = ag.Array2D(sersic(bulge, *outside), mask=dataset.grids.blurring.mask)
        return dataset.psf.convolved_image_from(image=image, blurring_image=blurring_image).array

    def likelihood(instance: Any) -> jax.Array:
        return log_likelihood(blurred(instance), dataset)

    instance = instance_from()
    value = jax.jit(likelihood)(instance)
    gradient = jax.jit(jax.grad(likelihood))(instance)
    with_noise_term = log_likelihood(blurred(instance), dataset, with_noise_term=True)
    print(f"log likelihood without its noise term {value:.7f}, with it {with_noise_term:.7f}")
    print(f"gradient {gradient_as_vector(gradient)}")

    # The same by adding up, for every pixel, what each pixel of the PSF brings to it. It agrees to rounding.
    native = np.zeros(dataset.mask.shape_native)
    bulge = instance.galaxies.galaxy.bulge
    native[~dataset.mask.array] = sersic(bulge, *inside)
    native[~dataset.grids.blurring.mask.array] = sersic(bulge, *outside)
    direct = convolve2d(native, np.asarray(dataset.psf.kernel.native), mode="same")[~dataset.mask.array]
    error = float(np.max(np.abs(np.asarray(blurred(instance)) - direct)) / np.max(direct))
    print(f"Fourier and direct convolution differ by {error:.1e} of the brightest pixel")

    # A lopsided PSF shows that this is a convolution, not a correlation: a star takes the shape of the PSF as it is.
    kernel = np.arange(15.0).reshape(3, 5)
    star = np.zeros((9, 11))
    star[4, 5] = 2.0
    lopsided = ag.Convolver(kernel=ag.Array2D.no_mask(kernel, pixel_scales=0.1))
    shape = lopsided.convolved_image_from(image=ag.Array2D.no_mask(star, pixel_scales=0.1), blurring_image=None).native
    orientation = float(np.max(np.abs(np.asarray(shape)[3:6, 3:8] - 2.0 * kernel)))
    print(f"a star of brightness 2 is twice the PSF, up to {orientation:.1e}")

    # Light at the edge of the array leaves it; it does not come back on the other side.
    corner = np.zeros((9, 11))
    corner[0, 0] = 1.0
    wrapped = lopsided.convolved_image_from(
        image=ag.Array2D.no_mask(corner, pixel_scales=0.1), blurring_image=None
    ).native
    leak = float(np.max(np.abs(np.asarray(wrapped)[5:, 5:])))
    print(f"light of the top left corner found at the bottom right: {leak:.1e}")
    return {
        "value": float(value),
        "with_noise_term": float(with_noise_term),
        "gradient": gradient_as_vector(gradient),
        "error": error,
        "orientation": orientation,
        "leak": leak,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data.fits, noise_map.fits and psf.fits")
    main(parser.parse_args().data)
