"""Edge, border and blurring region of a mask against their definitions, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from galens.array import Mask2D
from galens.errors import MaskError

flags = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))
some = settings(max_examples=60, deadline=None)


def kept_where(masked, rule):
    rows, columns = masked.shape
    return np.array([[not rule(row, column) for column in range(columns)] for row in range(rows)])


@some
@given(flags)
def test_edge_pixels_have_a_masked_neighbour_or_the_outside(masked):
    rows, columns = masked.shape

    def is_edge(row, column):
        near = [(row + dr, column + dc) for dr in (-1, 0, 1) for dc in (-1, 0, 1)]
        return not masked[row, column] and any(
            not (0 <= r < rows and 0 <= c < columns) or masked[r, c] for r, c in near
        )

    np.testing.assert_array_equal(Mask2D(masked, 1.0).derive_mask.edge.array, kept_where(masked, is_edge))


@some
@given(flags)
def test_border_pixels_see_a_side_of_the_array_over_masked_pixels(masked):
    def is_border(row, column):
        ways = masked[:row, column], masked[row + 1 :, column], masked[row, :column], masked[row, column + 1 :]
        return not masked[row, column] and any(way.all() for way in ways)

    np.testing.assert_array_equal(Mask2D(masked, 1.0).derive_mask.border.array, kept_where(masked, is_border))


@some
@given(flags)
def test_buffed_edge_is_one_pixel_wider(masked):
    def is_kept(row, column):
        return not masked[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].all()

    np.testing.assert_array_equal(Mask2D(masked, 1.0).derive_mask.edge_buffed.array, kept_where(masked, is_kept))


@some
@given(flags, st.sampled_from([(1, 1), (3, 3), (3, 7), (7, 5), (11, 3)]))
def test_blurring_pixels_are_the_masked_ones_under_the_kernel(masked, kernel):
    mask = Mask2D(masked, 1.0)
    reach_y, reach_x = kernel[0] // 2, kernel[1] // 2
    blurring = mask.derive_mask.blurring_from(kernel, allow_padding=True)
    pad_y = (blurring.shape_native[0] - masked.shape[0]) // 2
    pad_x = (blurring.shape_native[1] - masked.shape[1]) // 2
    padded = np.pad(masked, [(pad_y, pad_y), (pad_x, pad_x)], constant_values=True)

    def is_blurring(row, column):
        around = padded[max(row - reach_y, 0) : row + reach_y + 1, max(column - reach_x, 0) : column + reach_x + 1]
        return padded[row, column] and not around.all()

    np.testing.assert_array_equal(blurring.array, kept_where(padded, is_blurring))
    kept = np.argwhere(~padded)
    if kept.size:
        assert (kept.min(axis=0) >= (reach_y, reach_x)).all()
        assert (kept.max(axis=0) < np.subtract(padded.shape, (reach_y, reach_x))).all()
    assert blurring.origin == mask.origin
    if blurring.shape_native == mask.shape_native:
        assert mask.derive_mask.blurring_from(kernel) == blurring
    else:
        with pytest.raises(MaskError, match="beyond the array"):
            mask.derive_mask.blurring_from(kernel)


def test_annulus_has_the_known_edge_and_border():
    mask = Mask2D.circular_annular((11, 11), 1.5, 4.2, 1.0)
    assert mask.pixels_in_mask == 48
    assert mask.derive_mask.edge.pixels_in_mask == len(mask.derive_indexes.edge_slim) == 44
    assert mask.derive_mask.border.pixels_in_mask == len(mask.derive_indexes.border_slim) == 20


def test_derived_grids_lie_on_derived_masks():
    mask = Mask2D.circular((9, 9), 0.35, 0.1, origin=(1.0, 1.0))
    indexes, grids = mask.derive_indexes, mask.derive_grid
    np.testing.assert_array_equal(grids.unmasked.values, mask.pixel_centres)
    np.testing.assert_array_equal(grids.edge.values, mask.pixel_centres[indexes.edge_slim])
    np.testing.assert_array_equal(grids.border.values, mask.pixel_centres[indexes.border_slim])
    assert grids.all_false.shape == (81, 2)
    assert sorted([*indexes.masked_slim, *indexes.unmasked_slim]) == list(range(81))
