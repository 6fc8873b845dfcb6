"""Light that is not smooth about a centre."""

from __future__ import annotations

import numpy as np
import pytest

from galens.numerics.rings import elliptical_radius, falling_levels, significance

Y, X = np.meshgrid(np.linspace(3.0, -3.0, 61), np.linspace(-3.0, 3.0, 61), indexing="ij")


def test_elliptical_radius_is_that_of_the_circle_of_equal_area():
    axis_ratio, angle = 0.6, np.radians(30.0)
    size = (1 - axis_ratio) / (1 + axis_ratio)
    radius = elliptical_radius(Y, X, (size * np.sin(2 * angle), size * np.cos(2 * angle)))
    along, across = X * np.cos(angle) + Y * np.sin(angle), Y * np.cos(angle) - X * np.sin(angle)
    np.testing.assert_allclose(radius, np.hypot(along * np.sqrt(axis_ratio), across / np.sqrt(axis_ratio)), atol=1e-7)


def test_levels_are_those_of_the_smooth_light_where_arcs_fill_half_of_a_ring():
    radius, rng = np.hypot(Y, X), np.random.default_rng(1)
    smooth, noise = 100.0 * np.exp(-radius), 0.5
    arcs = np.where((np.abs(radius - 1.5) < 0.2) & (X > 0.0), 30.0, 0.0)
    image = smooth + arcs + noise * rng.standard_normal(Y.shape)
    weight = np.where(radius < 2.9, noise**-2, 0.0)
    levels = falling_levels(image, weight, radius, 0.1)
    about_arcs = (np.abs(radius - 1.5) < 0.5) & (weight > 0.0)
    # A ring of one pixel holds light that falls by a tenth across it.
    np.testing.assert_allclose(levels[about_arcs], smooth[about_arcs], rtol=0.06)
    assert np.all(np.diff(levels.ravel()[np.argsort(radius, axis=None)]) <= 0.0)


def test_a_whole_ring_of_arcs_does_not_rise_above_the_level_inside():
    radius = np.hypot(Y, X)
    smooth = 100.0 * np.exp(-radius)
    ring = np.where(np.abs(radius - 1.5) < 0.2, 1000.0, 0.0)
    levels = falling_levels(smooth + ring, np.ones_like(Y), radius, 0.1)
    assert levels[ring > 0.0].max() < 100.0 * np.exp(-1.2)


def test_noise_has_significances_of_unit_variance_and_pixels_without_weight_none():
    rng = np.random.default_rng(2)
    weight = rng.uniform(0.5, 2.0, (200, 200))
    weight[:20] = 0.0
    values = significance(rng.standard_normal(weight.shape) / np.sqrt(np.where(weight > 0.0, weight, 1.0)), weight)
    assert np.all(values[:20] == 0.0)
    assert values[30:].std() == pytest.approx(1.0, abs=0.03)
