"""Over-sampling layouts: points, averages, orders, and the choice of sizes per pixel."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galens.array import Array2D, Grid2D, Mask2D, OverSampling, util
from galens.errors import ArrayError, GridError

over_sample = util.over_sample
sizes_per_pixel = st.lists(st.integers(1, 12), min_size=1, max_size=12)
schemes = st.sampled_from(["uniform", "gauss"])
some = settings(max_examples=40, deadline=None)


def brute_force(sizes, scheme, centres, pixel_scales, function):
    """Weighted means pixel by pixel, point by point."""
    means = []
    for size, (y, x) in zip(sizes, centres, strict=True):
        if scheme == "gauss":
            nodes, weights = np.polynomial.legendre.leggauss(size)
            nodes, weights = nodes / 2, weights / 2
        else:
            nodes, weights = (np.arange(size) + 0.5) / size - 0.5, np.full(size, 1 / size)
        means.append(
            sum(
                weights[i] * weights[j] * function(y + nodes[i] * pixel_scales[0], x + nodes[j] * pixel_scales[1])
                for i in range(size)
                for j in range(size)
            )
        )
    return np.array(means)


@some
@given(sizes_per_pixel, schemes, st.integers(0, 99))
def test_averages_equal_a_loop_over_pixels_and_points(sizes, scheme, seed):
    def function(y, x):
        return np.exp(-(y**2) - 2 * x**2) + y

    layout, pixel_scales = OverSampling(sizes, scheme), (0.3, 0.7)
    centres = np.random.default_rng(seed).normal(size=(len(sizes), 2))
    expected = brute_force(sizes, scheme, centres, pixel_scales, function)
    y, x = layout.points(centres, pixel_scales)
    assert y.shape == x.shape == (layout.total,) == (sum(size**2 for size in sizes),)
    np.testing.assert_allclose(layout.bin(function(y, x)), expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("scheme", ["uniform", "gauss"])
@pytest.mark.parametrize("sizes", [[3], [2, 2, 1], [4, 1, 12, 1, 4]])
def test_traced_points_and_averages_equal_those_on_the_host(sizes, scheme):
    layout = OverSampling(sizes, scheme)
    centres = np.random.default_rng(0).normal(size=(len(sizes), 2))
    points = layout.points(centres, (0.3, 0.7))
    np.testing.assert_allclose(jax.jit(lambda c: layout.points(c, (0.3, 0.7)))(centres), points, rtol=1e-15)
    values = np.random.default_rng(1).normal(size=(2, 3, layout.total))
    np.testing.assert_allclose(jax.jit(layout.bin)(values), layout.bin(values), rtol=1e-12, atol=1e-14)


@some
@given(sizes_per_pixel, schemes)
def test_average_of_a_constant_is_the_constant(sizes, scheme):
    layout = OverSampling(sizes, scheme)
    np.testing.assert_allclose(layout.bin(np.ones(layout.total)), 1.0, rtol=1e-13)


@some
@given(st.integers(1, 12))
def test_gauss_nodes_integrate_polynomials_exactly(size):
    layout = OverSampling([size], "gauss")
    y, x = layout.points(np.array([[0.5, 0.5]]), (1.0, 1.0))
    degree = 2 * size - 1
    assert layout.bin(y**degree * x**degree)[0] == pytest.approx(1 / (degree + 1) ** 2, rel=1e-12)


@some
@given(sizes_per_pixel, schemes)
def test_points_pixel_by_pixel_start_at_the_top_left_of_each_pixel(sizes, scheme):
    mask = Mask2D.all_false((1, len(sizes)), 1.0)
    grid = Grid2D.from_mask(mask, over_sampling=OverSampling(sizes, scheme))
    points, start = grid.over_sampled.values, 0
    for size, centre in zip(sizes, grid.values, strict=True):
        block = points[start : start + size * size].reshape(size, size, 2)
        np.testing.assert_allclose(block.mean(axis=(0, 1)), centre, atol=1e-12)
        assert (np.diff(block[:, :, 0], axis=0) < 0).all()
        assert (np.diff(block[:, :, 1], axis=1) > 0).all()
        start += size * size
    assert start == len(points) == grid.over_sampler.sub_total


def test_sub_grids_have_the_known_coordinates():
    grid = Grid2D.uniform((2, 2), 1.0, over_sample_size=2)
    np.testing.assert_allclose(grid.over_sampled.values[4:8], [(0.75, 0.25), (0.75, 0.75), (0.25, 0.25), (0.25, 0.75)])
    centre = Mask2D.from_pixel_coordinates((3, 3), [(1, 1)], 3.0)
    expected = [(y, x) for y in (1, 0, -1) for x in (-1, 0, 1)]
    np.testing.assert_allclose(Grid2D.from_mask(centre, 3).over_sampled.values, expected, atol=1e-15)
    oblong = Mask2D.from_pixel_coordinates((1, 1), [(0, 0)], (3.0, 6.0), origin=(1.0, 1.0))
    np.testing.assert_allclose(
        Grid2D.from_mask(oblong, 2).over_sampled.values, [(1.75, -0.5), (1.75, 2.5), (0.25, -0.5), (0.25, 2.5)]
    )


def test_values_listed_pixel_by_pixel_are_averaged():
    sampler = Grid2D.uniform((1, 2), 1.0, over_sample_size=2).over_sampler
    binned = sampler.binned_array_2d_from([1.0, 5.0, 7.0, 10.0, 10.0, 10.0, 10.0, 10.0])
    assert isinstance(binned, Array2D)
    assert binned.values.tolist() == [5.75, 10.0]
    sampler = Grid2D.uniform((1, 2), 1.0, over_sample_size=[1, 2]).over_sampler
    assert sampler.binned_array_2d_from(np.array([1.0, 5.0, 7.0, 10.0, 10.0])).values.tolist() == [1.0, 8.0]
    assert sampler.sub_pixel_areas.tolist() == [1.0, 0.25, 0.25, 0.25, 0.25]
    assert sampler.sub_fraction.values.tolist() == [1.0, 0.25]
    assert sampler.slim_for_sub_slim.tolist() == [0, 1, 1, 1, 1]
    with pytest.raises(ArrayError, match="5 values are needed"):
        sampler.binned_array_2d_from([1.0, 2.0])


def test_areas_that_points_stand_for_add_up_to_their_pixels():
    for scheme in ("uniform", "gauss"):
        grid = Grid2D.from_mask(Mask2D.all_false((1, 3), 0.5), over_sampling=OverSampling([3, 1, 4], scheme))
        areas = np.bincount(grid.over_sampler.slim_for_sub_slim, grid.over_sampler.sub_pixel_areas)
        np.testing.assert_allclose(areas, 0.25)


def test_layouts_are_equal_by_content_and_share_a_compilation():
    assert OverSampling([1, 2]) == OverSampling(np.array([1.0, 2.0]))
    assert hash(OverSampling([1, 2])) == hash(OverSampling([1, 2]))
    assert OverSampling([1, 2]) != OverSampling([2, 1])
    assert OverSampling([2, 2]) != OverSampling([2, 2], "gauss")
    traces = []

    @jax.jit
    def binned(layout, values):
        traces.append(1)
        return layout.bin(values)

    for _ in range(2):
        binned(OverSampling([1, 2, 1]), jnp.ones(6))
    assert len(traces) == 1


def test_layouts_cannot_be_changed():
    layout = OverSampling([1, 2])
    with pytest.raises(AttributeError, match="immutable"):
        layout.scheme = "gauss"
    with pytest.raises(ValueError, match="read-only"):
        layout.sizes[0] = 3


def test_binning_has_no_scatter():
    layout = OverSampling([3, 1, 2, 1, 3, 2])
    text = str(jax.make_jaxpr(layout.bin)(jnp.ones(layout.total)))
    assert "scatter" not in text
    assert text.count("gather[") == 1
    in_order = OverSampling([1, 1, 2, 2])
    assert "gather[" not in str(jax.make_jaxpr(in_order.bin)(jnp.ones(in_order.total)))


def test_layout_of_no_pixels_has_no_points():
    layout = OverSampling(np.zeros(0, dtype=int))
    y, x = layout.points(np.zeros((0, 2)), (1.0, 1.0))
    assert layout.total == len(y) == len(x) == 0
    assert layout.bin(np.zeros(0)).shape == (0,)


@pytest.mark.parametrize("sizes", [[0, 1], [1, -2], [1.5], [[1, 2]], [np.nan]])
def test_sizes_that_are_not_whole_numbers_above_zero_are_refused(sizes):
    with pytest.raises(GridError, match="over-sample sizes"):
        OverSampling(sizes)
    with pytest.raises(GridError, match="scheme"):
        OverSampling([1], "monte carlo")


def test_radial_bins_around_one_and_two_centres():
    grid = Grid2D.from_mask(Mask2D.circular((5, 5), 3.0, 2.0))
    one = over_sample.over_sample_size_via_radial_bins_from(grid, sub_size_list=[8, 4, 2], radial_list=[1.5, 2.5])
    assert one.values.tolist() == [2, 4, 2, 4, 8, 4, 2, 4, 2]
    two = over_sample.over_sample_size_via_radial_bins_from(
        grid, sub_size_list=[8, 4, 2], radial_list=[1.5, 2.5], centre_list=[(0.0, 2.0), (0.0, -2.0)]
    )
    assert two.values.tolist() == [4, 2, 4, 8, 4, 8, 4, 2, 4]


def test_a_pixel_on_the_rim_of_a_bin_belongs_to_the_bin_inside():
    grid = Grid2D.uniform((1, 3), 1.0)
    sizes = over_sample.over_sample_size_via_radial_bins_from(grid, [4, 2, 1], [0.0, 1.0])
    assert sizes.values.tolist() == [2, 4, 2]


def test_adaptive_sizes_of_the_worked_example():
    """32, 4 and 1 within 0.3 and 0.6 arcsec and beyond, on a 3 arcsec mask, give 32, 80 and 2716 pixels."""
    grid = Grid2D.from_mask(Mask2D.circular((100, 100), 3.0, 0.1))
    sizes = over_sample.over_sample_size_via_radial_bins_from(
        grid=grid, sub_size_list=[32, 4, 1], radial_list=[0.3, 0.6], centre_list=[(0.1, 0.1)]
    )
    layout = grid.apply_over_sampling(sizes).over_sampling
    assert {size: len(pixels) for size, pixels in layout.groups} == {32: 32, 4: 80, 1: 2716}
    assert layout.total == 36764


@pytest.mark.parametrize(
    ("sizes", "radii"), [([4], [1.0, 2.0]), ([4, 2, 1, 1], [1.0]), ([4, 2], [2.0, 1.0]), ([4, 2, 1], [1.0, 1.0])]
)
def test_bins_that_do_not_fit_together_are_refused(sizes, radii):
    with pytest.raises(GridError, match=r"sub_size_list|radial_list"):
        over_sample.over_sample_size_via_radial_bins_from(Grid2D.uniform((3, 3), 1.0), sizes, radii)


def test_sizes_follow_the_signal_to_noise():
    data, noise_map = Array2D.no_mask([[1.0, 1.0, 3.0]], 1.0), Array2D.ones((1, 3), 1.0)
    assert over_sample.over_sample_size_via_adapt_from(data, noise_map, 1.5).values.tolist() == [2, 2, 4]
    assert over_sample.over_sample_size_via_adapt_from(data, noise_map, 0.5).values.tolist() == [4, 4, 4]
    assert over_sample.over_sample_size_via_adapt_from(data, noise_map).values.tolist() == [2, 2, 4]
    assert over_sample.over_sample_size_via_snr_from(data * 2, 3.0, 1, 8).values.tolist() == [1, 1, 8]
