from types import SimpleNamespace

import numpy as np
import pytest

from galens import galaxy as ag
from galens.pipeline import exposure_from
from galens.pipeline.arcs import Arcs
from galens.pipeline.fits import preferred
from galens.pipeline.verdict import (
    full_width,
    hidden_by_mask,
    shape_findings,
    slope_findings,
    source_in_core,
    verdict_on,
)
from tests.pipeline.lenses import SCALE, exposure


def test_the_width_of_a_psf_is_that_at_half_its_maximum():
    rows, columns = np.indices((41, 41)) - 20
    gaussian = np.exp(-0.5 * (rows**2 + columns**2) / 4.0**2)
    assert full_width(gaussian) == pytest.approx(2.355 * 4.0, rel=0.03)


def test_a_slope_that_galaxies_do_not_have_is_to_be_looked_at():
    assert slope_findings(2.08) == []
    for slope in (1.35, 2.69):
        (finding,) = slope_findings(slope)
        assert finding.level == "notice"
        assert f"{slope:.3f}" in finding.text


def test_a_source_in_the_core_of_the_lens_is_said():
    shape, scale = (61, 61), 0.05
    flat = exposure_from(np.ones(shape), np.ones(shape), np.ones((3, 3)) / 9.0, scale, centre=(0.0, 0.0))
    lensed = np.zeros(shape)
    lensed[30, 32] = 3.0
    finding = source_in_core(flat, lensed)
    assert finding.level == "bad"
    assert "0.1″ from the centre" in finding.text
    lensed[30, 50] = 4.0
    assert source_in_core(flat, lensed) is None


def test_a_mass_that_galaxies_do_not_have_is_to_be_looked_at():
    assert shape_findings(0.6, 0.1) == []
    for axis_ratio, shear in ((0.3, 0.1), (0.6, 0.4)):
        (finding,) = shape_findings(axis_ratio, shear)
        assert finding.level == "notice"
        assert f"axis ratio of {axis_ratio:g} in a shear of {shear:g}" in finding.text


def fitted(axis_ratio, shear, log_evidence):
    e = (1 - axis_ratio) / (1 + axis_ratio)
    lens = ag.Galaxy(
        0.5,
        mass=ag.mp.PowerLaw(ell_comps=(0.0, e), einstein_radius=1.2),
        shear=ag.mp.ExternalShear(gamma_1=shear, gamma_2=0.0),
    )
    instance = SimpleNamespace(galaxies=SimpleNamespace(lens=lens))
    return SimpleNamespace(instance=instance, log_evidence=log_evidence)


def test_a_power_law_is_preferred_by_its_evidence_if_it_is_a_galaxy():
    isothermal = fitted(0.7, 0.05, 100.0)
    assert preferred(isothermal, None) is isothermal
    assert preferred(isothermal, fitted(0.7, 0.05, 102.0)) is isothermal
    better = fitted(0.6, 0.1, 110.0)
    assert preferred(isothermal, better) is better
    assert preferred(isothermal, fitted(0.1, 0.1, 1000.0)) is isothermal
    assert preferred(isothermal, fitted(0.7, 0.4, 1000.0)) is isothermal


def ring_masked(inner, outer):
    plain = exposure()
    mask = (plain.radius > inner) & (plain.radius < outer)
    return exposure_from(plain.data, plain.noise_map, plain.psf, SCALE, mask=mask)


def test_a_mask_that_covers_a_ring_is_said():
    (finding,) = hidden_by_mask(ring_masked(0.95, 1.65), 3.0)
    assert finding.level == "notice"
    assert "between 1″ and 1.6″ from" in finding.text
    two = ring_masked(0.95, 1.65)
    two = exposure_from(two.data, two.noise_map, two.psf, SCALE, mask=(two.radius < 0.2) | (two.radius > 2.15))
    (finding,) = hidden_by_mask(two, 3.0)
    assert "between 1″ and 1.6″ and between 2.2″ and 3″ from" in finding.text
    assert hidden_by_mask(exposure(), 3.0) == []


def verdict_where(explained, positions):
    """The verdict on a lens with two images, of which a model takes a share of the light."""
    of = exposure()
    y, x = of.coordinates
    spots = [np.exp(-0.5 * ((y - v) ** 2 + (x - u) ** 2) / 0.15**2) for v, u in ((1.3, 0.3), (-1.0, -0.2))]
    images = 10.0 * of.noise_map * sum(spots)
    pixels = images > 2.0 * of.noise_map
    none = np.empty((0, 2))
    arcs = Arcs(images, pixels, np.zeros_like(pixels), none, np.empty(0), 1.2, 3.0)
    light = SimpleNamespace(model_data=of.data - images)
    left = images * np.sqrt(1.0 - explained)
    fit = SimpleNamespace(
        normalized_residual_map=SimpleNamespace(native=left / of.noise_map),
        model_images_of_galaxies_list=[SimpleNamespace(native=images - left)],
        subtracted_images_of_galaxies_list=[SimpleNamespace(native=images)],
    )
    isothermal = fitted(0.7, 0.05, 5000.0)
    isothermal.max_log_likelihood_fit, isothermal.diagnostics = fit, {}
    fits = {"isothermal": isothermal, "power_law": None, "no_lens": SimpleNamespace(log_evidence=0.0)}
    return verdict_on(of, light, arcs, [None], positions, fits, 3.0, 1.2)


def test_a_poor_model_of_clear_images_does_not_exclude_a_lens():
    pair, none = np.array([[1.3, 0.3], [-1.0, -0.2]]), np.empty((0, 2))
    assert verdict_where(0.95, pair).answer == "lens"
    assert verdict_where(0.95, none).answer == "uncertain"
    assert verdict_where(0.55, pair).answer == "uncertain"
    assert verdict_where(0.55, none).answer == "uncertain"
    assert verdict_where(0.55, none).explained == pytest.approx(0.55, abs=0.01)
    assert verdict_where(0.3, pair).answer == "no lens"


def test_a_mask_that_may_hide_the_arcs_leaves_no_verdict():
    nothing = {"light": None, "arcs": None, "candidates": [], "positions": np.empty((0, 2)), "fits": {}, "radius": 3.0}
    assert verdict_on(exposure(), **nothing).answer == "no lens"
    verdict = verdict_on(ring_masked(0.75, 1.85), **nothing)
    assert verdict.answer == "uncertain"
    assert [each.level for each in verdict.findings] == ["bad", "notice"]
    assert "are not seen" in verdict.findings[1].text
