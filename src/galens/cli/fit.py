"""``galens fit``: one fit as a YAML file describes it."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import jax

from galens import array as aa
from galens import fit as af
from galens import galaxy as ag
from galens import lens as al
from galens.cli.dataset import dataset_from
from galens.cli.model import has_mass, model_from
from galens.cli.positions import positions_from
from galens.cli.report import dataset_text, print_result
from galens.cli.results import read_summary
from galens.cli.search import search_from
from galens.cli.section import Section
from galens.config import conf
from galens.config.documents import read_document
from galens.errors import SearchError

__all__ = ["FitFile", "fit_file", "read_fit_file", "require_writable"]

SECONDS_OF_TIMING = 0.5


@dataclass(frozen=True)
class FitFile:
    """Everything that one YAML file says."""

    dataset: aa.Imaging
    model: af.Collection
    search: Any
    output_path: str | None
    zero_point: float | None
    positions: al.PositionsLH | None

    def analysis(self) -> ag.AnalysisImaging | al.AnalysisImaging:
        """Of a lens where anything in the model has mass, else of galaxies."""
        if not has_mass(self.model):
            return ag.AnalysisImaging(self.dataset, zero_point=self.zero_point)
        return al.AnalysisImaging(self.dataset, self.positions, zero_point=self.zero_point)


def read_fit_file(path: Path) -> FitFile:
    """Reads and checks a fit's YAML file and all files that it names, as docs/command_line.md describes it.

    Raises:
        ConfigError: anything is missing, unknown or of the wrong type, with the file and the key.
    """
    document = Section(read_document(path), path)
    output_path = document.take("output_path", str, None)
    dataset = document.section("dataset", required=True)
    model = document.section("model", required=True)
    zero_point = dataset.take("zero_point", (float, int), None)
    search = document.section("search")
    given = document.section("positions") if "positions" in document else None
    document.finish()
    # What is quick to read is checked first.
    chosen = search_from(search, name=path.stem)
    composed = model_from(model)
    positions = None if given is None else positions_from(given)
    if given is not None and not has_mass(composed):
        raise given.error("are images of a lensed source, but nothing in the model has mass, such as mp.Isothermal")
    return FitFile(dataset_from(dataset), composed, chosen, output_path, zero_point, positions)


def fit_file(
    path: Path,
    dry_run: bool = False,
    output: Path | None = None,
    truth: Mapping[str, float] | None = None,
    as_json: bool = False,
) -> Any:
    """Fits as a YAML file says and prints the result; a dry run prints the model and how long a likelihood takes.

    Args:
        output: folder of results instead of the one in the file.
        truth: true values by parameter name, where they are known.
        as_json: print one JSON object for a program.

    Returns:
        The result; None for a dry run.
    """
    specification = read_fit_file(path)
    if output is not None or specification.output_path is not None:
        conf.instance.output_path = output if output is not None else path.parent / str(specification.output_path)
    require_writable(conf.instance.output_path)
    analysis = specification.analysis()
    if dry_run:
        fitness = af.Fitness(specification.model, analysis)
        if as_json:
            print(json.dumps(_dry_run_document(specification, fitness), indent=2))
        else:
            _print_dry_run(specification, fitness)
        return None
    if not as_json:
        print(dataset_text(specification.dataset))
    result = specification.search.fit(specification.model, analysis, info=_provenance(path))
    if as_json:
        print(json.dumps(read_summary(result.path), indent=2))
    else:
        print_result(result, truth)
    return result


def _provenance(path: Path) -> dict[str, Any]:
    """Where a fit came from, to keep with its result: command, YAML file, data files as they are named there."""
    data = {key: name for key, name in read_document(path)["dataset"].items() if key.endswith("_path")}
    return {
        "command": f"galens fit {path.name}",
        "data": data,
        "configuration_file": path.name,
        "configuration": path.read_text(encoding="utf-8"),
    }


def require_writable(folder: Path) -> None:
    """Raises `SearchError` where results could not be written: now, and not after hours of fitting."""
    above = next(each for each in (folder, *folder.parents) if each.exists())
    if not above.is_dir():
        raise SearchError(f"cannot write results to {folder}: {above} is a file. Choose another folder with --output.")
    if not os.access(above, os.W_OK | os.X_OK):
        raise SearchError(
            f"cannot write results to {folder}: no permission to write in {above}. Choose another folder with --output."
        )


def _print_dry_run(specification: FitFile, fitness: af.Fitness) -> None:
    document = _dry_run_document(specification, fitness)
    print(dataset_text(specification.dataset))
    print()
    print(specification.model.info)
    print()
    print(f"Log likelihood at the medians of the priors: {document['log_likelihood_at_medians']:.4f}")
    for name, seconds in document["seconds"].items():
        print(
            f"Time of {name.replace('_', ' ')}: {seconds['each'] * 1e3:.2f} ms "
            f"(first call, with compilation: {seconds['first']:.2f} s)"
        )
    print("Everything is in order; nothing was written.")


def _dry_run_document(specification: FitFile, fitness: af.Fitness) -> dict[str, Any]:
    dataset = specification.dataset
    vector = fitness.program.physical_from_unit(jax.numpy.full(fitness.program.n, 0.5))
    value = float(fitness(vector))
    calls: dict[str, Callable[..., Any]] = {
        "one_likelihood": fitness,
        "likelihood_and_gradient": fitness.value_and_grad,
    }
    return {
        "dataset": {
            "shape_native": list(dataset.shape_native),
            "pixel_scales": list(dataset.pixel_scales),
            "pixels": dataset.shape_slim,
            "points": dataset.over_sampling.total,
            "psf_shape_native": None if dataset.psf is None else list(dataset.psf.shape_native),
            "signal_to_noise_max": dataset.signal_to_noise_max,
        },
        "parameters": list(fitness.program.names),
        "search": specification.search.settings(),
        "output_path": str(conf.instance.output_path),
        "log_likelihood_at_medians": value,
        "seconds": {
            name: dict(zip(("first", "each"), _times(partial(call, vector)), strict=True))
            for name, call in calls.items()
        },
    }


def _times(call: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the first call, and the median of later ones."""

    def seconds() -> float:
        begin = time.perf_counter()
        jax.block_until_ready(call())
        return time.perf_counter() - begin

    first = seconds()
    later = [seconds()]
    while sum(later) < SECONDS_OF_TIMING:
        later.append(seconds())
    return first, statistics.median(later)
