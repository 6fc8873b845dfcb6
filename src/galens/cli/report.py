"""What the commands print: the dataset, the parameters with their errors, where the results are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galens import array as aa
from galens.fit.estimate import measured

__all__ = ["dataset_text", "print_result"]

WIDTH_OF_TABLE = 110


def dataset_text(dataset: aa.Imaging) -> str:
    """One paragraph on a dataset."""
    rows, columns = dataset.shape_native
    psf = "no PSF" if dataset.psf is None else "PSF {} x {}".format(*dataset.psf.shape_native)
    return (
        f"Image of {rows} x {columns} pixels of {dataset.pixel_scales[0]:g} arcsec, {dataset.shape_slim} of them "
        f"fitted with light evaluated at {dataset.over_sampling.total} points; {psf}; "
        f"highest signal to noise {dataset.signal_to_noise_max:.0f}."
    )


def print_result(result: Any, truth: Mapping[str, float] | None = None) -> None:
    """Prints the parameters of a result with their errors, beside the truth where it is known, and the files."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    samples = result.samples
    table = Table(title="Parameters, median and 68% limits", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter", no_wrap=True)
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("errors", justify="right", no_wrap=True)
    if truth is not None:
        table.add_column("truth", justify="right", no_wrap=True)
        table.add_column("off by", justify="right", no_wrap=True)
    medians, limits = samples.median_pdf(as_instance=False), samples.values_at_sigma(1.0)
    shown = result.model.model_component_and_parameter_names
    for name, label, median, (lower, upper) in zip(samples.names, shown, medians, limits, strict=True):
        value, minus, plus = measured(median, lower, upper)
        row = [label, value, f"-{minus} +{plus}"]
        if truth is not None:
            error = upper - median if truth[name] > median else median - lower
            off = (median - truth[name]) / error if error > 0.0 else math.nan
            row += [f"{truth[name]:g}", f"{off:+.1f} sigma"]
        table.add_row(*row)
    # Numbers are never cut: where the terminal is narrower than the table, its lines run over.
    console = Console(width=max(Console().width, WIDTH_OF_TABLE), soft_wrap=True)
    console.print(table)
    fit = result.max_log_likelihood_fit
    console.print(
        f"Maximum log likelihood {result.log_likelihood:.2f}, "
        f"chi-squared {float(fit.chi_squared):.1f} in {fit.dataset.shape_slim} pixels "
        f"({float(fit.reduced_chi_squared):.3f} per pixel).",
        highlight=False,
    )
    if result.log_evidence is not None:
        console.print(f"Log evidence {result.log_evidence:.2f}.", highlight=False)
    if result.path is not None:
        print(f"Results: {_shown(result.path)}")
        figures = sorted(Path(result.path).glob("image/**/*.png"))
        if figures:
            print("Figures:")
            for figure in figures:
                print(f"  {_shown(figure)}")


def _shown(path: Path) -> str:
    """A path as short as it can be from where the command runs."""
    path = Path(path).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
