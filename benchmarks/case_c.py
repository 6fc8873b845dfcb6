"""Times one likelihood of case C, a lens by 80 Gaussians, its gradient and a batch, in galens and the reference.

python benchmarks/case_c.py [--reference PYTHON] [--rounds 3] [--reference-batch] [--kept]

Peak memory is that of a process that compiles its programs; with --kept that of one that finds them on disk, both
libraries'.
The reference library's batch of positive solutions can wait for ever on two cores: it is asked for by an option.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

import problem
import problem_b
import problem_c
from timing import best_of, first_and_fastest, measured_by, report

HERE = Path(__file__).resolve().parent
WHAT = ("value", "value and gradient", "batch")
PROGRAMS = "JAX_COMPILATION_CACHE_DIR"


def model():
    import galens.fit as af
    import galens.lens as al

    lens = af.Model(
        al.Galaxy,
        redshift=0.5,
        bulge=al.model_util.mge_model_from(**problem_c.LENS_SETS),
        mass=al.mp.Isothermal,
        shear=al.mp.ExternalShear,
    )
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.model_util.mge_model_from(**problem_c.SOURCE_SET))
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


def peak() -> float:
    """Largest memory of this process so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def measure(label: str) -> None:
    """galens' own part of a round, in a process of its own so that the memory is its own too.

    Args:
        label: "equal", with the over-sampling of the comparison, "default", with galens' own, or "32 bits".
    """
    import jax
    import jax.numpy as jnp

    import galens.fit as af
    import galens.lens as al
    import galens_case_b

    jax.config.update("jax_compilation_cache_dir", os.environ.get(PROGRAMS) or None)
    settings = al.Settings(use_mixed_precision=label == "32 bits")
    analysis = al.AnalysisImaging(dataset=galens_case_b.dataset(label == "default"), settings=settings)
    fitness = af.Fitness(model=model(), analysis=analysis)
    before = peak()
    singles = [(jnp.asarray(v),) for v in problem_c.perturbed(8)]
    batches = [(jnp.asarray(problem_c.perturbed(problem.BATCH, seed)),) for seed in range(3)]
    compiled = {
        "value": (jax.jit(fitness), singles),
        "value and gradient": (jax.jit(jax.value_and_grad(fitness)), singles),
        "batch": (jax.jit(jax.vmap(fitness)), batches),
        "Jacobian": (jax.jit(jax.jacfwd(fitness.residuals)), singles),
    }
    for what, (function, arguments) in compiled.items():
        report(f"{label} {what}", **first_and_fastest(function, arguments))
        if what == "value and gradient":
            report(f"{label} memory", peak=peak(), grown=peak() - before)
    fit = fitness.analysis.fit_from(fitness.program.instance(jnp.asarray(problem_c.VECTOR)))
    report(f"{label} fit", log_likelihood=float(fit.log_likelihood))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reference", help="interpreter with autolens")
    arguments.add_argument("--reference-batch", action="store_true", help="time the reference library's batch too")
    arguments.add_argument("--kept", action="store_true", help="compiled programs are kept on disk from a round before")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        measure(chosen.measure)
        return
    commands = {
        f"galens {label}": [sys.executable, str(HERE / "case_c.py"), "--measure", label]
        for label in ("equal", "32 bits", "default")
    }
    if chosen.reference:
        wanted = [] if chosen.reference_batch else ["value", "value and gradient"]
        commands["reference"] = [chosen.reference, str(HERE / "peers" / "reference_case_c.py"), *wanted]
    rounds: dict[str, list] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "data.npy")
        np.save(data, problem_b.data())
        environment = {problem.SAVED: data, PROGRAMS: folder if chosen.kept else ""}
        environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        if chosen.kept:
            for command in commands.values():
                measured_by(command, environment)
        for _ in range(chosen.rounds):
            for name, command in commands.items():
                rounds[name].append(measured_by(command, environment))
    results = {name: best_of(found) for name, found in rounds.items()}
    for name, found in results.items():
        for what, entry in sorted(found.items()):
            print(f"{name:16} {what:30}", "  ".join(f"{key} {value:10.4g}" for key, value in entry.items()))
    theirs = results.get("reference", {})
    for label in ("equal", "32 bits", "default"):
        ours = results[f"galens {label}"]
        for what in WHAT:
            if what in theirs:
                ratio = theirs[what]["min"] / ours[f"{label} {what}"]["min"]
                print(f"{label:8} {what:20}: {ratio:5.2f} times faster than the reference library")
        if "memory" in theirs:
            for kind, words in (("peak", "peak memory"), ("grown", "of it after set-up")):
                ratio = ours[f"{label} memory"][kind] / theirs["memory"][kind]
                print(f"{label:8} {words:20}: {ratio:5.2f} of the reference library's")
        per_one = ours[f"{label} batch"]["min"] / problem.BATCH / ours[f"{label} value"]["min"]
        print(f"{label:8} one of a batch costs {per_one:.2f} of a single one")


if __name__ == "__main__":
    main()
