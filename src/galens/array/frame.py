"""Where the pixels of a mask, and those whose light the PSF brings into it, lie in the rectangle that is
Fourier transformed."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.array.mask import Mask2D
from galens.array.mask_regions import grown
from galens.errors import MaskError
from galens.numerics.fft_convolution import convolve, frame_shape
from galens.numerics.fourier_shift import shifted_into

__all__ = ["Frame", "frame_from", "refined"]


def refined(mask: Mask2D, parts: int) -> Mask2D:
    """The mask on pixels cut into `parts` x `parts`."""
    if parts == 1:
        return mask
    flags = mask.array.repeat(parts, axis=0).repeat(parts, axis=1)
    return Mask2D(flags, [side / parts for side in mask.pixel_scales], mask.origin)


@lru_cache(maxsize=16)
def frame_from(mask: Mask2D, kernel_shape: tuple[int, int], parts: int = 1) -> Frame:
    """The frame of a mask and a kernel shape (rows, columns), both odd; equal ones are built once."""
    return Frame(mask, kernel_shape, parts)


@jax.tree_util.register_static
class Frame:
    """Index tables between the pixels of a mask, its blurring region, and a frame that holds both.

    The *blurring region* are the pixels outside the mask that a kernel's footprint reaches from inside
    it. Where it leaves the array it goes on outside of it: light of a model is not bounded by the edge of
    a detector, and nothing wraps around. The frame is the bounding box of the mask with half a kernel on
    each side, rounded up to a size that transforms fast.

    A kernel may be sampled on finer pixels than the image. Then light is placed, and the blurring region
    found, on the fine pixels, and only the convolved image is averaged over the pixels of the mask.

    Args:
        mask: with N unmasked pixels.
        kernel_shape: (rows, columns), both odd.
        parts: number of pixels of the kernel along the side of one of the mask; `fine_mask` has parts^2 N
        pixels.

    Raises:
        MaskError: where the mask keeps no pixel.
    """

    def __init__(self, mask: Mask2D, kernel_shape: tuple[int, int], parts: int = 1) -> None:
        if mask.is_all_true:
            raise MaskError(f"mask of shape {mask.shape_native} keeps no pixel.")
        self.mask = mask
        self.kernel_shape = kernel_shape
        self.parts = parts

    @property
    def _identity(self) -> tuple[Mask2D, tuple[int, int], int]:
        return self.mask, self.kernel_shape, self.parts

    def __hash__(self) -> int:
        return hash(self._identity)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        return self is other or self._identity == other._identity

    def __repr__(self) -> str:
        return f"Frame({self.shape[0]} x {self.shape[1]} for {self.mask}, kernel {self.kernel_shape})"

    def __reduce__(self) -> tuple[Any, ...]:
        return frame_from, self._identity

    @cached_property
    def fine_mask(self) -> Mask2D:
        """The mask on the pixels of the kernel."""
        return refined(self.mask, self.parts)

    @cached_property
    def _corner(self) -> np.ndarray:
        """(row, column) of the array that lies at the frame's first pixel; may be negative."""
        return self.fine_mask.native_for_slim.min(axis=0) - np.asarray(self.kernel_shape) // 2

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the frame."""
        pixels = self.fine_mask.native_for_slim
        rows, columns = pixels.max(axis=0) - pixels.min(axis=0) + 1
        return frame_shape((int(rows), int(columns)), self.kernel_shape)

    @cached_property
    def pixels(self) -> np.ndarray:
        """Flat index in the frame of every unmasked pixel of the fine mask, (F,)."""
        rows, columns = (self.fine_mask.native_for_slim - self._corner).T
        return (rows * self.shape[1] + columns).astype(np.int32)

    @cached_property
    def blurring_pixels(self) -> np.ndarray:
        """Flat index in the frame of every pixel of the blurring region, (B,), row by row."""
        kept = np.zeros(self.shape, dtype=bool)
        kept.reshape(-1)[self.pixels] = True
        rows, columns = self.kernel_shape
        # The footprint of a kernel never leaves the frame: there is half a kernel of margin.
        return np.flatnonzero(grown(kept, rows // 2, columns // 2) & ~kept).astype(np.int32)

    @cached_property
    def blurring_native(self) -> np.ndarray:
        """(row, column) in the array of every pixel of the blurring region, (B, 2); outside the array
        where out of range."""
        return np.stack(np.divmod(self.blurring_pixels, self.shape[1]), axis=-1) + self._corner

    @cached_property
    def blurring_centres(self) -> np.ndarray:
        """(y, x) of the centres of the blurring region's pixels, (B, 2), arcsec."""
        return self.fine_mask.geometry.grid_scaled_2d_from(self.blurring_native + 0.5)

    def position(self, point: Any) -> tuple[Any, Any]:
        """(row, column) in the frame, with fractions, of a point (y, x) in arcsec; a pixel's centre is whole."""
        (first_y, first_x), (side_y, side_x) = self._first_centre, self.fine_mask.pixel_scales
        return (first_y - point[0]) / side_y, (point[1] - first_x) / side_x

    @cached_property
    def _first_centre(self) -> tuple[float, float]:
        """(y, x) of the centre of the frame's first pixel, arcsec."""
        y, x = self.fine_mask.geometry.grid_scaled_2d_from(self._corner[None] + 0.5)[0]
        return float(y), float(x)

    def sources(self, order: np.ndarray | None = None) -> np.ndarray:
        """For every pixel of the frame, (rows * columns,), where its light stands in the F values on the
        fine mask followed by the B of the blurring region and a zero.

        Args:
            order: (F,) slim index of each value on the fine mask, where they are not in slim order.
        """
        pixels = self.pixels if order is None else self.pixels[order]
        positions = np.concatenate([pixels, self.blurring_pixels])
        sources = np.full(self.shape[0] * self.shape[1], len(positions), dtype=np.int32)
        sources[positions] = np.arange(len(positions))
        return sources

    @cached_property
    def _slim_sources(self) -> np.ndarray:
        return self.sources()

    def placed(self, parts: list[jax.Array], sources: np.ndarray) -> jax.Array:
        """Values (..., n) of `parts`, one after the other, in the frame, (..., rows, columns).

        Args:
            sources: (rows * columns,) where the value of each pixel of the frame stands; one beyond the
                last is a zero.
        """
        batch = parts[0].shape[:-1]
        values = jnp.concatenate([*parts, jnp.zeros((*batch, 1), parts[0].dtype)], axis=-1)
        return values.at[..., sources].get(mode="promise_in_bounds").reshape(*batch, *self.shape)

    @cached_property
    def _wanted(self) -> np.ndarray:
        """Flat index in the frame of the first part of every pixel of the mask, of the second of every
        one, ...
        """
        if self.parts == 1:
            return self.pixels
        row, column = np.divmod(np.arange(self.parts**2)[:, None], self.parts)
        rows, columns = (self.parts * self.mask.native_for_slim).T
        return self.pixels[self.fine_mask.slim_for_native[rows + row, columns + column]].reshape(-1)

    def gathered(self, image: jax.Array) -> jax.Array:
        """Image on the mask, (..., N) in slim order, of an image in the frame."""
        flat = image.reshape(*image.shape[:-2], -1)
        values = flat.at[..., self._wanted].get(mode="promise_in_bounds")
        if self.parts == 1:
            return values
        rows = jnp.split(values, self.parts**2, axis=-1)
        return sum(rows[1:], start=rows[0]) / self.parts**2

    def point(self, kernel: jax.Array, centre: Any) -> jax.Array:
        """Image on the mask, (N,), of a point source whose pixels sum to that of the kernel.

        The kernel is shifted to the centre as a whole, parts of pixels by Fourier shift; where it does not reach the
        mask the image is dark.

        Args:
            kernel: PSF, (rows, columns) of this frame's kernel shape.
            centre: (y, x), arcsec.
        """
        row, column = self.position(centre)
        # Further out it would enter on the other side.
        inside = (row > -0.5) & (row < self.shape[0] - 0.5) & (column > -0.5) & (column < self.shape[1] - 0.5)
        image = shifted_into(kernel, (jnp.where(inside, row, 0.0), jnp.where(inside, column, 0.0)), self.shape)
        return self.gathered(jnp.where(inside, self.parts**2 * image, 0.0))

    def blurred(self, values: jax.Array, around: jax.Array | None, transform: jax.Array) -> jax.Array:
        """Convolved image on the mask, (..., N) in slim order.

        Args:
            values: (..., F) light of the fine mask's pixels in slim order.
            around: (..., B) light of the blurring region, or None for darkness.
            transform: of the kernel in this frame (`kernel_transform`).
        """
        if around is None:
            around = jnp.zeros((*values.shape[:-1], len(self.blurring_pixels)), values.dtype)
        image = self.placed([values, around], self._slim_sources)
        return self.gathered(convolve(image, transform))
