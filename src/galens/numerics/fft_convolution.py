"""Convolution of images with a small kernel by one Fourier transform.

The image lies in a *frame*, a rectangle that is a little larger than the part of the image that is
wanted. The transform is periodic over the frame, so light that leaves it on one side enters on the other;
what enters reaches only half a kernel deep. A frame that has the wanted pixels inside a margin of half a
kernel is therefore exact where it matters, and much smaller than the padding that a full linear
convolution needs.

Two images of a batch are the real and the imaginary part of one: the kernel is real and mixes them not. That is a third
faster than a transform of real images and back, whose way back is slow.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from galens.numerics.device import on_device

__all__ = [
    "PATCH_REACH",
    "convolve",
    "convolve_in_patch",
    "fast_length",
    "frame_shape",
    "kernel_transform",
    "patch_side",
]

FAST_FACTORS = (2, 3, 5)

PATCH_REACH = 20
"""Pixels from its centre that the light of a compact image may reach."""


def fast_length(minimum: int) -> int:
    """Smallest length of at least `minimum` whose prime factors are 2, 3 and 5.

    A transform of such a length costs as much per number as a power of two; a length with a large prime
    factor costs several times more (144: 0.10 ms, 142 = 2 x 71: 0.39 ms for an image and its inverse).
    """
    length = max(int(minimum), 1)
    while not _is_smooth(length):
        length += 1
    return length


def _is_smooth(length: int) -> bool:
    for factor in FAST_FACTORS:
        while length % factor == 0:
            length //= factor
    return length == 1


def frame_shape(wanted: tuple[int, int], kernel: tuple[int, int]) -> tuple[int, int]:
    """Smallest fast frame for `wanted` (rows, columns) of results and all the light that a kernel of
    shape `kernel` brings into them: wanted + kernel - 1 on each axis, rounded up."""
    return fast_length(wanted[0] + kernel[0] - 1), fast_length(wanted[1] + kernel[1] - 1)


def kernel_transform(kernel: Float[Array | np.ndarray, "ky kx"], frame: tuple[int, int]) -> Complex[Array, "fy fx"]:
    """Fourier transform of an odd-sized `kernel` in a `frame` (rows, columns), its central pixel at the origin.

    With the centre at the origin the convolved image comes out where the image lay, with no shift to undo. NumPy
    arrays are transformed by NumPy: the kernel of a dataset must not cost a compilation.
    """
    numpy = np if isinstance(kernel, np.ndarray) else jnp
    rows, columns = kernel.shape
    padded = numpy.pad(kernel, ((0, frame[0] - rows), (0, frame[1] - columns)))
    return on_device(numpy.fft.fft2(numpy.roll(padded, (-(rows // 2), -(columns // 2)), axis=(0, 1))))


def convolve(frames: Float[Array, "*batch fy fx"], transform: Complex[Array, "fy fx"]) -> Float[Array, "*batch fy fx"]:
    """Periodic convolution of images in frames with the kernel of `transform` (from `kernel_transform`).

    out[i] = sum_k kernel[k] image[i - k], the true convolution, exact to rounding wherever half a kernel
    around a pixel lies inside the frame. All images of a batch go through one transform: two separate
    batched transforms in one compiled program can wait for each other for ever on the two threads of
    XLA's CPU back end.
    """
    if frames.ndim == 2 or frames.shape[-3] == 1:
        columns = frames.shape[-1]
        spectrum = jnp.fft.rfft2(frames)
        half = transform[:, : columns // 2 + 1].astype(spectrum.dtype)
        return jnp.fft.irfft2(spectrum * half, s=frames.shape[-2:])
    count = frames.shape[-3]
    first, second = frames[..., : -(-count // 2), :, :], frames[..., -(-count // 2) :, :, :]
    if count % 2:
        second = jnp.concatenate([second, jnp.zeros_like(first[..., :1, :, :])], axis=-3)
    spectrum = jnp.fft.fft2(jax.lax.complex(first, second))
    convolved = jnp.fft.ifft2(spectrum * transform.astype(spectrum.dtype))
    return jnp.concatenate([convolved.real, convolved.imag], axis=-3)[..., :count, :, :]


def patch_side(frame: tuple[int, int], kernel: tuple[int, int]) -> int | None:
    """Side of the square in which compact images in a `frame` are convolved; None where it would save little."""
    side = fast_length(2 * PATCH_REACH + max(kernel))
    return side if 2 * side * side < frame[0] * frame[1] and side <= min(frame) else None


def convolve_in_patch(
    frames: Float[Array, "*batch fy fx"],
    transform: Complex[Array, "fy fx"],
    patch_transform: Complex[Array, "s s"],
    centre: tuple[Any, Any],
    is_compact: Any,
) -> Float[Array, "*batch fy fx"]:
    """`convolve`, in a patch around `centre` where the light is all there: the same for a sixth of the work.

    Most Gaussians of an expansion are narrower than a pixel. Under `vmap` both ways are taken.

    Args:
        frames: images to convolve.
        transform: of the kernel in the frame.
        patch_transform: of the kernel in a square frame of side s (`patch_side`).
        centre: (row, column) in the frame, any numbers.
        is_compact: whether no image has light farther than `PATCH_REACH` - 1 pixels from the centre.
    """
    side = patch_transform.shape[0]
    rows, columns = frames.shape[-2:]
    top, left = (jnp.round(each).astype(int) - side // 2 for each in centre)
    fits = (top >= 0) & (top <= rows - side) & (left >= 0) & (left <= columns - side)
    corner: list[Any] = [*[0] * (frames.ndim - 2), top, left]

    def in_patch(frames: Array) -> Array:
        patch = jax.lax.dynamic_slice(frames, corner, (*frames.shape[:-2], side, side))
        return jax.lax.dynamic_update_slice(jnp.zeros_like(frames), convolve(patch, patch_transform), corner)

    return jax.lax.cond(is_compact & fits, in_patch, lambda frames: convolve(frames, transform), frames)
