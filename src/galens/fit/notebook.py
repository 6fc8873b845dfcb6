"""How models, samples and results look in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from galens.config.notation import DATA
from galens.fit.estimate import Estimate
from galens.fit.notation import Notation
from galens.html import card, symbol_html, table

if TYPE_CHECKING:
    from galens.fit.model.queries import Queries
    from galens.fit.result import Result
    from galens.fit.samples import Samples

__all__ = ["model_html", "result_html", "samples_html"]

MINUS = "\N{MINUS SIGN}"


def model_html(model: Queries) -> str:
    """Free parameters with their priors, then the whole tree."""
    rows = [
        (*_name(notation), escape(f"{type(prior).__name__}, {prior.parameter_string}"), _unit(notation))
        for notation, prior in zip(model.notation, model.priors_ordered_by_id, strict=True)
    ]
    below = table(("parameter", "", "prior", "unit"), rows) if rows else ""
    tree = f"<details><summary>All of it</summary><pre>{escape(model.info)}</pre></details>"
    return card(model._label(), {"free parameters": str(model.prior_count)}, below=below + tree)


def samples_html(samples: Samples) -> str:
    facts = {"samples": str(len(samples)), "effectively": f"{samples.effective_sample_size:.0f}"}
    if samples.log_evidence is not None:
        facts["log evidence"] = f"{samples.log_evidence:.3f}"
    return card("Samples", facts, below=_estimates(samples.estimates()))


def result_html(result: Result) -> str:
    """What was found, with the best fit where the result knows its data."""
    facts = {"search": result.search_name or "without a name", "log likelihood": f"{result.log_likelihood:.3f}"}
    if result.log_evidence is not None:
        facts["log evidence"] = f"{result.log_evidence:.3f}"
    if "seconds" in result.diagnostics:
        facts["time"] = f"{result.diagnostics['seconds']:.4g} s"
    if result.path is not None:
        facts["folder"] = str(result.path)
    return card(type(result).__name__, facts, below=_fit(result) + _estimates(result.samples.estimates()))


def _fit(result: Result) -> str:
    if result.analysis is None or not hasattr(result.analysis, "fit_from"):
        return ""
    fit: Any = result.max_log_likelihood_fit
    return fit._repr_html_() if hasattr(fit, "_repr_html_") else ""


def _estimates(estimates: list[Estimate]) -> str:
    rows = []
    for each in estimates:
        value, minus, plus = (text.replace("-", MINUS) for text in each.texts)
        rows.append((*_name(each.notation), f"{value} {MINUS}{minus} +{plus}", _unit(each.notation)))
    return table(("parameter", "", "median and 68 % limits", "unit"), rows)


def _name(notation: Notation) -> tuple[str, str]:
    return escape(notation.label), symbol_html(notation.symbol)


def _unit(notation: Notation) -> str:
    return "units of the data" if notation.unit == DATA else escape(notation.unit)
