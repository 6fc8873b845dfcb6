"""Checks that every mass profile passes: reference numbers, identities between its maps, finiteness over its priors.

The maps are jitted once here, for whole profiles as arguments, so that tests share their compilation.
"""

from __future__ import annotations

from collections.abc import Iterable
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
DRAWS = 10_000

alpha = jax.jit(lambda mass, y, x: mass.deflections_at(y, x))
psi = jax.jit(lambda mass, y, x: mass.potential_at(y, x))
kappa = jax.jit(lambda mass, y, x: mass.convergence_at(y, x))
hessian = jax.jit(lambda mass, y, x: mass.hessian_at(y, x))
slopes = jax.jit(lambda mass, y, x: jax.vmap(jax.grad(mass.potential_at, (0, 1)))(y, x))


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
        mass = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {family: module})
        points = {"irr": oracle.input(case, "grid_irr"), "uni": UNIFORM}
        everywhere = np.concatenate(list(points.values()))
        maps = {
            "convergence": mass.convergence_2d_from(everywhere),
            "deflections": mass.deflections_yx_2d_from(everywhere),
            "potential": mass.potential_2d_from(everywhere),
        }
        compared = 0
        for key in case["arrays"]:
            name, _, where = key.rpartition("_")
            if name not in maps:
                continue
            got = maps[name][: len(points["irr"])] if where == "irr" else maps[name][len(points["irr"]) :]
            worst = excess(got, *oracle.reference(case, key), points[where], case["kwargs"].get("centre", (0.0, 0.0)))
            assert worst <= 1.0, (case["id"], key, worst)
            compared += 1
        assert compared >= 3, case["id"]
    assert not missing, f"no reference numbers of {sorted(missing)}"


def assert_identities(mass: Any, y: Any = POINTS[0], x: Any = POINTS[1], rtol: float = 1e-9) -> None:
    """Deflections are the gradient of the potential and have no curl; half their divergence is the convergence."""
    deflections = alpha(mass, y, x)
    np.testing.assert_allclose(slopes(mass, y, x), deflections, rtol=rtol, atol=0.01 * rtol)
    (yy, yx), (xy, xx) = hessian(mass, y, x)
    np.testing.assert_allclose(yx, xy, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(0.5 * (yy + xx), kappa(mass, y, x), rtol=rtol, atol=rtol)


def assert_finite_over_priors(cls: type) -> None:
    """Maps and their derivatives by all parameters, over draws of the default priors: at the centre and beside it."""
    program = af.Model(cls).program
    vectors = program.physical_from_unit(jnp.asarray(np.random.default_rng(5).uniform(size=(DRAWS, program.n))))
    parameters = [path[-1] for path in program.paths]
    at = [parameters.index(each) if each in parameters else None for each in ("centre_0", "centre_1")]
    # Some draws are circles.
    for each in ("ell_comps_0", "ell_comps_1"):
        if each in parameters:
            vectors = vectors.at[:20, parameters.index(each)].set(0.0)

    def maps(vector, offset):
        mass = program.instance(vector)
        y, x = (offset if index is None else vector[index] + offset for index in at)
        values = jnp.stack([*mass.deflections_at(y, x), mass.potential_at(y, x), mass.convergence_at(y, x)])
        return values, values

    both = jax.jit(jax.vmap(jax.jacfwd(maps, has_aux=True), (0, None)))
    for offset in (0.0, 0.3):
        for each in both(vectors, offset):
            assert np.all(np.isfinite(each)), (cls.__name__, offset)
