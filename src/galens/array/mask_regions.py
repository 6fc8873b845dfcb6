"""Regions of a mask, as functions of its (rows, columns) bools, True where a pixel is masked."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["border", "bounding_box", "disc_mismatch", "edge", "grown", "nearest", "window"]


def grown(flags: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Whether any flag is set within `rows` and `columns` of each pixel: dilation by a box, cut off at the array."""
    return _any_within(_any_within(flags, rows, axis=0), columns, axis=1)


def _any_within(flags: np.ndarray, reach: int, axis: int) -> np.ndarray:
    """Whether any flag is set at most `reach` pixels away along one axis.

    Windows of twice the length are the union of two of the old ones, so that the passes grow with log2(reach).
    """
    length, lines = 2 * reach + 1, np.moveaxis(flags, axis, 0)
    seen = np.pad(lines, [(reach, reach), (0, 0)])
    span = 1
    while span < length:
        step = min(span, length - span)
        seen = seen[:-step] | seen[step:]
        span += step
    return np.moveaxis(seen, 0, axis)


def edge(masked: np.ndarray) -> np.ndarray:
    """Mask of all but the unmasked pixels with a masked one among their eight neighbours; outside counts as masked."""
    near_masked = grown(np.pad(masked, 1, constant_values=True), 1, 1)[1:-1, 1:-1]
    return masked | ~near_masked


def border(masked: np.ndarray) -> np.ndarray:
    """Mask of all but the unmasked pixels from which a side of the array is reached over masked pixels only."""
    kept, result = ~masked, np.ones_like(masked)
    columns, rows = np.flatnonzero(kept.any(axis=0)), np.flatnonzero(kept.any(axis=1))
    result[kept.argmax(axis=0)[columns], columns] = False
    result[len(kept) - 1 - kept[::-1].argmax(axis=0)[columns], columns] = False
    result[rows, kept.argmax(axis=1)[rows]] = False
    result[rows, kept.shape[1] - 1 - kept[:, ::-1].argmax(axis=1)[rows]] = False
    return result


def bounding_box(masked: np.ndarray) -> tuple[int, int, int, int] | None:
    """(first row, one past the last, first column, one past the last) of the unmasked pixels; None without any."""
    kept = ~masked
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    if rows.size == 0:
        return None
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def window(array: np.ndarray, top: int, left: int, shape: tuple[int, int], fill: Any) -> np.ndarray:
    """The (rows, columns) of `shape` whose first pixel is (top, left) of `array`; `fill` where that has none."""
    result = np.full(shape, fill, dtype=array.dtype)
    rows = slice(max(top, 0), min(top + shape[0], array.shape[0]))
    columns = slice(max(left, 0), min(left + shape[1], array.shape[1]))
    if rows.start < rows.stop and columns.start < columns.stop:
        result[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = array[rows, columns]
    return result


def nearest(masked: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The mask sampled at the pixel centres of an array of another shape over the same area."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int) for old, new in zip(masked.shape, shape, strict=True)
    )
    return masked[np.ix_(rows, columns)]


def disc_mismatch(masked: np.ndarray, radii: np.ndarray) -> int:
    """By how many pixels, at least, the unmasked region differs from a disc about the point that `radii` are from.

    A disc of the m nearest pixels misses the unmasked ones beyond and wrongly has the masked ones within.
    """
    kept_by_radius = ~masked.ravel()[np.argsort(radii, axis=None, kind="stable")]
    wrong_within = np.concatenate([[0], np.cumsum(~kept_by_radius)])
    missed_beyond = kept_by_radius.sum() - np.concatenate([[0], np.cumsum(kept_by_radius)])
    return int(np.min(wrong_within + missed_beyond))
