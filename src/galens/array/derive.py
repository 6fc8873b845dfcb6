"""What follows from a mask: other masks, index lists and grids of coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from galens.array import mask_regions
from galens.errors import MaskError

if TYPE_CHECKING:
    from galens.array.grid_2d import Grid2D
    from galens.array.mask import Mask2D

__all__ = ["DeriveGrid2D", "DeriveIndexes2D", "DeriveMask2D"]


@dataclass(frozen=True)
class DeriveMask2D:
    """Masks derived from a mask, of the same shape unless said otherwise."""

    mask: Mask2D

    @property
    def all_false(self) -> Mask2D:
        """Every pixel is unmasked."""
        return self.mask._like(np.zeros(self.mask.shape_native, bool))

    @property
    def edge(self) -> Mask2D:
        """Keeps the unmasked pixels with a masked one, or the outside, among their eight neighbours."""
        return self.mask._like(mask_regions.edge(self.mask.array))

    @property
    def border(self) -> Mask2D:
        """Keeps the outer rim: unmasked pixels from which a side of the array is reached over masked ones only."""
        return self.mask._like(mask_regions.border(self.mask.array))

    @property
    def edge_buffed(self) -> Mask2D:
        """Keeps the unmasked region and one pixel around it."""
        return self.mask._like(~mask_regions.grown(~self.mask.array, 1, 1))

    def blurring_from(self, kernel_shape_native: tuple[int, int], allow_padding: bool = False) -> Mask2D:
        """Keeps the masked pixels whose light a kernel of this shape (rows, columns) spreads into the unmasked region.

        Args:
            kernel_shape_native: of the kernel.
            allow_padding: where the kernel reaches beyond the array, pad the array equally on opposite sides, by as
                much as is needed: the mask that comes back is then larger, its centre the same.

        Raises:
            MaskError: where the kernel reaches beyond the array and `allow_padding` is False.
        """
        rows, columns = self.mask.shape_native
        reach_y, reach_x = kernel_shape_native[0] // 2, kernel_shape_native[1] // 2
        box = mask_regions.bounding_box(self.mask.array)
        if box is None:
            return self.mask
        pad_y = max(reach_y - box[0], box[1] + reach_y - rows, 0)
        pad_x = max(reach_x - box[2], box[3] + reach_x - columns, 0)
        if (pad_y or pad_x) and not allow_padding:
            raise MaskError(
                f"a kernel of shape {tuple(kernel_shape_native)} reaches {max(pad_y, pad_x)} pixels beyond the array "
                f"of shape {self.mask.shape_native} from its unmasked region. Use a larger array, a smaller mask or "
                f"kernel, or allow_padding=True."
            )
        padded = self.mask.window(-pad_y, -pad_x, (rows + 2 * pad_y, columns + 2 * pad_x))
        return padded._like(~(padded.array & mask_regions.grown(~padded.array, reach_y, reach_x)))


@dataclass(frozen=True)
class DeriveIndexes2D:
    """Index lists derived from a mask: *slim* counts unmasked pixels, *native* is (row, column)."""

    mask: Mask2D

    @property
    def native_for_slim(self) -> np.ndarray:
        """(row, column) of every unmasked pixel, (N, 2)."""
        return self.mask.native_for_slim

    @property
    def unmasked_slim(self) -> np.ndarray:
        """Row-major index in the whole array of every unmasked pixel, (N,)."""
        return self.mask.flat_index

    @property
    def masked_slim(self) -> np.ndarray:
        """Row-major index in the whole array of every masked pixel."""
        return np.flatnonzero(self.mask.array)

    @property
    def edge_native(self) -> np.ndarray:
        """(row, column) of the edge pixels."""
        return self.mask.derive_mask.edge.native_for_slim

    @property
    def edge_slim(self) -> np.ndarray:
        """Slim index of the edge pixels."""
        return self.mask.slim_for_native[tuple(self.edge_native.T)]

    @property
    def border_native(self) -> np.ndarray:
        """(row, column) of the border pixels."""
        return self.mask.derive_mask.border.native_for_slim

    @property
    def border_slim(self) -> np.ndarray:
        """Slim index of the border pixels."""
        return self.mask.slim_for_native[tuple(self.border_native.T)]


@dataclass(frozen=True)
class DeriveGrid2D:
    """Grids of pixel centres derived from a mask."""

    mask: Mask2D

    def _grid(self, mask: Mask2D) -> Grid2D:
        from galens.array.grid_2d import Grid2D

        return Grid2D.from_mask(mask)

    @property
    def all_false(self) -> Grid2D:
        """Centres of all pixels of the array."""
        return self._grid(self.mask.derive_mask.all_false)

    @property
    def unmasked(self) -> Grid2D:
        """Centres of the unmasked pixels."""
        return self._grid(self.mask)

    @property
    def edge(self) -> Grid2D:
        """Centres of the edge pixels."""
        return self._grid(self.mask.derive_mask.edge)

    @property
    def border(self) -> Grid2D:
        """Centres of the border pixels."""
        return self._grid(self.mask.derive_mask.border)
