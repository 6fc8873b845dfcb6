"""Importance sampling that learns, against integrals on a grid."""

from __future__ import annotations

import numpy as np
import pytest

from galens.fit.importance import RELIABLE
from galens.fit.search.importance_draws import EFFICIENT, ENOUGH_LEARNT, GOOD, MANY, ROUNDS, importance_draws
from galens.fit.search.modes import Mode


def bent(points):
    """The log likelihood of a banana: wider than its curvature at the top says."""
    first, second = points.T
    return -0.5 * ((second - first**2) / 0.2) ** 2 - 0.5 * (first / 0.7) ** 2


def exact():
    """Log evidence, mean and standard deviations under unit normal priors, by sums over a fine grid."""
    first, second = np.meshgrid(np.linspace(-4, 4, 1201), np.linspace(-3, 20, 4601), indexing="ij")
    points = np.stack([first.ravel(), second.ravel()], axis=-1)
    density = np.exp(bent(points) - 0.5 * np.sum(points**2, axis=1)) / (2 * np.pi)
    cell = (8 / 1200) * (23 / 4600)
    shares = density / density.sum()
    mean = shares @ points
    return np.log(density.sum() * cell), mean, np.sqrt(shares @ (points - mean) ** 2)


def laplace():
    curvature = np.array([[1 / 0.49 + 1.0, 0.0], [0.0, 1 / 0.04 + 1.0]])
    return Mode(np.zeros(2), -np.log(2 * np.pi), curvature, (0,))


def test_a_bent_posterior_is_learnt():
    log_evidence, mean, deviation = exact()
    drawn = importance_draws([laplace()], 2000, bent, np.random.default_rng(2))
    assert 1 < drawn.rounds <= ROUNDS
    assert len(drawn.points) == len(drawn.log_likelihood) == len(drawn.weights) == 2000 * drawn.rounds
    assert drawn.pareto_k < RELIABLE
    assert drawn.effective > 100
    error = 4 / np.sqrt(drawn.effective)
    assert drawn.log_evidence == pytest.approx(log_evidence, abs=error)
    weights = drawn.weights / drawn.weights.sum()
    np.testing.assert_allclose((weights @ drawn.points - mean) / deviation, 0.0, atol=error)
    # Laplace's are off by 18 and 44 %.
    np.testing.assert_allclose(np.sqrt(weights @ (drawn.points - mean) ** 2) / deviation, 1.0, atol=0.15)


def test_weights_that_can_be_just_trusted_end_it_after_three_rounds():
    drawn = importance_draws([laplace()], 2000, bent, np.random.default_rng(2))
    assert GOOD < drawn.pareto_k < RELIABLE
    assert drawn.effective > MANY
    assert drawn.rounds == ENOUGH_LEARNT


def test_weights_that_can_be_just_trusted_end_it_where_they_are_worth_half_of_the_draws():
    def tail(points):
        """A t distribution over the prior, by a normal one of its curvature: heavy tails with little in them."""
        squares = np.sum(points**2, axis=1)
        return -3.0 * np.log1p(squares / 5.0) + 0.5 * squares

    mode = Mode(np.zeros(1), 0.0, np.array([[1.2]]), (0,))
    drawn = importance_draws([mode], 2000, tail, np.random.default_rng(2))
    assert GOOD < drawn.pareto_k < RELIABLE
    assert drawn.effective > EFFICIENT * 2000
    assert drawn.rounds == 1


def test_shares_of_two_modes_are_learnt():
    # Two equal hills, one of which is given a fiftieth of the weight that it deserves.
    def log_likelihood(points):
        return np.logaddexp(*(-0.5 * np.sum(((points - place) / 0.1) ** 2, axis=1) for place in (-0.5, 0.5)))

    curvature = 101.0 * np.eye(2)
    hills = [
        Mode(np.full(2, place * 100 / 101), height, curvature, (0,)) for place, height in ((-0.5, 0.0), (0.5, -4.0))
    ]
    drawn = importance_draws(hills, 2000, log_likelihood, np.random.default_rng(5))
    assert drawn.rounds > 1
    right = drawn.weights[drawn.points[:, 0] > 0].sum() / drawn.weights.sum()
    assert right == pytest.approx(0.5, abs=0.05)


def test_one_round_where_the_posterior_is_what_was_assumed():
    mode = Mode(np.zeros(3), -1.5 * np.log(2 * np.pi), 5.0 * np.eye(3), (0,))
    drawn = importance_draws([mode], 500, lambda points: -2.0 * np.sum(points**2, axis=1), np.random.default_rng(1))
    assert drawn.rounds == 1
    assert drawn.log_evidence == pytest.approx(-1.5 * np.log(5.0), abs=0.05)


def test_draws_that_are_too_few_to_learn_from_end_in_one_round():
    drawn = importance_draws([laplace()], 5, bent, np.random.default_rng(3))
    assert drawn.rounds == 1
    assert drawn.pareto_k == np.inf
