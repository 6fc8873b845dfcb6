import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits

from galens.array import Array2D, Mask2D
from galens.errors import PlotError
from galens.plot.overlays import coordinate_groups, mask_outline
from galens.plot.picture import picture_from


def test_extent_is_pixel_edges_in_arcsec_with_row_zero_on_top():
    array = Array2D.no_mask(np.arange(6.0).reshape(2, 3), pixel_scales=0.5, origin=(1.0, -1.0))
    picture = picture_from(array)
    assert picture.extent == (-1.75, -0.25, 0.5, 1.5)
    assert picture.values[0].tolist() == [0.0, 1.0, 2.0]
    assert picture.axis_unit == "arcsec"


def test_masked_pixels_are_blank_even_where_their_native_value_is_zero():
    mask = Mask2D(np.eye(3), pixel_scales=1.0)
    picture = picture_from(Array2D(np.zeros((3, 3)), mask))
    assert np.array_equal(picture.visible, ~np.eye(3, dtype=bool))


def test_zoom_keeps_every_visible_pixel_at_its_place():
    mask = Mask2D.circular(shape_native=(80, 120), pixel_scales=0.1, radius=1.0, centre=(1.5, 3.0))
    array = Array2D(np.random.default_rng(0).normal(size=(80, 120)), mask)
    whole, part = picture_from(array), picture_from(array, zoom=True)
    assert part.values.shape == (22, 22)
    assert np.allclose(part.values[part.visible], whole.values[whole.visible])
    x_left, x_right, y_bottom, y_top = part.extent
    assert np.allclose([(x_left + x_right) / 2, (y_bottom + y_top) / 2], [3.0, 1.5])
    assert np.allclose([x_right - x_left, y_top - y_bottom], 2.2)


def test_zoom_of_a_mask_at_the_rim_stays_inside_the_image():
    mask = Mask2D.circular(shape_native=(50, 50), pixel_scales=0.1, radius=1.0, centre=(2.4, 2.4))
    part = picture_from(Array2D(np.ones((50, 50)), mask), zoom=True)
    assert part.extent[1] <= 2.5
    assert part.extent[3] <= 2.5
    assert part.values.shape[0] == part.values.shape[1]


def test_unit_comes_from_the_header():
    header = fits.Header([("BUNIT", "nanomaggy")])
    mask = Mask2D.all_false(shape_native=(2, 2), pixel_scales=1.0)
    assert picture_from(Array2D(np.ones((2, 2)), mask, header=header)).value_unit == "nanomaggy"


def test_jax_arrays_and_masks_are_pictures():
    assert picture_from(jnp.ones((3, 4))).axis_unit == "pixels"
    assert picture_from(Mask2D(np.eye(2), pixel_scales=1.0)).values.tolist() == [[1.0, 0.0], [0.0, 1.0]]


@pytest.mark.parametrize("values", [np.ones(4), np.ones((2, 2, 2)), np.array([["a"]]), np.full((2, 2), np.nan)])
def test_what_is_no_image_is_refused(values):
    with pytest.raises(PlotError, match="array"):
        picture_from(values)


def test_outline_of_one_pixel_is_its_four_edges():
    mask = Mask2D(np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1]]), pixel_scales=2.0)
    segments = mask_outline(mask)
    assert segments.shape == (4, 2, 2)
    assert np.all(np.abs(segments) == 1.0)
    assert np.allclose(np.abs(segments[:, 0] - segments[:, 1]).sum(axis=1), 2.0)


def test_outline_without_mask_is_the_rim():
    mask = Mask2D.all_false(shape_native=(4, 6), pixel_scales=1.0)
    assert len(mask_outline(mask)) == 2 * (4 + 6)


def test_points_may_be_given_one_by_one_or_in_groups():
    assert [group.shape for group in coordinate_groups((0.0, 1.0), "positions")] == [(1, 2)]
    assert [group.shape for group in coordinate_groups([(0.0, 1.0), (2.0, 1.0)], "positions")] == [(2, 2)]
    groups = coordinate_groups([np.zeros((3, 2)), np.zeros((5, 2))], "lines")
    assert [group.shape for group in groups] == [(3, 2), (5, 2)]
    with pytest.raises(PlotError, match="positions"):
        coordinate_groups(np.zeros((2, 3)), "positions")
    with pytest.raises(PlotError, match="lines"):
        coordinate_groups("tangential", "lines")
