"""``galens fit``: one fit as a YAML file describes it."""

from __future__ import annotations

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
from galens.cli.dataset import dataset_from
from galens.cli.model import model_from
from galens.cli.report import dataset_text, print_result
from galens.cli.search import search_from
from galens.cli.section import Section
from galens.config import conf
from galens.config.documents import read_document

__all__ = ["FitFile", "fit_file", "read_fit_file"]

SECONDS_OF_TIMING = 0.5


@dataclass(frozen=True)
class FitFile:
    """Everything that one YAML file says."""

    dataset: aa.Imaging
    model: af.Collection
    search: Any
    output_path: str | None


def read_fit_file(path: Path) -> FitFile:
    """Reads and checks a fit's YAML file and all files that it names, as docs/command_line.md describes it.

    Raises:
        ConfigError: anything is missing, unknown or of the wrong type, with the file and the key.
    """
    document = Section(read_document(path), path)
    output_path = document.take("output_path", str, None)
    dataset = document.section("dataset", required=True)
    model = document.section("model", required=True)
    search = document.section("search")
    document.finish()
    # What is quick to read is checked first.
    chosen = search_from(search, name=path.stem)
    composed = model_from(model)
    return FitFile(dataset_from(dataset), composed, chosen, output_path)


def fit_file(
    path: Path, dry_run: bool = False, output: Path | None = None, truth: Mapping[str, float] | None = None
) -> Any:
    """Fits as a YAML file says and prints the result; a dry run prints the model and how long a likelihood takes.

    Args:
        output: folder of results instead of the one in the file.
        truth: true values by parameter name, where they are known.

    Returns:
        The result; None for a dry run.
    """
    specification = read_fit_file(path)
    if output is not None or specification.output_path is not None:
        conf.instance.output_path = output if output is not None else path.parent / str(specification.output_path)
    analysis = ag.AnalysisImaging(specification.dataset)
    print(dataset_text(specification.dataset))
    if dry_run:
        print()
        print(specification.model.info)
        print()
        _print_times(af.Fitness(specification.model, analysis))
        return None
    result = specification.search.fit(specification.model, analysis)
    print_result(result, truth)
    return result


def _print_times(fitness: af.Fitness) -> None:
    vector = fitness.program.physical_from_unit(jax.numpy.full(fitness.program.n, 0.5))
    value = float(fitness(vector))
    print(f"Log likelihood at the medians of the priors: {value:.4f}")
    for name, function in (("one likelihood", fitness), ("likelihood and gradient", fitness.value_and_grad)):
        compiling, running = _times(partial(function, vector))
        print(f"Time of {name}: {running * 1e3:.2f} ms (first call, with compilation: {compiling:.2f} s)")
    print("Everything is in order; nothing was written.")


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
