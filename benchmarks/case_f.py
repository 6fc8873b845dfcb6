"""Times deflections of single mass profiles on 200x200 points in galens and its peers, in alternating rounds.

python benchmarks/case_f.py [--reference PYTHON] [--peers PYTHON] [--rounds 3] [--only dPIE NFW]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import problem_f as problem
from timing import best_of, first_and_fastest, measured_by, report

HERE = Path(__file__).resolve().parent


def measure(profiles: list[str]) -> None:
    """galens' own part of a round."""
    import jax
    import jax.numpy as jnp

    import galens.galaxy as ag

    jax.config.update("jax_compilation_cache_dir", None)
    classes = {
        "isothermal": ag.mp.Isothermal,
        "power law": ag.mp.PowerLaw,
        "NFW": ag.mp.NFW,
        "gNFW": ag.mp.gNFW,
        "Sersic": getattr(ag.mp, "Sersic", None),
        "Chameleon": getattr(ag.mp, "Chameleon", None),
        "dPIE": ag.mp.dPIEMassB0,
    }
    y, x = jnp.asarray(problem.points().T)
    deflections = jax.jit(lambda mass, y, x: mass.deflections_at(y, x))
    for name in profiles:
        cls = classes[name]
        if cls is None:
            continue
        masses = [
            jax.tree.map(jnp.asarray, cls(centre=problem.CENTRE, ell_comps=problem.ELL_COMPS, **each))
            for each in problem.perturbed(problem.PARAMETERS[name])
        ]
        vectors = jnp.stack(deflections(masses[0], y, x), axis=-1)
        times = first_and_fastest(deflections, [(mass, y, x) for mass in masses])
        report(f"galens {name}", **times, error=problem.error_of(name, vectors))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reference", help="interpreter with autolens")
    arguments.add_argument("--peers", help="interpreter with jaxtronomy, herculens and lenstronomy")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", nargs="+", choices=problem.PARAMETERS, default=list(problem.PARAMETERS))
    arguments.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.measure:
        measure(chosen.only)
        return
    commands = {"galens": [sys.executable, str(HERE / "case_f.py"), "--measure", "--only", *chosen.only]}
    if chosen.reference:
        commands["reference"] = [chosen.reference, str(HERE / "peers" / "reference_case_f.py"), *chosen.only]
    if chosen.peers:
        commands["peers"] = [chosen.peers, str(HERE / "peers" / "peers_case_f.py"), *chosen.only]
    rounds = [measured_by(command) for _ in range(chosen.rounds) for command in commands.values()]
    results = best_of(rounds)
    for name in chosen.only:
        ours = results.get(f"galens {name}")
        for label, entry in sorted(results.items(), key=lambda item: item[1]["min"]):
            library, _, profile = label.partition(" ")
            if profile == name:
                ratio = f"{entry['min'] / ours['min']:8.2f} x galens" if ours else ""
                print(f"{name:12} {library:12} {entry['min']:9.3f} ms {ratio}  error {entry['error']:.1e}")


if __name__ == "__main__":
    main()
