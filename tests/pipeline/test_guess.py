"""The search of a lens before any fit, on arcs whose lens galaxy's light is known."""

import dataclasses

import numpy as np
import pytest

from galens import array as aa
from galens import lens as al
from galens.pipeline.arcs import find_arcs, without_outer_peaks
from galens.pipeline.exposure import exposure_from
from galens.pipeline.lens_light import LensLight, significance_of
from galens.pipeline.scan import guess, guess_without_neighbours
from tests.pipeline.lenses import EINSTEIN_RADIUS, SHAPE, SOURCE, exposure, light_of_lens

RADIUS = 2.9


def light(of):
    significance = significance_of(of, of.data - light_of_lens(), RADIUS)
    return LensLight(None, RADIUS, light_of_lens(), significance > 2.5, significance, (0.0, 0.0), SHAPE)


def with_neighbour():
    """The lens with a bright round galaxy at (1.6, 1.6)."""
    lens = exposure()
    y, x = lens.coordinates
    galaxy = 3.0 * np.exp(-0.5 * ((y - 1.6) ** 2 + (x - 1.6) ** 2) / 0.2**2)
    return dataclasses.replace(lens, data=lens.data + galaxy)


def test_significance_is_that_of_a_matched_average():
    lens = exposure()
    noise = lens.noise_map * np.random.default_rng(3).standard_normal(lens.data.shape)
    inside = lens.radius < 2.0
    assert np.std(significance_of(lens, noise, RADIUS)[inside]) == pytest.approx(1.0, abs=0.1)


def test_arcs_are_about_the_einstein_radius():
    arcs = find_arcs(exposure(), light(exposure()))
    assert arcs.radius == pytest.approx(EINSTEIN_RADIUS, rel=0.1)
    assert len(arcs.peaks) >= 2
    assert arcs.significance > 20
    assert arcs.mask_radius == 3.0  # the first of the radii that leaves a margin around them
    assert np.quantile(exposure().radius[arcs.pixels], 0.97) > 1.5
    assert not arcs.neighbours.any()


def test_the_guess_is_close_to_the_truth():
    _, candidates = guess(exposure(), light(exposure()))
    best = candidates[0]
    assert best.einstein_radius == pytest.approx(EINSTEIN_RADIUS, rel=0.04)
    assert best.vector[5:] == pytest.approx(SOURCE, abs=0.06)
    assert best.explained > 0.85
    assert [each.cost for each in candidates] == sorted(each.cost for each in candidates)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_small_bright_source_far_from_the_axis_is_found(seed):
    tilt, radius, place = (-0.09, -0.075), 1.75, (-0.2, -0.33)
    mass = al.mp.Isothermal(ell_comps=tilt, einstein_radius=radius)
    deflector = al.Galaxy(redshift=0.5, mass=mass, shear=al.mp.ExternalShear(gamma_1=0.08, gamma_2=0.01))
    spot = al.lp.Exponential(centre=place, effective_radius=0.06)
    psf = aa.Convolver.from_gaussian((11, 11), sigma=0.05, pixel_scales=0.05)
    clean = al.SimulatorImaging(1000.0, psf, add_poisson_noise_to_data=False, include_poisson_noise_in_noise_map=False)
    grid = aa.Grid2D.uniform((141, 141), 0.05, over_sample_size=4)
    images = clean.via_galaxies_from([al.Tracer([deflector, al.Galaxy(redshift=1.0, light=spot)])], grid).data.native
    y, x = np.mgrid[70:-71:-1, -70:71] * 0.05
    galaxy = 300.0 * np.exp(-np.hypot(y, x) / 0.3)
    noise = np.random.default_rng(seed).standard_normal(galaxy.shape)
    data = galaxy + 100.0 * np.asarray(images) / np.max(images) + noise
    of = exposure_from(data, np.ones_like(data), np.asarray(psf.kernel.native), 0.05)
    significance = significance_of(of, data - galaxy, 3.0)
    arcs, candidates = guess(of, LensLight(None, 3.0, galaxy, significance > 2.5, significance, (0.0, 0.0), tilt))
    assert len(arcs.peaks) == 3
    assert candidates[0].einstein_radius == pytest.approx(radius, rel=0.06)
    assert np.hypot(*(candidates[0].vector[5:] - place)) < 0.1  # a fit goes on from here; it is 0.39 from the axis


def test_a_neighbour_is_no_arc():
    lens = with_neighbour()
    arcs, candidates = guess_without_neighbours(lens, light(lens), farthest_peaks=1)
    assert arcs.neighbours[np.hypot(lens.coordinates[0] - 1.6, lens.coordinates[1] - 1.6) < 0.15].all()
    assert candidates[0].einstein_radius == pytest.approx(EINSTEIN_RADIUS, rel=0.06)


def test_outer_peaks_go_with_the_light_about_them():
    lens = with_neighbour()
    arcs = find_arcs(lens, light(lens))
    fewer = without_outer_peaks(lens, light(lens), arcs, 1)
    assert len(fewer.peaks) == len(arcs.peaks) - 1
    assert not (fewer.pixels & fewer.neighbours).any()
    assert np.hypot(*fewer.peaks.T).max() < 1.9 < np.hypot(*arcs.peaks.T).max()


def test_no_arcs_no_guess():
    plain = exposure(with_source=False)
    arcs, candidates = guess(plain, light(plain))
    assert candidates == []
    assert arcs.significance == 0.0
