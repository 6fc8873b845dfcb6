"""Evidences by the pipeline and by Nautilus: of isothermal lenses with shear, of power laws, and of no lens.

    python benchmarks/evidences.py --out DIR [--live 500] [--power-law] [NAME ...]

A number is the seed of a simulated lens of `lens_sample.py`, on coarse pixels so that Nautilus takes minutes; a name is
that of an HST lens, where it takes an hour.

The pipeline's evidence is Laplace's, or that of the weighted draws where they are good. Nautilus starts from the whole
prior and knows nothing of it. Stages and samplers are kept in DIR; a second run goes on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from galens import fit as af
from galens.pipeline.derived import derived_from, estimates_of
from galens.pipeline.fits import Settings
from galens.pipeline.lens import LensFit, fit_lens
from galens.pipeline.stages import Stages
from galens.runtime import limit_blas_threads
from lens_sample import exposed, lens
from slacs import DATA, model

LENSES = ("7", "20", "31")
SIDES, SCALE = 61, 0.1


def fitted(name: str, arguments: argparse.Namespace) -> LensFit:
    settings = Settings(power_law=arguments.power_law)
    if not name.isdigit():
        return model(arguments.data / name, arguments.out, settings)
    exposure = exposed(*lens(np.random.default_rng([int(name), 2026])), int(name), SIDES, SCALE)
    return fit_lens(exposure, arguments.out / name, settings)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--live", type=int, default=500)
    parser.add_argument("--power-law", action="store_true", help="and the power law of each")
    arguments = parser.parse_args()
    limit_blas_threads()
    print("name        mass         n    Laplace   weighted   Nautilus      k | theta_E of both | evaluations seconds")
    for name in arguments.names or LENSES:
        fit = fitted(name, arguments)
        for result in filter(None, (fit.no_lens, fit.isothermal, fit.power_law)):
            print(line(name, result, arguments), flush=True)


def line(name: str, result: Any, arguments: argparse.Namespace) -> str:
    begin = time.monotonic()
    search = af.Nautilus(
        n_live=arguments.live,
        n_eff=2000,
        seed=1,
        silence=True,
        path_prefix=str(arguments.out),
        name=f"nautilus_{name}_{result.search_name}",
    )
    found = search.fit(result.model, result.analysis)
    seconds = time.monotonic() - begin
    said, radii = result.samples.info, []
    for each in (result, found) if "no_lens" not in result.search_name else ():
        radius = estimates_of(derived_from(each, Stages(None), "derived"))["einstein_radius"]
        radii.append(radius.text)
    return (
        f"{name:11s} {result.search_name:10s} {result.model.prior_count:3d} {said['laplace_log_evidence']:10.2f} "
        f"{said.get('importance_log_evidence', np.nan):10.2f} {found.samples.log_evidence:10.2f}  "
        f"{said.get('pareto_k', np.nan):5.2f} | {', '.join(radii)} | "
        f"{found.samples.info['likelihood_evaluations']} {seconds:.0f}"
    )


if __name__ == "__main__":
    main()
