"""`Array2D`: slim and native values, arithmetic, JAX transformations, cutting and padding, files."""

from __future__ import annotations

import pickle

import jax
import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from galens.array import Array2D, ArrayIrregular, Grid2DIrregular, Mask2D
from galens.errors import ArrayError, DatasetError, GalensError, MaskError

mask = Mask2D([[False, True, False], [False, False, True]], 0.1)
some = settings(max_examples=40, deadline=None)


def test_slim_values_are_the_unmasked_ones_in_row_major_order():
    array = Array2D([[1, 2], [3, 4]], Mask2D([[True, False], [False, True]], 1.0))
    np.testing.assert_array_equal(array.values, [2.0, 3.0])
    np.testing.assert_array_equal(array.native, [[0.0, 2.0], [3.0, 0.0]])
    assert array.slim is array
    assert array.shape_slim == 2
    assert array.shape_native == (2, 2)


@some
@given(hnp.arrays(bool, st.tuples(st.integers(1, 6), st.integers(1, 6))), st.integers(0, 9))
def test_slim_and_native_forms_are_equivalent(masked, seed):
    image = np.random.default_rng(seed).normal(size=masked.shape)
    assert_forms_are_equivalent(image, masked)


@pytest.mark.parametrize("masked", [np.eye(3, 4, dtype=bool), np.zeros((2, 3), bool), np.ones((2, 2), bool)])
def test_slim_and_native_forms_of_jax_values_are_equivalent(masked):
    assert_forms_are_equivalent(jnp.asarray(np.random.default_rng(0).normal(size=masked.shape)), masked)


def assert_forms_are_equivalent(image, masked):
    array = Array2D(image, Mask2D(masked, 1.0))
    np.testing.assert_array_equal(array.values, np.asarray(image)[~masked])
    np.testing.assert_array_equal(array.native, np.where(masked, 0.0, image))
    np.testing.assert_array_equal(Array2D(array.values, array.mask).native, array.native)


@pytest.mark.parametrize("dtype", [">f4", ">f8", "<f4", ">i2", "u1", "i8", "f2", bool])
def test_any_number_type_and_byte_order_becomes_float64(dtype):
    array = Array2D.no_mask(np.array([[0, 1], [1, 0]]).astype(dtype), 1.0)
    assert array.dtype == np.dtype("float64")
    assert array.dtype.isnative
    np.testing.assert_array_equal(array.native, [[0.0, 1.0], [1.0, 0.0]])


def test_callers_values_are_neither_changed_nor_shared():
    native, slim = np.arange(6.0).reshape(2, 3), np.arange(4.0)
    arrays = [Array2D(native, mask), Array2D(slim, mask), Array2D.no_mask(native, 0.1)]
    before = [array.values.copy() for array in arrays]
    np.testing.assert_array_equal(native, np.arange(6.0).reshape(2, 3))
    native[:], slim[:] = -1.0, -1.0
    for array, values in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array.values, values)


@pytest.mark.parametrize("shape", [(3,), (5,), (3, 2), (2, 3, 1), (2, 4)])
def test_values_that_fit_neither_form_are_refused(shape):
    with pytest.raises(ArrayError, match=r"fit neither the \(4,\) unmasked pixels nor the whole array \(2, 3\)"):
        Array2D(np.zeros(shape), mask)


@pytest.mark.parametrize("values", [[[1.0], [1.0, 2.0]], [["a", "b", "c"]] * 2, None])
def test_values_that_are_no_numbers_are_refused(values):
    with pytest.raises(GalensError):
        Array2D(values, mask)


def test_slim_values_without_a_mask_need_the_shape():
    assert Array2D.no_mask(np.arange(6), 1.0, shape_native=(2, 3)).native[1, 2] == 5.0
    with pytest.raises(ArrayError, match="shape_native"):
        Array2D.no_mask(np.arange(6), 1.0)


def test_constant_arrays():
    assert (Array2D.full(3.0, (2, 3), 0.1).native == 3.0).all()
    assert (Array2D.ones((2, 3), 0.1).native == 1.0).all()
    assert (Array2D.zeros((2, 3), 0.1, origin=(1.0, 0.0)).native == 0.0).all()
    assert Array2D.zeros((2, 3), 0.1, origin=(1.0, 0.0)).origin == (1.0, 0.0)


