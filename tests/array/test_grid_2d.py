"""`Grid2D`: where grids lie, distances, shifts, lines, padding, and functions evaluated on them."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.array import Array2D, ArrayIrregular, Grid2D, Grid2DIrregular, Mask2D, OverSampling, evaluate
from galens.errors import GridError, MaskError


class Gaussian(eqx.Module):
    sigma: float = 1.0
    centre: tuple[float, float] = (0.0, 0.0)

    def at(self, y, x):
        return jnp.exp(-((y - self.centre[0]) ** 2 + (x - self.centre[1]) ** 2) / (2 * self.sigma**2))


def test_uniform_grid_has_the_known_coordinates():
    np.testing.assert_allclose(Grid2D.uniform((2, 2), 2.0).values, [(1, -1), (1, 1), (-1, -1), (-1, 1)])
    np.testing.assert_allclose(Grid2D.uniform((2, 2), 2.0, (1, 1)).values, [(2, 0), (2, 2), (0, 0), (0, 2)])
    np.testing.assert_allclose(Grid2D.uniform((4, 2), 0.5).values[:2], [(0.75, -0.25), (0.75, 0.25)])


def test_masked_grid_holds_the_unmasked_centres():
    mask = Mask2D([[True, False], [False, False]], (1.0, 2.0), origin=(5.0, 5.0))
    grid = Grid2D.from_mask(mask)
    np.testing.assert_allclose(grid.values, [(5.5, 6.0), (4.5, 4.0), (4.5, 6.0)])
    np.testing.assert_allclose(grid.native[0, 0], 0.0)
    assert grid.native.shape == (2, 2, 2)
    np.testing.assert_allclose(Grid2D(grid.native, mask).values, grid.values)
    np.testing.assert_allclose(grid.y, [5.5, 4.5, 4.5])
    np.testing.assert_allclose(grid.x, [6.0, 4.0, 6.0])


def test_grid_from_an_extent_has_its_centres_on_the_limits_and_lies_where_the_extent_is():
    grid = Grid2D.from_extent((-1, 1, 2, 3), (2, 3))
    np.testing.assert_allclose(grid.values, [(3, -1), (3, 0), (3, 1), (2, -1), (2, 0), (2, 1)])
    assert grid.pixel_scales == (1.0, 1.0)
    assert grid.origin == (2.5, 0.0)
    assert grid.geometry.extent == (-1.5, 1.5, 1.5, 3.5)


def test_bounding_box_is_filled_to_pixel_edges_or_to_pixel_centres():
    box = [-2.0, 2.0, -1.0, 3.0]
    filled = Grid2D.bounding_box(box, (3, 5))
    np.testing.assert_allclose(filled.pixel_scales, (4 / 3, 0.8))
    np.testing.assert_allclose(filled.geometry.extent, (-1.0, 3.0, -2.0, 2.0))
    centred = Grid2D.bounding_box(box, (3, 5), buffer_around_corners=True)
    np.testing.assert_allclose(centred.native[:, 0, 0], [2.0, 0.0, -2.0], atol=1e-15)
    np.testing.assert_allclose(centred.native[0, :, 1], [-1.0, 0.0, 1.0, 2.0, 3.0])
    with pytest.raises(GridError, match="increasing"):
        Grid2D.bounding_box([2.0, -2.0, 0.0, 1.0], (3, 3))
    with pytest.raises(GridError, match="two pixels a side"):
        Grid2D.from_extent((-1, 1, -1, 1), (1, 3))


def test_given_coordinates_need_their_shape():
    values = Grid2D.uniform((2, 3), 1.0).values
    np.testing.assert_array_equal(Grid2D.no_mask(values, 1.0, shape_native=(2, 3)).values, values)
    np.testing.assert_array_equal(Grid2D.no_mask(values.reshape(2, 3, 2), 1.0).values, values)
    with pytest.raises(GridError, match="shape_native"):
        Grid2D.no_mask(values, 1.0)
    with pytest.raises(GridError, match="fit neither"):
        Grid2D(values[:4], Mask2D.all_false((2, 3), 1.0))


def test_callers_coordinates_are_neither_changed_nor_shared():
    values = Grid2D.uniform((2, 3), 1.0).values.copy()
    grid = Grid2D.no_mask(values, 1.0, shape_native=(2, 3))
    values[:] = 7.0
    assert not (grid.values == 7.0).any()


def test_distances_are_arrays_on_the_grid_with_finite_gradients_at_zero():
    grid = Grid2D.uniform((3, 3), 1.0)
    distances = grid.distances_to_coordinate_from((1.0, -1.0))
    assert isinstance(distances, Array2D)
    assert distances.native[0, 0] == 0.0
    assert distances.native[2, 2] == pytest.approx(np.sqrt(8.0))
    np.testing.assert_allclose(grid.squared_distances_to_coordinate_from((1.0, -1.0)).values, distances.values**2)
    gradient = jax.grad(lambda g: g.distances_to_coordinate_from((0.0, 0.0)).sum())(grid * jnp.ones(()))
    assert isinstance(gradient, Grid2D)
    assert np.isfinite(gradient.values).all()
    np.testing.assert_array_equal(gradient.values[4], 0.0)
    irregular = Grid2DIrregular([(3.0, 4.0)]).distances_to_coordinate_from((0.0, 0.0))
    assert isinstance(irregular, ArrayIrregular)
    assert irregular.in_list == [5.0]


def test_shift_and_rotation_are_counter_clockwise_and_traceable():
    grid = Grid2DIrregular([(0.0, 0.0), (3.0, 4.0), (1.0, 0.0)])
    moved = jax.jit(lambda offset, angle: grid.subtracted_and_rotated_from(offset, angle))((1.0, 0.0), 90.0)
    np.testing.assert_allclose(moved.values, [(0.0, 1.0), (4.0, -2.0), (0.0, 0.0)], atol=1e-15)
    shifted = Grid2D.uniform((2, 2), 1.0).subtracted_from((0.5, -0.5))
    assert isinstance(shifted, Grid2D)
    np.testing.assert_allclose(shifted.values[0], (0.0, 0.0))


def test_arcseconds_in_radians():
    np.testing.assert_allclose(Grid2D.uniform((1, 2), 2.0).in_radians.values[1], [0.0, np.pi / 648000])


def test_extent_of_coordinates():
    grid = Grid2D.uniform((2, 3), 1.0, origin=(1.0, 0.0))
    np.testing.assert_allclose(grid.extent_with_buffer_from(0.1), [-1.1, 1.1, 0.4, 1.6])
    assert grid.scaled_minima == (0.5, -1.0)
    assert grid.scaled_maxima == (1.5, 1.0)


@pytest.mark.parametrize(
    ("options", "count", "first", "last"),
    [
        ({}, 6, (0.0, 0.0), (0.0, 5.0)),
        ({"centre": (1.0, 0.0)}, 7, (1.0, 0.0), (1.0, 6.0)),
        ({"angle": 90.0}, 6, (0.0, 0.0), (5.0, 0.0)),
        ({"angle": -90.0}, 6, (0.0, 0.0), (-5.0, 0.0)),
        ({"centre": (0.0, 1.0), "shape_slim": 4}, 4, (0.0, 1.0), (0.0, 4.0)),
        ({"remove_projected_centre": True}, 5, (0.0, 1.0), (0.0, 5.0)),
    ],
)
def test_radial_line_starts_at_its_centre_and_turns_counter_clockwise(options, count, first, last):
    line = Grid2D.uniform((10, 10), 1.0).grid_2d_radial_projected_from(**options)
    assert len(line) == count
    np.testing.assert_allclose(line.values[0], first, atol=1e-15)
    np.testing.assert_allclose(line.values[-1], last, atol=1e-14)


def test_radial_line_loses_no_point_to_rounding():
    for shape, pixel_scale in ((60, 0.1), (140, 0.05), (42, 0.3)):
        line = Grid2D.uniform((shape, shape), pixel_scale).grid_2d_radial_projected_from()
        assert len(line) == shape // 2 + 1


def test_padded_grid_covers_half_a_kernel_more_on_every_side():
    grid = Grid2D.uniform((4, 5), 0.5, origin=(1.0, 2.0), over_sample_size=2)
    padded = grid.padded_grid_from((3, 5))
    assert padded.shape_native == (6, 9)
    assert padded.origin == (1.0, 2.0)
    np.testing.assert_allclose(padded.native[1:5, 2:7], grid.native)
    assert set(padded.over_sampling.sizes) == {2}


def test_padded_grid_keeps_sizes_per_pixel_and_adds_the_smallest():
    sizes = np.full((3, 3), 2)
    sizes[1, 1] = 8
    padded = Grid2D.uniform((3, 3), 1.0, over_sample_size=sizes).padded_grid_from((3, 3))
    assert padded.over_sample_size.native[2, 2] == 8
    assert padded.over_sample_size.native[0, 0] == 2
    assert padded.mask.is_all_false


def test_blurring_grid_lies_under_the_kernel_outside_the_mask():
    mask = Mask2D.from_pixel_coordinates((5, 5), [(2, 2)], 1.0)
    grid = Grid2D.blurring_grid_from(mask, (3, 3))
    assert grid.shape == (8, 2)
    assert set(grid.over_sampling.sizes) == {1}
    with pytest.raises(MaskError, match="beyond the array"):
        Grid2D.blurring_grid_from(mask, (7, 7))


@pytest.mark.parametrize("sizes", [0, -1, 1.5, [1, 2], np.ones((3, 3))])
def test_over_sample_sizes_that_do_not_fit_are_refused(sizes):
    with pytest.raises(GridError, match="over-sample sizes"):
        Grid2D.uniform((2, 2), 1.0, over_sample_size=sizes)


def test_sizes_are_taken_slim_native_or_as_an_array():
    mask = Mask2D([[False, True], [False, False]], 1.0)
    native = np.array([[4, 9], [2, 1]])
    for sizes in (native, native[~mask.array], Array2D(native, mask), OverSampling([4, 2, 1])):
        assert Grid2D.from_mask(mask, over_sample_size=sizes).over_sampling.sizes.tolist() == [4, 2, 1]
    sizes = Grid2D.from_mask(mask, native).over_sample_size
    assert isinstance(sizes, Array2D)
    assert sizes.values.dtype.kind == "i"
    np.testing.assert_array_equal(Grid2D.from_mask(mask).apply_over_sampling(sizes).over_sample_size, sizes)


def test_grids_pass_through_jit_vmap_and_grad():
    grid = Grid2D.uniform((3, 3), 1.0, over_sample_size=2)
    shifted = jax.jit(lambda g, dy: g + jnp.array([dy, 0.0]))(grid, 1.0)
    assert isinstance(shifted, Grid2D)
    assert shifted.over_sampling == grid.over_sampling
    batch = jax.vmap(lambda dy: grid + jnp.array([dy, 0.0]))(jnp.arange(4.0))
    assert batch.shape == (4, 9, 2)
    assert jax.vmap(lambda g: g.y.sum())(batch).shape == (4,)


def test_function_on_a_grid_is_averaged_over_its_over_sampling():
    grid = Grid2D.from_mask(Mask2D.circular((9, 9), 3.0, 1.0), over_sample_size=3)
    profile = Gaussian(1.3, (0.2, -0.4))
    image = evaluate(profile.at, grid)
    assert isinstance(image, Array2D)
    assert image.mask == grid.mask
    points = np.asarray(grid.over_sampled.values).reshape(grid.mask.pixels_in_mask, 9, 2)
    expected = np.asarray(profile.at(points[..., 0], points[..., 1])).mean(axis=1)
    np.testing.assert_allclose(image.values, expected, rtol=1e-14)


def test_function_on_coordinates_is_not_averaged_and_keeps_their_kind():
    points = np.array([(0.0, 0.0), (1.0, 2.0), (3.0, 1.0)])
    expected = np.asarray(Gaussian().at(points[:, 0], points[:, 1]))
    irregular = evaluate(Gaussian().at, Grid2DIrregular(points))
    assert isinstance(irregular, ArrayIrregular)
    np.testing.assert_allclose(irregular.values, expected)
    plain = evaluate(Gaussian().at, points)
    assert isinstance(plain, jax.Array)
    np.testing.assert_allclose(plain, expected)
    np.testing.assert_allclose(evaluate(lambda y, x: y + x, points), points.sum(axis=1))


def test_evaluation_compiles_once_whatever_the_parameters():
    traces = []

    class Counted(eqx.Module):
        slope: float

        def at(self, y, x):
            traces.append(1)
            return self.slope * y

    for slope in (1.0, 2.0, np.float64(3.0)):
        grid = Grid2D.uniform((4, 4), 1.0, over_sample_size=2)
        np.testing.assert_allclose(evaluate(Counted(slope).at, grid).values, slope * grid.y)
    assert len(traces) <= 2  # a Python and a NumPy float differ in weak typing


def test_gradient_through_evaluation_reaches_parameters_and_grid():
    grid = Grid2D.uniform((5, 5), 1.0, over_sample_size=2)
    gradient = jax.grad(lambda profile: evaluate(profile.at, grid).sum())(Gaussian(1.0, (0.1, 0.2)))
    step = 1e-6
    difference = (
        evaluate(Gaussian(1.0 + step, (0.1, 0.2)).at, grid).sum()
        - evaluate(Gaussian(1.0 - step, (0.1, 0.2)).at, grid).sum()
    ) / (2 * step)
    assert gradient.sigma == pytest.approx(float(difference), rel=1e-7)
    moved = jax.grad(lambda g: evaluate(Gaussian().at, g).sum())(grid)
    np.testing.assert_allclose(moved.values.sum(axis=0), 0.0, atol=1e-12)


def test_repr_is_short():
    assert repr(Grid2D.uniform((3, 4), 0.1)) == "Grid2D(12 of 3 x 4 pixels, 0.1 arcsec)"
    assert repr(Array2D.ones((3, 4), (0.1, 0.2))) == "Array2D(12 of 3 x 4 pixels, (0.1, 0.2) arcsec)"
    assert repr(jax.eval_shape(lambda g: g, Grid2D.uniform((3, 4), 0.1))).startswith("Grid2D(12 of")
