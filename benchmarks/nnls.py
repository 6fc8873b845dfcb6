"""Times the non-negative solver on systems of galaxy light, with optimality and gradient, against jaxnnls and SciPy.

Expansions of several galaxies have conditions of 1e10; those of one galaxy in as many Gaussians are singular within
rounding.

python benchmarks/nnls.py [--jaxnnls FOLDER] [--largest 180]

FOLDER: where `pip install --target FOLDER --no-deps jaxnnls` put it; without it only SciPy is compared.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import nnls as scipy_nnls

import linear_systems
from galens import runtime
from galens.numerics.nnls import nnls


def systems(largest: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Whitened columns and data by name."""
    made = {
        "60 Gaussians of 4 galaxies": (60, lambda: linear_systems.field(60, 4, 1.0)),
        "180 Gaussians of 15 galaxies": (180, lambda: linear_systems.field(180, 15, 0.6)),
        "180 Gaussians of 15 galaxies and 965 vertices": (1145, lambda: linear_systems.mixed(galaxies=15)),
        "60 Gaussians of one galaxy": (60, lambda: linear_systems.expansion(60, sets=2)),
        "180 Gaussians of one galaxy": (180, lambda: linear_systems.expansion(180, sets=6)),
        "180 Gaussians of one galaxy and 965 vertices": (1145, linear_systems.mixed),
    }
    return {name: make() for name, (size, make) in made.items() if size <= largest}


def milliseconds(call: Callable[[], Any], repeats: int = 10) -> float:
    jax.block_until_ready(call())
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        jax.block_until_ready(call())
        times.append(1e3 * (time.perf_counter() - begin))
    return min(times)


def optimality(F: np.ndarray, D: np.ndarray, s: np.ndarray) -> float:
    """Largest violation of the Karush-Kuhn-Tucker conditions over max |D|, columns of norm one."""
    scale = 1.0 / np.sqrt(np.maximum(np.diag(F), 1e-300))
    gradient = (D - F @ s) * scale
    violation = np.where(s > 0, np.abs(gradient), np.maximum(gradient, 0.0))
    return float(violation.max() / np.abs(D * scale).max())


def gradient_error(solve: Callable[[Any, Any], Any], F: Any, D: Any, B: np.ndarray) -> float:
    """Relative error of the derivative of the smallest chi-squared by the data, against central differences."""
    direction = jnp.asarray(B.T @ np.random.default_rng(0).standard_normal(len(B)))

    @jax.jit
    def least(D: Any) -> Any:
        s = solve(F, D)
        return 0.5 * s @ F @ s - D @ s

    slope, step = float(jax.grad(least)(D) @ direction), 1e-4
    difference = float(least(D + step * direction) - least(D - step * direction)) / (2 * step)
    return abs(slope - difference) / abs(difference)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--jaxnnls", help="folder that jaxnnls is installed in")
    arguments.add_argument("--largest", type=int, default=1145, help="leave out systems of more unknowns")
    chosen = arguments.parse_args()
    runtime.limit_blas_threads()
    solvers: dict[str, Callable[[Any, Any], Any]] = {"galens": lambda F, D: nnls(F, D).solution}
    if chosen.jaxnnls:
        sys.path.append(chosen.jaxnnls)
        from jaxnnls import solve_nnls_primal

        def scaled(F: Any, D: Any) -> Any:  # as its users do: columns of norm one
            scale = 1.0 / jnp.sqrt(jnp.diag(F))
            return scale * solve_nnls_primal(F * scale[:, None] * scale[None, :], D * scale)

        solvers["jaxnnls"] = scaled
    for name, (B, d) in systems(chosen.largest).items():
        F, D = jnp.asarray(B.T @ B), jnp.asarray(B.T @ d)
        units = B / np.linalg.norm(B, axis=0)
        eigenvalues = np.linalg.eigvalsh(units.T @ units)
        condition = eigenvalues[-1] / max(eigenvalues[0], np.finfo(float).eps * eigenvalues[-1])
        begin = time.perf_counter()
        reference, norm = scipy_nnls(B, d, maxiter=100 * B.shape[1])
        seconds = time.perf_counter() - begin
        print(f"{name}: {B.shape[0]} x {B.shape[1]}, condition {condition:.1e}")
        print(
            f"  {'scipy':8} {1e3 * seconds:9.2f} ms  chi-squared {norm**2:.8f}  {np.count_nonzero(reference)} positive"
        )
        for label, solve in solvers.items():
            compiled = jax.jit(solve)
            s = np.asarray(compiled(F, D))
            chi_squared = float(np.sum((d - B @ s) ** 2))
            print(
                f"  {label:8} {milliseconds(lambda c=compiled, F=F, D=D: c(F, D)):9.2f} ms  excess of chi-squared "
                f"{chi_squared / norm**2 - 1:.1e}  optimality {optimality(np.asarray(F), np.asarray(D), s):.1e}  "
                f"gradient off by {gradient_error(solve, F, D, B):.1e}"
            )


if __name__ == "__main__":
    main()
