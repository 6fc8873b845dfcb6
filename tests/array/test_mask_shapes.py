"""Mask constructors against loops over pixels that follow the definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galens.array import Mask2D
from galens.errors import GridError, MaskError

shapes = st.tuples(st.integers(1, 14), st.integers(1, 14))
scales = st.tuples(st.floats(0.03, 2.0), st.floats(0.03, 2.0))
centres = st.tuples(st.floats(-2.0, 2.0), st.floats(-2.0, 2.0))
radii = st.floats(0.01, 6.0)
axis_ratios = st.floats(0.1, 1.0)
angles = st.floats(-200.0, 400.0)
some = settings(max_examples=60, deadline=None)


def loop(shape, pixel_scales, centre, kept):
    """True where not kept(y, x), with y and x measured from the centre, pixel by pixel.

    The centre is taken in pixels first: where a pixel lies on a circle exactly, rounding decides, and so the order.
    """
    mask = np.full(shape, True)
    for row in range(shape[0]):
        for column in range(shape[1]):
            y = ((shape[0] - 1) / 2 - centre[0] / pixel_scales[0] - row) * pixel_scales[0]
            x = (column - ((shape[1] - 1) / 2 + centre[1] / pixel_scales[1])) * pixel_scales[1]
            mask[row, column] = not kept(y, x)
    return mask


def elliptical_radius(y, x, axis_ratio, angle):
    phi = math.radians(angle)
    along = x * math.cos(phi) + y * math.sin(phi)
    across = y * math.cos(phi) - x * math.sin(phi)
    return along**2 + (across / axis_ratio) ** 2


@some
@given(shapes, scales, centres, radii)
def test_circle_keeps_centres_closer_than_the_radius(shape, pixel_scales, centre, radius):
    mask = Mask2D.circular(shape_native=shape, radius=radius, pixel_scales=pixel_scales, centre=centre)
    expected = loop(shape, pixel_scales, centre, lambda y, x: y * y + x * x < radius * radius)
    np.testing.assert_array_equal(mask.array, expected)


@some
@given(shapes, scales, centres, radii, radii)
def test_annulus_keeps_both_of_its_circles(shape, pixel_scales, centre, inner, width):
    outer = inner + width
    mask = Mask2D.circular_annular(shape, inner, outer, pixel_scales, centre=centre)
    expected = loop(shape, pixel_scales, centre, lambda y, x: inner**2 <= y * y + x * x <= outer**2)
    np.testing.assert_array_equal(mask.array, expected)


@some
@given(shapes, scales, centres, radii, radii, radii)
def test_anti_annulus_keeps_a_disc_and_a_ring(shape, pixel_scales, centre, inner, gap, width):
    outer, outer_2 = inner + gap, inner + gap + width
    mask = Mask2D.circular_anti_annular(shape, inner, outer, outer_2, pixel_scales, centre=centre)
    expected = loop(
        shape,
        pixel_scales,
        centre,
        lambda y, x: y * y + x * x <= inner * inner or outer * outer <= y * y + x * x <= outer_2 * outer_2,
    )
    np.testing.assert_array_equal(mask.array, expected)


@some
@given(shapes, scales, centres, radii, axis_ratios, angles)
def test_ellipse_keeps_points_within_it(shape, pixel_scales, centre, radius, axis_ratio, angle):
    mask = Mask2D.elliptical(shape, radius, axis_ratio, angle, pixel_scales, centre=centre)
    expected = loop(shape, pixel_scales, centre, lambda y, x: elliptical_radius(y, x, axis_ratio, angle) <= radius**2)
    np.testing.assert_array_equal(mask.array, expected)


@some
@given(shapes, scales, centres, radii, axis_ratios, angles, radii, axis_ratios, angles)
def test_elliptical_annulus_keeps_points_between_its_ellipses(
    shape, pixel_scales, centre, inner, q_inner, phi_inner, outer, q_outer, phi_outer
):
    mask = Mask2D.elliptical_annular(
        shape, inner, q_inner, phi_inner, outer, q_outer, phi_outer, pixel_scales, centre=centre
    )
    expected = loop(
        shape,
        pixel_scales,
        centre,
        lambda y, x: (
            elliptical_radius(y, x, q_inner, phi_inner) >= inner * inner
            and elliptical_radius(y, x, q_outer, phi_outer) <= outer * outer
        ),
    )
    np.testing.assert_array_equal(mask.array, expected)


@some
@given(st.tuples(st.integers(5, 9), st.integers(5, 9)), st.data(), st.integers(0, 3))
def test_pixels_are_kept_with_a_box_around_them(shape, data, buffer):
    pixel = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1))
    pixels = data.draw(st.lists(pixel, min_size=1, max_size=3))
    mask = Mask2D.from_pixel_coordinates(shape, pixels, 0.1, buffer=buffer)
    expected = np.full(shape, True)
    for row in range(shape[0]):
        for column in range(shape[1]):
            if any(abs(row - r) <= buffer and abs(column - c) <= buffer for r, c in pixels):
                expected[row, column] = False
    np.testing.assert_array_equal(mask.array, expected)


@pytest.mark.parametrize(
    ("shape", "pixel_scale", "kept"), [((100, 100), 0.1, 2828), ((150, 150), 0.05, 11304), ((61, 61), 0.1, 2809)]
)
def test_three_arcsecond_circle_has_the_known_number_of_pixels(shape, pixel_scale, kept):
    mask = Mask2D.circular(shape_native=shape, radius=3.0, pixel_scales=pixel_scale)
    assert mask.pixels_in_mask == mask.shape_slim == kept


def test_pixel_exactly_on_a_circle_is_masked_but_on_an_annulus_kept():
    assert Mask2D.circular((5, 5), 1.0, 1.0).pixels_in_mask == 1
    assert Mask2D.circular((4, 4), 1.0, 1.0).pixels_in_mask == 4
    assert Mask2D.circular_annular((5, 5), 1.0, 2.0, 1.0).pixels_in_mask == 12


def test_invert_swaps_what_is_kept():
    arguments = {"shape_native": (9, 9), "radius": 3.0, "pixel_scales": 1.0}
    np.testing.assert_array_equal(Mask2D.circular(**arguments, invert=True).array, ~Mask2D.circular(**arguments).array)
    assert Mask2D.all_false((3, 3), 1.0, invert=True).is_all_true


def test_centre_is_measured_from_the_centre_of_the_array_whatever_its_origin():
    near = Mask2D.circular((11, 11), 2.5, 1.0, centre=(1.0, -2.0))
    moved = Mask2D.circular((11, 11), 2.5, 1.0, centre=(1.0, -2.0), origin=(10.0, 20.0))
    np.testing.assert_array_equal(near.array, moved.array)
    assert near.mask_centre == (1.0, -2.0)
    assert moved.mask_centre == (11.0, 18.0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Mask2D.circular((5, 5), 0.0, 1.0), "radius must be above 0 arcsec, got 0.0"),
        (lambda: Mask2D.circular((5, 5), float("nan"), 1.0), "radius"),
        (lambda: Mask2D.circular_annular((5, 5), 2.0, 1.0, 1.0), "inner_radius=2, outer_radius=1"),
        (lambda: Mask2D.circular_anti_annular((5, 5), 1.0, 3.0, 2.0, 1.0), "outer_radius=3, outer_radius_2=2"),
        (lambda: Mask2D.elliptical((5, 5), 1.0, 0.0, 0.0, 1.0), "axis_ratio must be above 0"),
        (lambda: Mask2D.from_pixel_coordinates((5, 5), [(0, 0), (5, 1)], 1.0), r"first is \(5, 1\)"),
        (lambda: Mask2D.from_pixel_coordinates((5, 5), [(-1, 0)], 1.0), r"first is \(-1, 0\)"),
        (lambda: Mask2D.from_pixel_coordinates((5, 5), [(0, 0)], 1.0, buffer=-1), "buffer"),
    ],
)
def test_impossible_shapes_are_refused_in_words(call, words):
    with pytest.raises(MaskError, match=words):
        call()


@pytest.mark.parametrize("pixel_scales", [0.0, -0.1, float("inf"), float("nan"), (0.1, 0.0), (1.0, 1.0, 1.0), "a"])
def test_impossible_pixel_scales_are_refused(pixel_scales):
    with pytest.raises(GridError, match="pixel_scales"):
        Mask2D.circular((5, 5), 1.0, pixel_scales)


@pytest.mark.parametrize("shape", [(5,), 5, (5, 0), (5, 2.5), (5, 5, 5)])
def test_impossible_shapes_of_the_array_are_refused(shape):
    with pytest.raises(GridError, match="shape_native"):
        Mask2D.circular(shape, 1.0, 1.0)
