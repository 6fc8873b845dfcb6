"""How often MultiStartLM finds the right mode of case A from the default priors, and in what time.

python benchmarks/find_the_mode.py [--seeds 20]
"""

from __future__ import annotations

import argparse
import time

import galens.fit as af
import galens.galaxy as ag
import galens_case
import problem


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=20)
    seeds = arguments.parse_args().seeds
    analysis = ag.AnalysisImaging(dataset=galens_case.dataset())
    truth = float(af.Fitness(galens_case.model(), analysis)(problem.vector()))
    found = 0
    for seed in range(seeds):
        start = time.perf_counter()
        result = af.MultiStartLM(seed=seed).fit(model=galens_case.model(), analysis=analysis)
        wall = time.perf_counter() - start
        best = result.log_likelihood
        # The maximum lies above the truth by about half the number of parameters.
        right = best > truth
        found += right
        info = result.samples.samples_info
        print(
            f"seed {seed:2}: log L {best:.2f} ({best - truth:+.2f} from the truth) in {wall:.1f} s; {info}", flush=True
        )
    print(f"right mode found from {found} of {seeds} seeds; the first time includes compilation")


if __name__ == "__main__":
    main()
