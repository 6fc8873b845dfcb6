"""The search of a lens before any fit, on arcs whose lens galaxy's light is known."""

import dataclasses

import numpy as np
import pytest

from galens.pipeline.arcs import find_arcs, without_outer_peaks
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
