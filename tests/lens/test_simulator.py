"""Simulated images of lenses."""

from __future__ import annotations

import numpy as np
import pytest

import galens.lens as al
from galens.errors import DatasetError
from tests.lens.lenses import shining

GRID = al.Grid2D.uniform(shape_native=(24, 26), pixel_scales=0.15, over_sample_size=1)
SIMULATOR = al.SimulatorImaging(
    exposure_time=1000.0,
    psf=al.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.15, pixel_scales=0.15),
    add_poisson_noise_to_data=False,
)
LENS = al.Galaxy(redshift=0.5, light=al.lp_operated.Gaussian(sigma=0.3), mass=al.mp.IsothermalSph(einstein_radius=0.9))
SOURCE = shining(1.0, effective_radius=0.3, sersic_index=1.0, centre=(0.05, 0.1))
TRACER = al.Tracer([LENS, SOURCE])


@pytest.fixture(scope="module")
def dataset():
    return SIMULATOR.via_tracer_from(tracer=TRACER, grid=GRID)


def test_a_simulated_lens_is_its_blurred_image(dataset):
    around = al.Grid2D.uniform(shape_native=(28, 30), pixel_scales=0.15, over_sample_size=1)
    lensed = np.asarray(al.Tracer([al.Galaxy(0.5, mass=LENS.mass), SOURCE]).image_2d_from(around).native)
    kernel = np.asarray(SIMULATOR.psf.kernel.native)
    windows = np.lib.stride_tricks.sliding_window_view(lensed, (5, 5))
    expected = np.einsum("ijkl,kl->ij", windows, kernel[::-1, ::-1]) + np.asarray(LENS.image_2d_from(GRID).native)
    np.testing.assert_allclose(dataset.data.native, expected, rtol=1e-9)


def test_deflections_of_a_lens_do_what_the_lens_does(dataset):
    simulator = al.SimulatorImaging(exposure_time=1000.0, add_poisson_noise_to_data=False)
    deflections = TRACER.deflections_yx_2d_from(GRID)
    behind = simulator.via_deflections_and_galaxies_from(deflections=deflections, galaxies=[SOURCE], grid=GRID)
    np.testing.assert_allclose(behind.data, TRACER.image_2d_list_from(GRID)[1], rtol=1e-12)
    with pytest.raises(DatasetError, match=r"the shape of the grid, \(624, 2\), got \(600, 2\)"):
        simulator.via_deflections_and_galaxies_from(np.zeros((600, 2)), [SOURCE], GRID)


def test_a_picture_as_the_source(dataset):
    plane = al.Grid2D.uniform(shape_native=(241, 241), pixel_scales=0.02, over_sample_size=1)
    pictured = SIMULATOR.via_source_image_from(
        tracer=al.Tracer([LENS, al.Galaxy(redshift=1.0)]), grid=GRID, source_image=SOURCE.image_2d_from(plane)
    )
    np.testing.assert_allclose(pictured.data, dataset.data, rtol=1e-2)


def test_signal_to_noise_is_that_of_the_lensed_image():
    source = al.Galaxy(redshift=1.0, light=al.lp_snr.ExponentialSph(signal_to_noise_ratio=20.0, centre=(0.05, 0.1)))
    simulator = al.SimulatorImaging(exposure_time=1000.0, background_sky_level=2.0, add_poisson_noise_to_data=False)
    data = simulator.via_tracer_from(al.Tracer([al.Galaxy(0.5, mass=LENS.mass), source]), GRID)
    counts = 1000.0 * float(np.max(data.data.values))
    assert counts / np.sqrt(counts + 2000.0) == pytest.approx(20.0)
