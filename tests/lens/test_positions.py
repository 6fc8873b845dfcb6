"""Penalties on positions that do not come from one place."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import galens.lens as al
from galens.errors import FitError, FitWarning

POSITIONS = np.array([(1.05, 0.0), (-0.95, 0.0), (0.0, 1.0)])


def tracer(einstein_radius, source_redshift=1.0):
    lens = al.Galaxy(redshift=0.5, mass=al.mp.IsothermalSph(einstein_radius=einstein_radius))
    return al.Tracer([lens, al.Galaxy(redshift=source_redshift, bulge=al.lp.Sersic())])


def test_positions_of_one_source_are_not_penalised():
    positions = al.PositionsLH(POSITIONS, threshold=0.1)
    # (0.05, 0) and (0.05, 0), and (0, 0).
    np.testing.assert_allclose(positions.distances_from(tracer(1.0)), [0.0, 0.05, 0.05], atol=1e-6)
    assert float(positions.log_likelihood_penalty_from(tracer(1.0))) == 0.0


def test_penalty_is_half_the_sum_of_squares_of_the_excess():
    positions = al.PositionsLH(al.Grid2DIrregular(POSITIONS), threshold=0.1, penalty_factor=100.0)
    # Without mass rays go straight on.
    excess = np.array([2.0, np.hypot(1.05, 1.0), np.hypot(0.95, 1.0)]) - 0.1
    nothing = tracer(0.0)
    np.testing.assert_allclose(positions.log_likelihood_penalty_from(nothing), 100.0 * np.sum(excess**2), rtol=1e-12)
    np.testing.assert_allclose(positions.residuals_from(nothing), np.sqrt(200.0) * excess, rtol=1e-12)


def test_gradient_leads_to_the_mass_and_is_exact():
    positions = al.PositionsLH(POSITIONS, threshold=0.1, penalty_factor=100.0)

    def penalty(einstein_radius):
        return positions.log_likelihood_penalty_from(tracer(einstein_radius))

    for radius in (0.01, 0.5, 0.9, 1.2):
        slope = float(jax.grad(penalty)(radius))
        step = 1e-6
        assert slope == pytest.approx(float(penalty(radius + step) - penalty(radius - step)) / (2 * step), rel=1e-4)
        assert slope < 0.0 if radius < 1.0 else slope > 0.0
    # Where rays meet in a point there is no direction, and no slope.
    assert float(jax.grad(penalty)(1.0)) == 0.0


def test_one_plane_is_not_penalised():
    galaxies = [al.Galaxy(redshift=0.5, bulge=al.lp.Sersic())]
    assert float(al.PositionsLH(POSITIONS, threshold=0.1).log_likelihood_penalty_from(al.Tracer(galaxies))) == 0.0


def test_plane_is_that_of_the_redshift():
    lens = al.Galaxy(redshift=0.5, mass=al.mp.IsothermalSph(einstein_radius=1.0))
    planes = al.Tracer([lens, al.Galaxy(redshift=1.0), al.Galaxy(redshift=2.0)])
    nearer = al.PositionsLH(POSITIONS, threshold=0.1, plane_redshift=1.0).distances_from(planes)
    beta = float(al.cosmo.Planck15().scaling_factor_between_redshifts_from(0.5, 1.0, 2.0))
    assert float(nearer[0]) == pytest.approx(2.0 * (1.0 - beta), rel=1e-10)
    with pytest.raises(FitError, match=r"plane_redshift = 3; the planes are at 0\.5, 1\.0, 2\.0"):
        al.PositionsLH(POSITIONS, threshold=0.1, plane_redshift=3.0).distances_from(planes)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"positions": [(1.0, 0.0)], "threshold": 0.1}, "at least two pairs"),
        ({"positions": [1.0, 0.0], "threshold": 0.1}, "at least two pairs"),
        ({"positions": [(1.0, np.nan), (0.0, 1.0)], "threshold": 0.1}, "finite"),
        ({"positions": POSITIONS, "threshold": 0.0}, "threshold is 0.0"),
        ({"positions": POSITIONS, "threshold": float("nan")}, "threshold is nan"),
        ({"positions": POSITIONS, "threshold": 0.1, "penalty_factor": -1.0}, "penalty_factor is -1.0"),
    ],
)
def test_bad_positions_are_refused_in_words(arguments, words):
    with pytest.raises(FitError, match=words):
        al.PositionsLH(**arguments)


def test_positions_must_be_in_the_image_and_should_not_be_masked():
    grid = al.Grid2D.uniform(shape_native=(21, 21), pixel_scales=0.2)
    dataset = al.Imaging(al.Array2D.ones((21, 21), 0.2), al.Array2D.ones((21, 21), 0.2))
    dataset = dataset.apply_mask(al.Mask2D.circular(shape_native=grid.shape_native, pixel_scales=0.2, radius=0.8))
    with pytest.raises(FitError, match=r"\(3, 0\) is outside of the image, which reaches from y = -2.1 to 2.1"):
        al.AnalysisImaging(dataset, al.PositionsLH([(3.0, 0.0), (0.0, 0.5)], threshold=0.1))
    with pytest.warns(FitWarning, match=r"\(1.05, 0\) is masked. A mask that is smaller than the images"):
        al.AnalysisImaging(dataset, al.PositionsLH(POSITIONS, threshold=0.1))
