"""Times one likelihood of case B, a lens, its gradient and a batch, in galens and its peers, in alternating rounds.

python benchmarks/case_b.py [--reference PYTHON] [--peers PYTHON] [--rounds 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import problem
import problem_b
from timing import best_of, first_and_fastest, measured_by, report

HERE = Path(__file__).resolve().parent
WHAT = ("value", "value and gradient", "batch")


def measure() -> None:
    """galens' own part of a round."""
    import jax
    import jax.numpy as jnp

    import galens_case_b

    jax.config.update("jax_compilation_cache_dir", None)
    singles = [(jnp.asarray(v),) for v in problem_b.perturbed(8)]
    batches = [(jnp.asarray(problem_b.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    for label, default in (("equal", False), ("default", True)):
        fitness = galens_case_b.fitness(default)
        compiled = {
            "value": (jax.jit(fitness), singles),
            "value and gradient": (jax.jit(jax.value_and_grad(fitness)), singles),
            "batch": (jax.jit(jax.vmap(fitness)), batches),
            "Jacobian": (jax.jit(jax.jacfwd(fitness.residuals)), singles),
        }
        for what, (function, arguments) in compiled.items():
            report(f"{label} {what}", **first_and_fastest(function, arguments))
        analysis = fitness.analysis
        fit = analysis.fit_from(fitness.program.instance(jnp.asarray(problem_b.vector())))
        exact = problem_b.data()[2][~problem.mask()]
        error = np.abs(np.asarray(fit.model_data) - exact) / np.asarray(analysis.dataset.noise_map)
        report(f"{label} error", worst=float(error.max()), log_likelihood=float(fit.log_likelihood))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reference", help="interpreter with autolens")
    arguments.add_argument("--peers", help="interpreter with herculens and jaxtronomy")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        measure()
        return
    commands = {"galens": [sys.executable, str(HERE / "case_b.py"), "--measure"]}
    if chosen.reference:
        commands["reference"] = [chosen.reference, str(HERE / "peers" / "reference_case_b.py")]
    if chosen.peers:
        commands["peers"] = [chosen.peers, str(HERE / "peers" / "peers_case_b.py")]
    rounds = {name: [] for name in commands}
    for _ in range(chosen.rounds):
        for name, command in commands.items():
            rounds[name].append(measured_by(command))
    results = {name: best_of(found) for name, found in rounds.items()}
    for name, found in results.items():
        for what, entry in sorted(found.items()):
            print(f"{name:10} {what:30}", "  ".join(f"{key} {value:10.4g}" for key, value in entry.items()))
    ours = results.pop("galens")
    for label in ("equal", "default"):
        gradient = ours[f"{label} value and gradient"]["min"] / ours[f"{label} value"]["min"]
        print(f"{label:8} over-sampling, value and gradient cost {gradient:.2f} values")
        for what in WHAT:
            theirs = {
                name: entry["min"]
                for found in results.values()
                for name, entry in found.items()
                if name.endswith(f" {what}") and not name.startswith("default")
            }
            if theirs:
                fastest = min(theirs, key=theirs.__getitem__)
                ratio = theirs[fastest] / ours[f"{label} {what}"]["min"]
                print(f"{label:8} over-sampling, {what:20}: {ratio:5.2f} times faster than {fastest.split()[0]}")


if __name__ == "__main__":
    main()
