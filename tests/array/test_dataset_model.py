"""Offset and rotation of a dataset."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from galens.array import DatasetModel


def test_nothing_is_computed_where_nothing_is_asked_for() -> None:
    y, x = np.arange(3.0), np.arange(3.0)
    moved_y, moved_x = DatasetModel().moved(y, x)
    assert moved_y is y
    assert moved_x is x


def test_offset_is_subtracted_and_the_result_is_turned_counter_clockwise() -> None:
    y, x = DatasetModel(grid_offset=(1.0, 2.0)).moved(np.array([1.0]), np.array([3.0]))
    assert (y[0], x[0]) == (0.0, 1.0)
    y, x = DatasetModel(grid_offset=(1.0, 2.0), grid_rotation_angle=90.0).moved(np.array([1.0]), np.array([3.0]))
    np.testing.assert_allclose((y[0], x[0]), (1.0, 0.0), atol=1e-15)


def test_traced_parameters_move_the_coordinates_and_have_gradients() -> None:
    def moved_y(model: DatasetModel) -> jax.Array:
        return model.moved(0.5, 1.0)[0]

    model = DatasetModel(0.0, (0.1, 0.2), 30.0)
    gradient = jax.jit(jax.grad(moved_y))(model)
    assert jax.jit(moved_y)(model) == pytest.approx(0.4 * np.cos(np.pi / 6) + 0.8 * np.sin(np.pi / 6))
    assert gradient.grid_offset[0] == pytest.approx(-np.cos(np.pi / 6))
    assert gradient.grid_rotation_angle == pytest.approx(np.deg2rad(-0.4 * np.sin(np.pi / 6) + 0.8 * np.cos(np.pi / 6)))
    assert np.isfinite(jax.jit(jax.grad(moved_y))(DatasetModel()).grid_rotation_angle)
