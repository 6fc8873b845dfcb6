"""What the commands print: the dataset, the parameters with their errors, where the results are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from galens.cli.results import shown
from galens.fit.estimate import measured

if TYPE_CHECKING:
    from galens import array as aa

__all__ = ["dataset_text", "parameter_table", "print_result", "say_wide"]

WIDTH_OF_TABLE = 110

Row = tuple[str, float, float, float]


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
    samples = result.samples
    medians, limits = samples.median_pdf(as_instance=False), samples.values_at_sigma(1.0)
    rows = [
        (label, median, *limit)
        for label, median, limit in zip(result.model.model_component_and_parameter_names, medians, limits, strict=True)
    ]
    say_wide(parameter_table(rows, None if truth is None else [truth[name] for name in samples.names]))
    fit = result.max_log_likelihood_fit
    say_wide(
        f"Maximum log likelihood {result.log_likelihood:.2f}, "
        f"chi-squared {float(fit.chi_squared):.1f} in {int(fit.dataset.pixels_that_count)} pixels "
        f"({float(fit.reduced_chi_squared):.3f} per pixel)."
    )
    if result.log_evidence is not None:
        say_wide(f"Log evidence {result.log_evidence:.2f}.")
    if "convergence" in result.diagnostics:
        say_wide(f"The chains have {result.diagnostics['convergence']}.")
    if result.path is not None:
        print(f"Results: {shown(result.path)}")
        report = Path(result.path) / "report.html"
        if report.is_file():
            print(f"Report: {shown(report)}")
        figures = sorted(Path(result.path).glob("image/**/*.png"))
        if figures:
            print("Figures:")
            for figure in figures:
                print(f"  {shown(figure)}")


def parameter_table(
    rows: Iterable[Row],
    truth: Sequence[float] | None = None,
    title: str = "Parameters",
    units: Sequence[str] | None = None,
) -> Any:
    """A rich table of (name, median, lower, upper at 68%), beside the truth where it is known, and with units."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=f"{title}, median and 68% limits", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("parameter", no_wrap=True)
    for column in ("value", "errors", *(() if truth is None else ("truth", "off by"))):
        table.add_column(column, justify="right", no_wrap=True)
    if units is not None:
        table.add_column("unit", no_wrap=True)
    for number, (name, median, lower, upper) in enumerate(rows):
        value, minus, plus = measured(median, lower, upper)
        row = [name, value, f"-{minus} +{plus}"]
        if truth is not None:
            error = upper - median if truth[number] > median else median - lower
            off = (median - truth[number]) / error if error > 0.0 else math.nan
            row += [f"{truth[number]:g}", f"{off:+.1f} sigma"]
        table.add_row(*row, *([] if units is None else [units[number]]))
    return table


def say_wide(thing: Any) -> None:
    """Prints a table or a text; numbers are never cut: in a narrow terminal, lines run over."""
    from rich.console import Console

    console = Console(width=max(Console().width, WIDTH_OF_TABLE), soft_wrap=True)
    console.print(thing, highlight=False, markup=False)
