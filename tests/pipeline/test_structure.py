"""Light of lens galaxies that is no ellipse, and lenses found behind it."""

import dataclasses

import numpy as np
import pytest

from galens.lens import LensCalc
from galens.pipeline import Settings, exposure_from
from galens.pipeline.arcs import Arcs
from galens.pipeline.fits import STRUCTURE, Work
from galens.pipeline.images import opposite_images
from galens.pipeline.lens_light import LensLight, fit_lens_light
from galens.pipeline.scan import guess_from_pair
from galens.pipeline.stages import Stages
from galens.pipeline.structure import galaxy_structure
from tests.pipeline.lenses import EINSTEIN_RADIUS, SCALE, exposure, galaxies

RADIUS = 3.0


def spiral(of):
    """Three arms and two lobes about the centre, in the unit of the noise."""
    y, x = of.coordinates
    distance, angle = np.hypot(y, x), np.arctan2(y, x)
    arms = 30.0 * np.exp(-0.5 * ((distance - 1.5) / 0.6) ** 2) * np.cos(3 * angle - 2 * distance)
    lobes = 20.0 * np.exp(-0.5 * ((distance - 2.6) / 0.4) ** 2) * np.cos(angle) ** 4
    return np.where(distance > 0.3, arms + lobes, 0.0)


def nothing(of):
    """The light of no galaxy."""
    empty = np.zeros_like(of.data)
    return LensLight({}, RADIUS, empty, empty > 0, empty, (0.0, 0.0), (0.0, 0.0))


def test_what_is_smooth_in_angle_is_found_and_what_is_compact_stays():
    rng = np.random.default_rng(1)
    plain = exposure()
    y, x = plain.coordinates
    spot = 60.0 * np.exp(-0.5 * (((y + 1.2) / 0.12) ** 2 + ((x - 1.4) / 0.12) ** 2))
    smooth = spiral(plain)
    noise = np.full(plain.data.shape, 1.0)
    field = exposure_from(smooth + spot + rng.standard_normal(noise.shape), noise, plain.psf, SCALE, centre=(0.0, 0.0))
    found = galaxy_structure(field, nothing(field), np.zeros_like(spot, bool))
    inside = field.radius < RADIUS
    assert np.all(found[~inside] == 0.0)
    ring = inside & (field.radius > 0.5) & (field.radius < 2.8)
    assert np.std((found - smooth)[ring]) < 0.1 * np.std(smooth[ring])
    known = galaxy_structure(field, nothing(field), spot > 1.0)
    assert np.std((known - smooth)[ring]) < np.std((found - smooth)[ring])
    at_spot = np.hypot(y + 1.2, x - 1.4) < 0.4
    assert (field.data - found)[at_spot].sum() == pytest.approx(spot[at_spot].sum(), rel=0.15)


def arcs_with(peaks):
    empty = np.zeros_like(exposure().data)
    return Arcs(empty, empty > 0, empty > 0, np.array(peaks).reshape(-1, 2), np.arange(len(peaks), 0.0, -1.0), 1.0, 3.0)


def test_the_highest_peaks_on_both_sides_are_a_pair():
    on_one_side = [(1.0, 1.2), (1.2, 0.8)]
    np.testing.assert_array_equal(
        opposite_images(exposure(), arcs_with([*on_one_side, (-0.5, -0.4), (-1.0, 0.0)])), [(1.0, 1.2), (-0.5, -0.4)]
    )
    assert len(opposite_images(exposure(), arcs_with(on_one_side))) == 0
    assert len(opposite_images(exposure(), arcs_with([]))) == 0


def test_a_pair_of_images_gives_the_lens_that_makes_them():
    of = exposure()
    away = np.array(of.centre)
    # Of a round isothermal lens: one Einstein radius inward from each image is the source.
    pair = away + np.array([[1.5, 0.0], [-0.5, 0.0]])
    shaped, round_ = guess_from_pair(of, arcs_with([*pair]), pair, (0.1, 0.2), RADIUS)
    np.testing.assert_allclose(shaped.vector, [1.0, 0.1, 0.2, 0.0, 0.0, away[0] + 0.5, away[1]], atol=1e-12)
    np.testing.assert_allclose(round_.vector[1:3], 0.0)
    assert np.isfinite(shaped.cost)


def test_a_lens_behind_spiral_arms_is_measured_and_said_to_be_uncertain():
    plain = exposure()
    field = dataclasses.replace(plain, data=plain.data + 0.3 * plain.noise_map.min() * spiral(plain))
    work = Work(
        field,
        fit_lens_light(field, RADIUS),
        RADIUS,
        Settings(n_samples=64, power_law=False),
        Stages(None),
        lambda text: None,
    )
    found = work.without_structure()
    assert found.doubts == 0
    assert found.verdict.answer == "uncertain"
    assert STRUCTURE in found.verdict.findings
    truth = float(LensCalc(galaxies()[0]).effective_einstein_radius)
    assert truth == pytest.approx(EINSTEIN_RADIUS, rel=0.02)
    fitted = float(LensCalc(found.fits["isothermal"].instance.galaxies.lens).effective_einstein_radius)
    assert fitted == pytest.approx(truth, rel=0.03)
