"""``galens show`` and ``galens report``: a finished fit in the terminal, as JSON for a program, as an HTML file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from galens.cli.report import parameter_table, say_wide
from galens.cli.results import find_result, read_summary, shown

__all__ = ["show_result", "write_report_of"]


def show_result(path: Path, as_json: bool = False) -> None:
    """Prints the result in a folder, or in the only result folder below it.

    Raises:
        FitError: no result, several, or an unfinished one.
    """
    folder = find_result(path)
    summary = read_summary(folder)
    if as_json:
        print(json.dumps(summary, indent=2))
        return
    say_wide(f"{summary['name'] or folder.name}: {summary['class']}, result in {shown(folder)}")
    say_wide(parameter_table(_rows(summary["parameters"])))
    latent = summary.get("latent")
    if latent:
        units = [each["unit"].replace("data", "unit of the data") for each in latent.values()]
        say_wide(parameter_table(_rows(latent), title="What follows from them", units=units))
    say_wide(f"Maximum log likelihood {_number(summary['max_log_likelihood']):.2f}.")
    if summary["log_evidence"] is not None:
        say_wide(f"Log evidence {_number(summary['log_evidence']):.2f}.")
    say_wide(
        f"{summary['total_samples']} samples, effectively {_number(summary['effective_sample_size']):.0f}."
        + ("" if summary["pdf_converged"] else " One of them carries nearly all the weight: not converged.")
    )
    for key, value in summary["search"].items():
        say_wide(f"{key.replace('_', ' ')}: {_short(value)}")
    report = folder / "report.html"
    if report.is_file():
        say_wide(f"Report: {shown(report)}")


def write_report_of(path: Path, as_json: bool = False) -> None:
    """Writes ``report.html`` into the folder of a result, or of the only result below `path`, and says where it is.

    Raises:
        FitError: no result, several, or an unfinished one.
        PlotError: a file of the result is missing or damaged.
    """
    from galens.plot import write_report

    folder = find_result(path)
    read_summary(folder)  # an unfinished fit is told as such
    report = write_report(folder)
    print(json.dumps({"report": str(report.absolute())}) if as_json else f"Report: {shown(report)}")


def _rows(values: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    return [
        (_label(name), _number(each["median_pdf"]), *map(_number, each["values_at_sigma_1"]))  # type: ignore[misc]
        for name, each in values.items()
    ]


def _label(name: str) -> str:
    """The name of a parameter as `galens fit` prints it: ``centre_0`` for ``centre.centre_0``."""
    return re.sub(r"(\w+)\.(\1_\d+)$", r"\2", name)


def _number(value: Any) -> float:
    return float(value)  # infinities are written as texts


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
