"""A result in words: ``model.results`` and what is shown when a fit ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from galens.config.notation import DATA
from galens.fit.estimate import Estimate
from galens.fit.samples import Samples

if TYPE_CHECKING:
    from galens.fit.latent import Latent

__all__ = ["interval_text", "result_text", "summary_document", "table_text"]


def result_text(samples: Samples, info: Mapping[str, Any], latent: Latent | None = None, data_unit: str = "") -> str:
    """A result in words: likelihood, evidence, parameters and latent variables with errors, what the search says.

    Args:
        samples: of the posterior.
        info: what the search says of itself.
        latent: variables that follow from the parameters.
        data_unit: unit of the data, as text; "" where it is not known.
    """
    lines = []
    if samples.log_evidence is not None:
        lines.append(f"{'Bayesian Evidence (natural logarithm)':<50}{samples.log_evidence:.8f}")
    lines.append(f"{'Maximum Log Likelihood':<50}{samples.log_likelihood.max():.8f}")
    lines.append(f"{'Maximum Log Posterior':<50}{samples.log_posterior.max():.8f}")
    lines += ["", "Maximum Log Likelihood Model:", ""]
    best = samples.max_log_likelihood(as_instance=False)
    width = 4 + max(len(name) for name in samples.names)
    lines += [f"{name:<{width}}{value:.6g}" for name, value in zip(samples.names, best, strict=True)]
    for sigma in (3.0, 1.0):
        lines += ["", "", f"Summary ({sigma} sigma limits):", "", table_text(samples.estimates(sigma))]
    if not samples.pdf_converged:
        lines += [
            "",
            "One sample carries nearly all the weight: the search has not converged, these limits are a range.",
        ]
    if latent is not None:
        lines += ["", "", "Latent variables (1.0 sigma limits):", "", table_text(latent.estimates())]
    if data_unit:
        lines += ["", f"The unit of the data is {data_unit}."]
    lines += ["", "", "Search:", ""]
    width = 4 + max(map(len, info), default=0)
    lines += [f"{key:<{width}}{_short(value)}" for key, value in info.items()]
    return "\n".join(lines) + "\n"


def table_text(estimates: Sequence[Estimate]) -> str:
    """One line per variable: name, median, (lower, upper), unit."""
    width = 4 + max(len(each.notation.name) for each in estimates)
    values = [interval_text(each.median, each.lower, each.upper) for each in estimates]
    units = ["in the unit of the data" if each.notation.unit == DATA else each.notation.unit for each in estimates]
    return "\n".join(
        f"{each.notation.name:<{width}}{value} {unit}".rstrip()
        for each, value, unit in zip(estimates, values, units, strict=True)
    )


def interval_text(value: float, lower: float, upper: float) -> str:
    """``value (lower, upper)`` with two significant digits of the smaller error, four decimals at least."""
    errors = [error for error in (value - lower, upper - value) if error > 0 and math.isfinite(error)]
    decimals = max(4, 1 - math.floor(math.log10(min(errors)))) if errors else 4
    if abs(value) >= 1e7 or decimals > 9:
        return f"{value:.6e} ({lower:.6e}, {upper:.6e})"
    return f"{value:.{decimals}f} ({lower:.{decimals}f}, {upper:.{decimals}f})"


def summary_document(
    samples: Samples, info: Mapping[str, Any], latent: Latent | None = None, data_unit: str = ""
) -> dict[str, Any]:
    """The same for programs: ``result.json``; arguments as of `result_text`."""
    medians, best = samples.median_pdf(as_instance=False), samples.max_log_likelihood(as_instance=False)
    one, three = samples.values_at_sigma(1.0), samples.values_at_sigma(3.0)
    return {
        "log_evidence": samples.log_evidence,
        "max_log_likelihood": float(samples.log_likelihood.max()),
        "max_log_posterior": float(samples.log_posterior.max()),
        "total_samples": len(samples),
        "effective_sample_size": samples.effective_sample_size,
        "pdf_converged": samples.pdf_converged,
        "parameters": {
            name: {
                "max_log_likelihood": best[index],
                "median_pdf": medians[index],
                "values_at_sigma_1": one[index],
                "values_at_sigma_3": three[index],
            }
            for index, name in enumerate(samples.names)
        },
        "latent": {} if latent is None else _latent_document(latent),
        "data_unit": data_unit,
        "search": dict(info),
    }


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_short, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _latent_document(latent: Latent) -> dict[str, Any]:
    three = latent.estimates(3.0)
    return {
        one.notation.name: {
            "max_log_likelihood": one.best,
            "median_pdf": one.median,
            "values_at_sigma_1": (one.lower, one.upper),
            "values_at_sigma_3": (wide.lower, wide.upper),
            "unit": one.notation.unit,
        }
        for one, wide in zip(latent.estimates(), three, strict=True)
    }