def test_arithmetic_keeps_the_wrapper_from_both_sides():
    array = Array2D(np.arange(1.0, 5.0), mask)
    numpy_values, jax_values = np.full(4, 2.0), jnp.full(4, 2.0)
    for result, expected in [
        (array + array, array.values * 2),
        (array * 2, array.values * 2),
        (2 - array, 2 - array.values),
        (array / numpy_values, array.values / 2),
        (numpy_values / array, 2 / array.values),
        (array**jax_values, array.values**2),
        (-array, -array.values),
        (abs(-array), array.values),
        (np.sqrt(array), np.sqrt(array.values)),
        (np.log10(array), np.log10(array.values)),
        (np.maximum(array, 2.5), np.maximum(array.values, 2.5)),
        (np.float64(3.0) * array, 3 * array.values),
        (array - np.ones((2, 3)), array.values - 1),
    ]:
        assert isinstance(result, Array2D)
        assert result.mask is mask
        np.testing.assert_allclose(result.values, expected)


def test_comparison_indexing_and_reductions_give_plain_arrays():
    array = Array2D(np.arange(4.0), mask)
    assert array[array > 1.5].tolist() == [2.0, 3.0]
    assert (array == 2.0).tolist() == [False, False, True, False]
    assert (array >= array).all()
    assert array[2] == 2.0
    assert array[1:3].tolist() == [1.0, 2.0]
    assert (np.sum(array), np.max(array), np.min(array), np.mean(array)) == (6.0, 3.0, 0.0, 1.5)
    assert (array.sum(), array.max(), array.min(), array.mean()) == (6.0, 3.0, 0.0, 1.5)
    assert np.median(array) == 1.5
    assert list(array) == [0.0, 1.0, 2.0, 3.0]
    assert len(array) == array.size == 4
    assert np.argmax(array) == 3
    np.testing.assert_array_equal(np.where(array > 1, array, 0.0), [0.0, 0.0, 2.0, 3.0])


def test_arrays_on_different_masks_do_not_mix():
    with pytest.raises(ArrayError, match="different masks"):
        Array2D(np.arange(4.0), mask) + Array2D(np.arange(4.0), Mask2D(mask.array[::-1], 0.1))


def test_operations_that_change_the_shape_are_refused():
    with pytest.raises(ArrayError, match="must keep it"):
        Array2D(np.arange(4.0), mask) * np.ones((4, 1))
    assert (Array2D(jnp.arange(4.0), mask) * jnp.ones((2, 1))).native.shape == (2, 2, 3)
    with pytest.raises(TypeError):
        Array2D(np.arange(4.0), mask) + "a"


def test_numpy_jax_matplotlib_and_astropy_accept_arrays():
    from matplotlib.figure import Figure

    mpl.use("Agg")
    array = Array2D(np.arange(4.0), mask)
    axes = Figure().subplots()
    axes.imshow(array.native, extent=array.geometry.extent)
    axes.plot(array, array)
    axes.hist(array)
    assert np.asarray(array).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert np.asarray(array, dtype="float32").dtype == np.float32
    assert np.stack([array, array]).shape == (2, 4)
    assert float(jnp.sum(jnp.sqrt(array))) == pytest.approx(np.sqrt(np.arange(4)).sum())
    assert (array * units.Jy).unit == units.Jy
    assert units.Quantity(array, "mJy").to_value("Jy")[3] == pytest.approx(0.003)
    assert fits.PrimaryHDU(array.native).data.shape == (2, 3)


def test_arrays_pass_through_jit_grad_and_vmap():
    array = Array2D(jnp.arange(4.0), mask)
    doubled = jax.jit(lambda image: image * 2 + image.sum())(array)
    assert isinstance(doubled, Array2D)
    assert doubled.mask == mask
    np.testing.assert_allclose(doubled.values, array.values * 2 + 6)
    gradient = jax.grad(lambda image: jnp.sum(image.native**2))(array)
    assert isinstance(gradient, Array2D)
    np.testing.assert_allclose(gradient.values, 2 * array.values)
    batch = jax.vmap(lambda factor: Array2D(factor * jnp.arange(4.0), mask))(jnp.arange(3.0))
    assert isinstance(batch, Array2D)
    assert batch.shape == (3, 4)
    assert batch.native.shape == (3, 2, 3)
    np.testing.assert_allclose(jax.vmap(lambda image: (image + image).max())(batch), [0.0, 6.0, 12.0])
    np.testing.assert_allclose(batch.native[2], 2 * array.native)


def test_constructor_accepts_a_batch_of_jax_values():
    batch = Array2D(jnp.ones((5, 4)), mask)
    np.testing.assert_array_equal(batch.native, np.broadcast_to(~mask.array, (5, 2, 3)))
    np.testing.assert_array_equal((2 * batch).values, 2.0)


def test_equal_masks_built_anew_share_a_compilation():
    traces = []

    @jax.jit
    def doubled(image):
        traces.append(1)
        return image + image

    for header in (None, fits.Header({"CRVAL1": 1.0}), fits.Header({"CRVAL1": 2.0})):
        here = Mask2D.circular((20, 20), 0.5, 0.1)
        doubled(Array2D(jnp.ones(here.pixels_in_mask), here, header))
    assert len(traces) == 1


