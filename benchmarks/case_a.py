"""Times one likelihood of case A, its gradient and a batch, in galens and its peers, in alternating rounds.

python benchmarks/case_a.py [--reference PYTHON] [--peers PYTHON] [--rounds 3]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

import problem
from timing import best_of, first_and_fastest, measured_by, report

HERE = Path(__file__).resolve().parent
WHAT = ("value", "value and gradient", "batch")


def measure() -> None:
    """galens' own part of a round."""
    import jax
    import jax.numpy as jnp

    import galens_case

    jax.config.update("jax_compilation_cache_dir", None)
    singles = [(jnp.asarray(v),) for v in problem.perturbed(8)]
    batches = [(jnp.asarray(problem.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    for label, default in (("equal", False), ("default", True)):
        fitness = galens_case.fitness(default)
        compiled = {
            "value": (jax.jit(fitness), singles),
            "value and gradient": (jax.jit(jax.value_and_grad(fitness)), singles),
            "batch": (jax.jit(jax.vmap(fitness)), batches),
            "Jacobian": (jax.jit(jax.jacfwd(fitness.residuals)), singles),
        }
        for what, (function, arguments) in compiled.items():
            report(f"{label} {what}", **first_and_fastest(function, arguments))
        analysis = fitness.analysis
        fit = analysis.fit_from(fitness.program.instance(jnp.asarray(problem.vector())))
        exact = problem.data()[2][~problem.mask()]
        error = np.abs(np.asarray(fit.model_data) - exact) / np.asarray(analysis.dataset.noise_map)
        report(f"{label} error", worst=float(error.max()), log_likelihood=float(fit.log_likelihood))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reference", help="interpreter with autolens")
    arguments.add_argument("--peers", help="interpreter with jaxtronomy and pysersic")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        measure()
        return
    commands = {"galens": [sys.executable, str(HERE / "case_a.py"), "--measure"]}
    if chosen.reference:
        commands["reference"] = [chosen.reference, str(HERE / "peers" / "reference_case_a.py")]
    if chosen.peers:
        commands["peers"] = [chosen.peers, str(HERE / "peers" / "peers_case_a.py")]
    rounds = {name: [] for name in commands}
    for _ in range(chosen.rounds):
        for name, command in commands.items():
            rounds[name].append(measured_by(command))
    results = {name: best_of(found) for name, found in rounds.items()}
    for name, found in results.items():
        for what, entry in sorted(found.items()):
            print(f"{name:10} {what:30}", "  ".join(f"{key} {value:10.4g}" for key, value in entry.items()))
    ours, theirs = results["galens"], results.get("reference")
    for label in ("equal", "default"):
        if theirs:
            for what in WHAT:
                ratio = theirs[f"{label} {what}"]["min"] / ours[f"{label} {what}"]["min"]
                print(f"{label:8} over-sampling, {what:20}: {ratio:5.2f} times faster than the reference library")
        gradient = ours[f"{label} value and gradient"]["min"] / ours[f"{label} value"]["min"]
        print(f"{label:8} over-sampling, value and gradient cost {gradient:.2f} values")
    for what in WHAT:
        for peer in ("jaxtronomy", "pysersic"):
            if f"{peer} {what}" in results.get("peers", {}):
                ratio = results["peers"][f"{peer} {what}"]["min"] / ours[f"equal {what}"]["min"]
                print(f"equal    over-sampling, {what:20}: {ratio:5.2f} times faster than {peer}")


if __name__ == "__main__":
    main()
