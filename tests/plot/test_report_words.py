"""What reports say of searches and residuals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import galens.galaxy as ag
from galens.plot.report.contents import Contents, Observation
from galens.plot.report.words import convergence, goodness_of_fit

MULTI_START = {
    "converged": True,
    "best_mode_is_at_an_edge": False,
    "starts": 32,
    "starts_at_best_mode": 8,
    "reliability": 1 - 0.75**32,
    "modes_log_evidence": [10.0],
    "errors": "importance-weighted",
    "effective_samples": 1500.0,
    "pareto_k": 0.3,
}
CHAINS = {
    "bridge_log_evidence_error": 0.02,
    "chains": 4,
    "draws": 500,
    "r_hat": [1.001, 1.004],
    "bulk_effective_draws": [900.0, 800.0],
}
NUTS = MULTI_START | CHAINS | {"tail_effective_draws": [700.0, 650.0], "divergences": 0, "bfmi": [0.9] * 4}


def contents(search: dict, said: dict, fit: dict | None = None, noise: ag.Array2D | None = None, **result) -> Contents:
    result = {"search": said, "parameters": {}, "pdf_converged": True, **result}
    seen = () if fit is None else (Observation("", fit, {}, noise, None),)
    return Contents(Path(), search, result, {}, {}, "", "", seen)


def said(search: str, numbers: dict, **settings) -> dict[str, str]:
    """Level of each finding -> its text."""
    return {each.level: each.text for each in convergence(contents({"search": search, **settings}, numbers))}


def test_good_multi_start_gives_no_warning():
    assert set(said("MultiStartLM", MULTI_START)) == {"good"}


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"converged": False}, "bad", "max_steps"),
        ({"starts_at_best_mode": 1, "reliability": 1 - (31 / 32) ** 32}, "bad", "n_starts"),
        ({"starts_at_best_mode": 3, "reliability": 1 - (29 / 32) ** 32}, "notice", "3 of 32"),
        ({"best_mode_is_at_an_edge": True}, "notice", "edge"),
        ({"errors": "Laplace approximation", "pareto_k": 0.9}, "notice", "Gaussian approximation"),
        ({"modes_log_evidence": [10.0, 9.0]}, "notice", "73 % and 27 %"),
        ({"effective_samples": 20.0}, "notice", "20 independent samples"),
    ],
)
def test_weakness_of_a_multi_start_is_named(change, level, words):
    assert words in said("MultiStartLM", MULTI_START | change)[level]


def test_far_lower_mode_is_no_reason_to_worry():
    found = said("MultiStartLM", MULTI_START | {"modes_log_evidence": [-40.0, 10.0]})
    assert set(found) == {"good"}


def test_nuts_is_judged_by_its_chains():
    assert set(said("NUTS", NUTS | {"converged": True}, n_eff=500)) == {"good"}
    found = said("NUTS", NUTS | {"converged": False, "r_hat": [1.2, 1.0], "divergences": 7, "bfmi": [0.1]}, n_eff=500)
    assert "1.200" in found["bad"]
    assert "E-BFMI" in found["notice"]
    modes = {"modes_log_evidence": [10.0, 9.9], "weights_of_modes": [0.9, 0.1], "converged": True}
    assert (
        "90 % and 10 % of the posterior (measured by bridge sampling)"
        in said("NUTS", NUTS | modes, n_eff=500)["notice"]
    )


def test_nautilus_that_was_stopped_early_says_so():
    assert "good" in said("Nautilus", {"effective_samples": 510.0}, n_eff=500)
    assert "stopped early" in said("Nautilus", {"effective_samples": 300.0}, n_eff=500)["bad"]


def test_error_of_the_evidence_follows_from_the_samples():
    found = convergence(
        contents({"search": "Nautilus", "n_eff": 400}, {"effective_samples": 400.0}, log_evidence=-12.0)
    )
    assert "about 0.05" in found[-1].text


def test_samples_that_are_one_point_are_a_problem():
    assert convergence(contents({"search": "none of ours"}, {}, pdf_converged=False))[0].level == "bad"


def residual_findings(residuals: np.ndarray, noise: np.ndarray | None = None) -> list[tuple[str, str]]:
    scale = 0.1
    images = {name: ag.Array2D.no_mask(residuals, pixel_scales=scale) for name in ("DATA", "NORMALIZED_RESIDUAL_MAP")}
    noise_map = None if noise is None else ag.Array2D.no_mask(noise, pixel_scales=scale)
    return [(each.level, each.text) for each in goodness_of_fit(contents({}, {}, images, noise_map))]


@pytest.fixture(scope="module")
def white() -> np.ndarray:
    return np.random.default_rng(1).standard_normal((60, 60))


def test_white_noise_is_a_good_fit(white):
    assert [level for level, _ in residual_findings(white)] == ["good"] * 3


def test_patches_of_residuals_are_seen_though_they_are_small(white):
    patches = (white + np.roll(white, 1, axis=0) + np.roll(white, 1, axis=1)) / np.sqrt(3)
    chi_squared, _, runs = residual_findings(patches)
    assert chi_squared[0] == "good"
    assert runs[0] == "notice"
    assert "patches" in runs[1]


def test_outlier_is_counted_and_placed(white):
    spoiled = white.copy()
    spoiled[10, 20] = -30.0
    _, outliers, _ = residual_findings(spoiled)
    assert outliers[0] == "notice"
    assert "\u221230 times the noise, at y = 1.95″, x = \u22120.95″" in outliers[1]


@pytest.mark.parametrize(
    ("factor", "level", "words"), [(2.0, "bad", "does not explain"), (0.5, "notice", "overestimated")]
)
def test_wrong_size_of_residuals_is_named(white, factor, level, words):
    found = residual_findings(factor * white)[0]
    assert found[0] == level
    assert words in found[1]


def test_pixels_that_are_switched_off_do_not_count(white):
    noise = np.ones_like(white)
    spoiled = white.copy()
    spoiled[5:9, 5:9], noise[5:9, 5:9] = 0.0, 1e8
    assert "of 3\u202f584 pixels" in residual_findings(spoiled, noise)[1][1]