def test_numpy_functions_work_on_traced_arrays():
    @jax.jit
    def root(image):
        return np.sqrt(image)

    np.testing.assert_allclose(root(Array2D(jnp.arange(4.0), mask)).values, np.sqrt(np.arange(4.0)))


def test_arrays_survive_pickling():
    array = Array2D(np.arange(4.0), mask, fits.Header({"EXPTIME": 3.0}))
    twin = pickle.loads(pickle.dumps(array))
    np.testing.assert_array_equal(twin.values, array.values)
    assert twin.mask == mask
    assert twin.header.get("EXPTIME") == 3.0


def test_applying_a_mask_keeps_values_and_fills_with_zero():
    array = Array2D(np.arange(1.0, 5.0), mask).apply_mask(Mask2D([[True, False, False], [False, True, False]], 0.1))
    np.testing.assert_array_equal(array.native, [[0.0, 0.0, 2.0], [3.0, 0.0, 0.0]])
    with pytest.raises(MaskError, match="does not fit"):
        array.apply_mask(Mask2D.all_false((3, 3), 0.1))


def test_zoomed_and_resized_arrays_keep_their_pixels_and_mask_the_padding():
    image = np.arange(1.0, 26.0).reshape(5, 5)
    array = Array2D.no_mask(image, 1.0, origin=(2.0, 3.0))
    for traced in (array, Array2D(jnp.asarray(image), array.mask)):
        bigger = traced.resized_from((7, 8))
        assert bigger.shape_slim == 25
        np.testing.assert_array_equal(bigger.native[1:6, 2:7], image)
        np.testing.assert_allclose(bigger.mask.pixel_centres, array.mask.pixel_centres)
        assert traced.resized_from((7, 8), mask_pad_value=0).shape_slim == 56
        np.testing.assert_array_equal(traced.resized_from((3, 4)).native, image[1:4, 0:4])
        small = Mask2D.circular((5, 5), 1.1, 1.0, centre=(1.0, 1.0), origin=(2.0, 3.0))
        zoomed = small.zoom.array_2d_from(traced.apply_mask(small), buffer=2)
        assert zoomed.shape_native == (7, 7)
        np.testing.assert_array_equal(zoomed.native[2:5, 2:5], [[0, 4, 0], [8, 9, 10], [0, 14, 0]])
        np.testing.assert_allclose(zoomed.mask.pixel_centres, small.pixel_centres)


def test_trimming_undoes_padding_before_a_convolution():
    array = Array2D.no_mask(np.arange(20.0).reshape(4, 5), 1.0, origin=(1.0, 1.0))
    padded = array.padded_before_convolution_from((3, 5))
    assert padded.shape_native == (6, 9)
    back = padded.trimmed_after_convolution_from((3, 5))
    assert back.mask == array.mask
    np.testing.assert_array_equal(back.native, array.native)
    with pytest.raises(ArrayError, match="leaves nothing"):
        array.trimmed_after_convolution_from((5, 5))


def test_brightest_pixel_lies_wholly_in_the_region():
    values = np.zeros((4, 4))
    values[3, 1], values[3, 2], values[0, 0] = 1.0, 2.0, 9.0
    array = Array2D.no_mask(values, 0.1)
    region = (-0.26, 0.06, -0.06, 0.12)
    assert array.brightest_coordinate_in_region_from(region) == pytest.approx((-0.15, 0.05))
    assert array.brightest_coordinate_in_region_from(region, return_in_pixels=True) == (3, 2)
    assert array.brightest_coordinate_in_region_from(None) == pytest.approx((0.15, -0.15))
    with pytest.raises(ArrayError, match="region"):
        array.brightest_coordinate_in_region_from((0.0, 0.05, 0.0, 0.05))


def test_region_that_ends_on_pixel_edges_holds_those_pixels():
    array = Array2D.no_mask(np.arange(25.0).reshape(5, 5), 0.1)
    region = (-0.15, 0.15, -0.15, 0.15)
    assert array.brightest_coordinate_in_region_from(region) == pytest.approx((-0.1, 0.1))
    sub_pixel = array.brightest_sub_pixel_coordinate_in_region_from(region, box_size=1)
    assert sub_pixel == pytest.approx((-0.11851851851851852, 0.10370370370370373))


def test_centre_of_gravity_of_a_gaussian_is_found_between_pixels():
    centres = Mask2D.all_false((31, 31), 0.1).pixel_centres
    light = np.exp(-((centres[:, 0] - 0.23) ** 2 + (centres[:, 1] + 0.17) ** 2) / (2 * 0.1**2))
    array = Array2D.no_mask(light, 0.1, shape_native=(31, 31))
    assert array.brightest_sub_pixel_coordinate_in_region_from(None, box_size=6) == pytest.approx(
        (0.23, -0.17), abs=1e-6
    )


