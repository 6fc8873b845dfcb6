"""Pixels and arcseconds: conversions in both directions, also outside the array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galens.array import Geometry2D, Grid2D, Mask2D
from galens.errors import GridError

geometries = st.builds(
    Geometry2D,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.floats(0.05, 2.0), st.floats(0.05, 2.0)),
    st.tuples(st.floats(-5.0, 5.0), st.floats(-5.0, 5.0)),
)
some = settings(max_examples=60, deadline=None)


@some
@given(geometries, st.integers(-20, 20), st.integers(-20, 20))
def test_pixel_centres_convert_there_and_back_inside_and_outside(geometry, row, column):
    coordinate = geometry.scaled_coordinates_2d_from((row, column))
    assert geometry.pixel_coordinates_2d_from(coordinate) == (row, column)
    assert geometry.scaled_coordinate_2d_to_scaled_at_pixel_centre_from(coordinate) == pytest.approx(coordinate)
    assert geometry.pixel_coordinates_wcs_2d_from(coordinate) == pytest.approx((row + 1, column + 1))


def test_coordinates_just_outside_the_top_left_do_not_count_as_the_first_pixel():
    """Truncation towards zero, as in the library replaced, reports pixel 0 up to one pixel outside."""
    geometry = Mask2D.all_false((5, 5), 1.0).geometry
    assert geometry.pixel_coordinates_2d_from((2.49, -2.49)) == (0, 0)
    assert geometry.pixel_coordinates_2d_from((2.51, 0.0)) == (-1, 2)
    assert geometry.pixel_coordinates_2d_from((0.0, -2.51)) == (2, -1)
    assert geometry.pixel_coordinates_2d_from((-2.51, 2.51)) == (5, 5)
    np.testing.assert_array_equal(geometry.grid_pixel_centres_2d_from([(2.51, 0.0), (0.0, -2.51)]), [(-1, 2), (2, -1)])


@some
@given(geometries)
def test_origin_shifts_every_coordinate(geometry):
    centred = Geometry2D(geometry.shape_native, geometry.pixel_scales)
    y, x = geometry.origin
    np.testing.assert_allclose(geometry.rows_y, centred.rows_y + y, atol=1e-12)
    np.testing.assert_allclose(geometry.columns_x, centred.columns_x + x, atol=1e-12)
    np.testing.assert_allclose(geometry.extent, np.add(centred.extent, (x, x, y, y)), atol=1e-12)
    assert geometry.central_pixel_coordinates == centred.central_pixel_coordinates


def test_extent_is_at_pixel_edges():
    geometry = Geometry2D((4, 6), (0.5, 1.0), (1.0, -1.0))
    assert geometry.extent == (-4.0, 2.0, 0.0, 2.0)
    assert geometry.extent_square == (-4.0, 2.0, -2.0, 4.0)
    assert geometry.shape_native_scaled == (2.0, 6.0)


def test_flat_index_counts_row_by_row():
    grid = Grid2D.uniform((3, 4), 0.1, origin=(1.0, 1.0))
    np.testing.assert_array_equal(grid.geometry.grid_pixel_indexes_2d_from(grid), np.arange(12))


def test_row_zero_is_on_top_and_column_zero_on_the_left():
    grid = Grid2D.uniform((3, 3), 1.0).native
    np.testing.assert_allclose(grid[0, 0], (1.0, -1.0))
    np.testing.assert_allclose(grid[2, 2], (-1.0, 1.0))


@pytest.mark.parametrize("origin", [(1.0, 2.0, 3.0), "here", None])
def test_origin_is_a_pair(origin):
    with pytest.raises(GridError, match="origin"):
        Mask2D.all_false((3, 3), 1.0, origin=origin)
