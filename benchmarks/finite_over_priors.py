"""Whether values and gradients of every profile are finite wherever its default priors reach.

    python benchmarks/finite_over_priors.py [--draws 10000] [--only NAME ...]

Each class of every family is made from draws of its default priors, some of them circles, and evaluated at its centre
and beside it: brightness, and deflection, potential and convergence, each with its slopes by all parameters.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import galens.fit as af
import galens.galaxy as ag
from galens.errors import GalensError

FAMILIES = ("lp", "lp_operated", "mp", "lmp", "sr")
OFFSETS = (0.0, 0.3)


def maps_of(component: Any, y: Any, x: Any) -> jax.Array:
    """What a component gives at a point, light and mass."""
    found = []
    if hasattr(component, "image_at"):
        found.append(component.image_at(y, x))
    if hasattr(component, "deflections_at"):
        found += [*component.deflections_at(y, x), component.potential_at(y, x), component.convergence_at(y, x)]
    return jnp.stack([jnp.asarray(each, float) for each in found])


def is_finite(cls: type, draws: int) -> tuple[int, int]:
    """(parameters, values and slopes that are not finite) of a class."""
    program = af.Model(cls).program
    vectors = np.array(program.physical_from_unit(np.random.default_rng(5).uniform(size=(draws, program.n))))
    names = [path[-1] for path in program.paths]
    for index, name in enumerate(names):
        if name in ("ell_comps_0", "ell_comps_1"):
            vectors[: draws // 20, index] = 0.0
    at = [names.index(each) if each in names else None for each in ("centre_0", "centre_1")]

    def evaluate(vector: jax.Array, offset: jax.Array) -> tuple[jax.Array, jax.Array]:
        y, x = (offset if index is None else vector[index] + offset for index in at)
        values = maps_of(program.instance(vector), y, x)
        return values, values

    both = jax.jit(jax.vmap(jax.jacfwd(evaluate, has_aux=True), (0, None)))
    bad = 0
    for offset in OFFSETS:
        for start in range(0, draws, 1000):
            bad += sum(int(np.sum(~np.isfinite(each))) for each in both(vectors[start : start + 1000], offset))
    return program.n, bad


def classes(only: list[str]) -> Iterator[tuple[str, type]]:
    for family in FAMILIES:
        for name in getattr(ag, family).__all__:
            if not only or name in only:
                yield f"{family}.{name}", getattr(getattr(ag, family), name)


def main(draws: int, only: list[str]) -> None:
    wrong, passed, without = [], 0, []
    for name, cls in classes(only):
        start = time.perf_counter()
        try:
            parameters, bad = is_finite(cls, draws)
        except (GalensError, TypeError) as error:
            without.append(f"{name}: {type(error).__name__}: {error}".split("\n")[0][:110])
            continue
        finally:
            jax.clear_caches()
        passed += not bad
        if bad:
            wrong.append(name)
        print(
            f"{name:42} {parameters:2} parameters  {bad:6} not finite  {time.perf_counter() - start:5.1f} s", flush=True
        )
    print(f"{passed} classes finite over {draws} draws; not: {', '.join(wrong) or 'none'}")
    print("\n".join(["not drawn:", *without]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=10_000)
    parser.add_argument("--only", nargs="*", default=[], help="names of classes")
    options = parser.parse_args()
    main(options.draws, options.only)