def test_binning_across_rows_and_columns_ignores_masked_pixels():
    array = Array2D(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), mask)
    np.testing.assert_allclose(array.binned_across_rows, [2.5, 5.0, 3.0])
    np.testing.assert_allclose(array.binned_across_columns, [2.0, 4.5])
    assert np.isnan(array.apply_mask(Mask2D([[True] * 3, [False] * 3], 0.1)).binned_across_columns[0])


def test_areas_are_in_square_arcseconds():
    array = Array2D.ones((2, 3), (0.1, 0.2))
    assert array.pixel_area == pytest.approx(0.02)
    assert array.total_area == pytest.approx(0.12)


def world_header() -> fits.Header:
    return fits.Header(
        {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 3.0, "CRPIX2": 2.0, "CRVAL1": 150.0, "CRVAL2": 2.0}
        | {"CDELT1": -1e-5, "CDELT2": 1e-5, "CUNIT1": "deg", "CUNIT2": "deg"}
    )


def test_fits_files_are_read_as_they_are_and_written_with_their_place(tmp_path):
    image = np.arange(12, dtype=">i2").reshape(3, 4)
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(image, world_header(), name="DATA")]).writeto(tmp_path / "a.fits")
    array = Array2D.from_fits(tmp_path / "a.fits", pixel_scales=0.036, hdu="data", origin=(1.0, 2.0))
    np.testing.assert_array_equal(array.native, image)
    assert array.dtype == np.float64
    (array * 2).output_to_fits(tmp_path / "b.fits")
    header = fits.getheader(tmp_path / "b.fits")
    np.testing.assert_array_equal(fits.getdata(tmp_path / "b.fits"), 2.0 * image)
    assert (header["PIXSCAY"], header["ORIGINX"], header["CRVAL1"], header["CRPIX1"]) == (0.036, 2.0, 150.0, 3.0)
    with pytest.raises(DatasetError, match="exists"):
        array.output_to_fits(tmp_path / "b.fits")
    array.output_to_fits(tmp_path / "b.fits", overwrite=True)


def test_pixels_keep_their_sky_position_when_an_array_is_cut_and_written(tmp_path):
    array = Array2D.no_mask(np.arange(30.0).reshape(5, 6), 0.036, header=world_header())
    array.window(1, 2, (3, 3)).output_to_fits(tmp_path / "cut.fits")
    before, after = WCS(world_header()), WCS(fits.getheader(tmp_path / "cut.fits"))
    np.testing.assert_allclose(after.pixel_to_world_values(0, 0), before.pixel_to_world_values(2, 1), rtol=1e-12)


def test_compiled_functions_drop_the_header_rather_than_mix_it_up():
    identity = jax.jit(lambda image: image)
    for value in (1.0, 2.0):
        array = Array2D(np.arange(4.0), mask, fits.Header({"CRVAL1": value}))
        assert array.header
        assert not identity(array).header


def test_irregular_values_and_coordinates():
    values = ArrayIrregular([1, 2, 3])
    assert (values * 2).in_list == [2.0, 4.0, 6.0]
    assert isinstance(jax.jit(lambda v: v + 1)(values), ArrayIrregular)
    grid = Grid2DIrregular([(0.0, 0.0), (3.0, 4.0), (1.0, 0.0)])
    assert grid.in_list == [(0.0, 0.0), (3.0, 4.0), (1.0, 0.0)]
    np.testing.assert_allclose(grid.furthest_distances_to_other_coordinates.values, [5.0, 5.0, np.sqrt(20.0)])
    assert grid.grid_of_closest_from(Grid2DIrregular([(0.1, 0.0), (3.0, 3.0)])).in_list == [(0.0, 0.0), (3.0, 4.0)]
    assert Grid2DIrregular.from_yx_1d([1.0, 2.0], [3.0, 4.0]).in_list == [(1.0, 3.0), (2.0, 4.0)]
    assert Grid2DIrregular((0.5, 1.0)).in_list == [(0.5, 1.0)]
    assert Grid2DIrregular([]).shape == (0, 2)
    pixels = Grid2DIrregular.from_pixels_and_mask([(0, 0), (1, 2)], mask)
    np.testing.assert_allclose(pixels.values, [(0.05, -0.1), (-0.05, 0.1)])


@pytest.mark.parametrize("bad", [[1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]], np.zeros((2, 2, 2)), ["a"]])
def test_coordinates_that_are_no_pairs_are_refused(bad):
    with pytest.raises(GalensError):
        Grid2DIrregular(bad)


def test_irregular_values_have_one_axis():
    with pytest.raises(ArrayError, match="one axis"):
        ArrayIrregular([[1.0, 2.0]])
    with pytest.raises(GalensError):
        Grid2DIrregular.from_yx_1d([1.0], [1.0, 2.0])
