"""A result in words: ``model.results`` and what is shown when a fit ends."""

from __future__ import annotations

import math
from typing import Any

from galens.fit.samples import Samples

__all__ = ["interval_text", "result_text", "summary_document", "table_text"]


def result_text(samples: Samples, info: dict[str, Any]) -> str:
    """Everything of a result that is a number: likelihood, evidence, parameters with errors, the search's own words."""
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
        lines += ["", "", f"Summary ({sigma} sigma limits):", "", table_text(samples, sigma)]
    if not samples.pdf_converged:
        lines += [
            "",
            "One sample carries nearly all the weight: the search has not converged, these limits are a range.",
        ]
    lines += ["", "", "Search:", ""]
    width = 4 + max(map(len, info), default=0)
    lines += [f"{key:<{width}}{_short(value)}" for key, value in info.items()]
    return "\n".join(lines) + "\n"


def table_text(samples: Samples, sigma: float = 1.0) -> str:
    """One line per parameter: name, median, (lower, upper) at `sigma`."""
    width = 4 + max(len(name) for name in samples.names)
    medians, limits = samples.median_pdf(as_instance=False), samples.values_at_sigma(sigma)
    return "\n".join(
        f"{name:<{width}}{interval_text(median, *limit)}"
        for name, median, limit in zip(samples.names, medians, limits, strict=True)
    )


def interval_text(value: float, lower: float, upper: float) -> str:
    """``value (lower, upper)`` with two significant digits of the smaller error, four decimals at least."""
    errors = [error for error in (value - lower, upper - value) if error > 0 and math.isfinite(error)]
    decimals = max(4, 1 - math.floor(math.log10(min(errors)))) if errors else 4
    if abs(value) >= 1e7 or decimals > 9:
        return f"{value:.6e} ({lower:.6e}, {upper:.6e})"
    return f"{value:.{decimals}f} ({lower:.{decimals}f}, {upper:.{decimals}f})"


def summary_document(samples: Samples, info: dict[str, Any]) -> dict[str, Any]:
    """The same for programs: ``result.json``."""
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
        "search": info,
    }


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_short, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
