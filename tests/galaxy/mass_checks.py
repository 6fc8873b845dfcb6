"""Checks that every mass profile passes: reference numbers, identities between its maps, finiteness over its priors.

What a profile costs here is its compilation. So all maps of a class are one function of one number of points, compiled
once for all tests of a file; a second one has the derivatives too, for classes with formulas of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import galens.array as aa
import galens.fit as af
from tests.oracle import Oracle, build, excess

UNIFORM = np.asarray(aa.Grid2D.uniform((12, 13), 0.25, over_sample_size=1))
POINTS = np.random.default_rng(1).normal(scale=1.5, size=(2, 60))
SIZE = 500
"""Points of a compiled call."""


def _maps(mass: Any, y: Any, x: Any) -> Any:
    return jnp.stack([*mass.deflections_at(y, x), mass.potential_at(y, x), mass.convergence_at(y, x)])


_values = jax.jit(_maps)
_moved = jax.jit(lambda *state: jax.jvp(jax.vmap(_maps), state[:3], state[3:]))


def maps(mass: Any, y: Any, x: Any) -> np.ndarray:
    """(alpha_y, alpha_x, psi, kappa) at coordinates of any shape."""
    y, x = np.broadcast_arrays(y, x)
    mass = jax.tree.map(lambda leaf: np.asarray(leaf, float), mass)
    turns = [_values(mass, *each) for each in _turns(y.ravel(), x.ravel())]
    return np.concatenate(turns, axis=1)[:, : y.size].reshape(4, *y.shape)


def alpha(mass: Any, y: Any, x: Any) -> np.ndarray:
    """(alpha_y, alpha_x)."""
    return maps(mass, y, x)[:2]


def psi(mass: Any, y: Any, x: Any) -> np.ndarray:
    """The potential."""
    return maps(mass, y, x)[2]


def kappa(mass: Any, y: Any, x: Any) -> np.ndarray:
    """The convergence."""
    return maps(mass, y, x)[3]


def maps_and_slopes(masses: Any, y: Any, x: Any) -> tuple[np.ndarray, np.ndarray]:
    """The maps (M, 4) of M masses, each at its own point, and their slopes (L + 2, M, 4) by all L leaves of a mass, by
    y and by x.

    Args:
        masses: one profile whose numbers are arrays (M,).
        y, x: coordinates (M,).
    """
    leaves, structure = jax.tree.flatten((masses, y, x))
    values, slopes = [], []
    for here in _turns(*leaves):
        results = []
        for moving in range(len(here)):
            move = [np.full_like(leaf, index == moving) for index, leaf in enumerate(here)]
            results.append(_moved(*jax.tree.unflatten(structure, here), *jax.tree.unflatten(structure, move)))
        values.append(results[0][0])
        slopes.append(np.stack([slope for _, slope in results]))
    return np.concatenate(values)[: len(y)], np.concatenate(slopes, axis=1)[:, : len(y)]


def hessian(mass: Any, y: Any, x: Any) -> tuple[np.ndarray, np.ndarray]:
    """((d_y alpha_y, d_x alpha_y), (d_y alpha_x, d_x alpha_x)) of one mass at coordinates (M,)."""
    _, slopes = maps_and_slopes(_repeated(mass, len(y)), y, x)
    return slopes[-2:, :, 0], slopes[-2:, :, 1]


def assert_reference_numbers(oracle: Oracle, family: str, module: ModuleType, names: Iterable[str]) -> None:
    """Convergence, deflections and potential of classes, each in all its cases, against the reference numbers.

    Args:
        family, module: under which name the reference numbers know a module of profiles, and the module.
        names: of the classes.
    """
    missing = {f"{family}.{name}" for name in names}
    wanted = frozenset(missing)
    for case in oracle.cases("mass_profiles"):
        if case.get("cls") not in wanted:
            continue
        missing.discard(case["cls"])
        assert_case(oracle, case, build({"cls": case["cls"], "kwargs": case["kwargs"]}, {family: module}))
    assert not missing, f"no reference numbers of {sorted(missing)}"


def assert_case(oracle: Oracle, case: dict[str, Any], mass: Any) -> None:
    """Convergence, deflections and potential of a mass against those of one case."""
    points = {"irr": oracle.input(case, "grid_irr"), "uni": UNIFORM}
    split = len(points["irr"])
    alpha_y, alpha_x, potential, convergence = maps(mass, *np.concatenate(list(points.values())).T)
    fields = {
        "convergence": convergence,
        "deflections": np.stack([alpha_y, alpha_x], axis=-1),
        "potential": potential,
    }
    compared = 0
    for key in case["arrays"]:
        name, _, where = key.rpartition("_")
        if name not in fields:
            continue
        got = fields[name][:split] if where == "irr" else fields[name][split:]
        worst = excess(got, *oracle.reference(case, key), points[where], case["kwargs"].get("centre", (0.0, 0.0)))
        assert worst <= 1.0, (case["id"], key, worst)
        compared += 1
    assert compared >= 3, case["id"]


def assert_identities(mass: Any, y: Any = POINTS[0], x: Any = POINTS[1], rtol: float = 1e-9) -> None:
    """Deflections are the gradient of the potential and have no curl; half their divergence is the convergence."""
    values, slopes = maps_and_slopes(_repeated(mass, len(y)), y, x)
    np.testing.assert_allclose(slopes[-2:, :, 2].T, values[:, :2], rtol=rtol, atol=0.01 * rtol)
    (yy, xy), (yx, xx) = slopes[-2, :, :2].T, slopes[-1, :, :2].T
    np.testing.assert_allclose(yx, xy, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(0.5 * (yy + xx), values[:, 3], rtol=rtol, atol=rtol)


def assert_slope_by_the_ellipticity_of_circles(cls: Callable[..., Any], step: float, atol: float) -> None:
    """Slopes of the deflection by the first ellipticity component at 0 against its difference over two steps."""
    y, x = POINTS
    _, slopes = maps_and_slopes(_repeated(cls(), len(y)), y, x)
    up, down = (alpha(cls(ell_comps=(each, 0.0)), y, x) for each in (step, -step))
    # Leaves are in the order of fields: centre, ell_comps, ...
    np.testing.assert_allclose(slopes[2, :, :2].T, (up - down) / (2 * step), atol=atol)


def drawn(cls: type, draws: int) -> Any:
    """A profile whose numbers are arrays of draws from the default priors, some of them circles."""
    program = af.Model(cls).program
    vectors = np.array(
        program.physical_from_unit(jnp.asarray(np.random.default_rng(5).uniform(size=(draws, program.n))))
    )
    for index, path in enumerate(program.paths):
        if path[-1] in ("ell_comps_0", "ell_comps_1"):
            vectors[:20, index] = 0.0
    return jax.vmap(program.instance)(jnp.asarray(vectors))


def assert_finite(masses: Any, draws: int) -> None:
    """Maps of many masses, given as one whose numbers are arrays, and their slopes by all numbers: at the centre and
    beside it."""
    for offset in (0.0, 0.3):
        y, x = (np.broadcast_to(each, draws) + offset for each in getattr(masses, "centre", (0.0, 0.0)))
        for each in maps_and_slopes(masses, y, x):
            assert np.all(np.isfinite(each)), (type(masses).__name__, offset)


def assert_finite_over_priors(cls: type, draws: int) -> None:
    """`assert_finite` over draws of the default priors."""
    assert_finite(drawn(cls, draws), draws)


def _repeated(mass: Any, times: int) -> Any:
    return jax.tree.map(lambda leaf: np.broadcast_to(np.asarray(leaf, float), (times, *np.shape(leaf))), mass)


def _turns(*arrays: np.ndarray) -> list[list[np.ndarray]]:
    """Arrays (M,) in pieces of SIZE; the last is filled up with its first number."""
    starts = range(0, len(arrays[0]), SIZE)
    pieces = [[np.asarray(array[start : start + SIZE], float) for array in arrays] for start in starts]
    return [
        [np.concatenate([each, np.repeat(each[:1], SIZE - len(each), axis=0)]) for each in piece] for piece in pieces
    ]
