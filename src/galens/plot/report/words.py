"""What a fit's diagnostics mean, in sentences that need no knowledge of the search."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from galens.fit.convergence import LARGEST_R_HAT, SMALLEST_BFMI
from galens.fit.notation import Notation
from galens.plot.report.contents import Contents, Parameter

__all__ = ["Finding", "convergence", "goodness_of_fit", "number"]

Level = Literal["good", "notice", "bad", "plain"]


RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Finding:
    """A sentence, and whether it is a reason to trust the result, to look again, or not to use it."""

    level: Level
    text: str


def number(value: float, digits: int = 3) -> str:
    """A number for prose: at most `digits` significant digits, thousands apart, a true minus sign."""
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent > 9:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".").replace("-", "\N{MINUS SIGN}")
        return f"{mantissa} × 10{str(int(power)).translate(RAISED)}"
    text = f"{value:,.{max(0, digits - 1 - exponent)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def percent(share: float) -> str:
    if 0 <= share < 1e-5:
        return "less than 0.001 %"
    return f"{number(100 * share, 2 if share < 0.99 else 4)} %"


# Convergence


def convergence(contents: Contents) -> list[Finding]:
    """Whether the search found the posterior, and how well its samples describe it."""
    said = contents.diagnostics
    describe = SEARCHES.get(contents.search.get("search", ""), lambda contents, said: [])
    findings = describe(contents, said)
    if not contents.result.get("pdf_converged", True):
        findings.insert(
            0, Finding("bad", "One sample carries nearly all the weight: there is no posterior yet, only a best point.")
        )
    return findings + _prior_edges(contents)


def _multi_start(contents: Contents, said: dict[str, Any]) -> list[Finding]:
    if said["converged"]:
        findings = [_reliability(said)]
    else:
        findings = [Finding("bad", "The best start was still improving when its steps were used up: raise max_steps.")]
    findings += _modes(said)
    if said["best_mode_is_at_an_edge"]:
        findings.append(
            Finding("notice", "The best solution lies at the edge of what priors, assertions or physics allow.")
        )
    return [*findings, _multi_start_errors(said)]


def _nuts(contents: Contents, said: dict[str, Any]) -> list[Finding]:
    worst, fewest = max(said["r_hat"]), min(said["bulk_effective_draws"] + said["tail_effective_draws"])
    numbers = (
        f"{said['chains']} chains of {number(said['draws'], 9)} draws: R-hat is at most {worst:.3f} (below "
        f"{LARGEST_R_HAT} wanted), and every parameter has at least {number(round(fewest), 9)} effective draws"
    )
    if said["converged"]:
        findings = [Finding("good", f"The chains agree. {numbers}.")]
    else:
        wanted = f", of {number(float(contents.search['n_eff']), 4)} asked for"
        findings = [Finding("bad", f"The chains have not converged. {numbers}{wanted}. Raise max_draws or n_warmup.")]
    if said["divergences"]:
        share = said["divergences"] / (said["chains"] * said["draws"])
        findings.append(
            Finding(
                "notice" if share < 0.01 else "bad",
                f"{number(said['divergences'], 9)} draws diverged: a narrow corner of the posterior may be missing. "
                "A target_acceptance nearer to 1 takes shorter steps.",
            )
        )
    if min(said["bfmi"]) < SMALLEST_BFMI:
        findings.append(
            Finding("notice", f"The energy mixes slowly (E-BFMI {min(said['bfmi']):.2f}): tails may be too short.")
        )
    error = float(said["bridge_log_evidence_error"])
    return [*findings, _reliability(said), *_modes(said), *_evidence(contents, error)]


def _reliability(said: dict[str, Any]) -> Finding:
    """How sure the best solution is, by the share of starts that found it."""
    missed = 1 - said["reliability"]
    level: Level = "good" if missed < 0.01 else "notice" if missed < 0.2 else "bad"
    advice = "" if level == "good" else " More starts (n_starts) would tell."
    return Finding(
        level,
        f"{said['starts_at_best_mode']} of {said['starts']} independent starts ended in the best solution. As many "
        f"starts would miss a solution that is found this often with a probability of {percent(missed)}.{advice}",
    )


def _modes(said: dict[str, Any]) -> list[Finding]:
    """What several solutions mean; nothing where there is one."""
    evidences = np.sort(said["modes_log_evidence"])[::-1]
    if len(evidences) < 2:
        return []
    measured = "weights_of_modes" in said
    shares = np.array(said["weights_of_modes"]) if measured else np.exp(evidences - evidences[0])
    shares = np.sort(shares / shares.sum())[::-1]
    counted = int(np.sum(shares > 0.001))
    if counted == 1:
        gap = evidences[0] - evidences[1]
        others = "carry less than 0.1 %" if measured else f"are worse by at least {number(gap, 3)} in log evidence"
        text = f"{len(evidences)} different solutions were found; all but the best {others} and can be neglected."
        return [Finding("good", text)]
    listed = " and ".join(percent(share) for share in shares[:counted])
    method = "measured by bridge sampling" if measured else "Laplace approximation"
    return [
        Finding(
            "notice",
            f"{counted} different solutions explain the data, with {listed} of the posterior ({method}). "
            "Medians and errors below run over all of them: look at the corner plot.",
        )
    ]


def _multi_start_errors(said: dict[str, Any]) -> Finding:
    shape = float(said.get("pareto_k", math.nan))
    if said.get("errors") == "importance-weighted":
        samples = number(said["effective_samples"], 3)
        return Finding(
            "good" if said["effective_samples"] >= 100 else "notice",
            f"Errors are those of the exact posterior, by importance weights worth {samples} independent samples "
            f"(Pareto k {number(shape, 2)}; the weights can be trusted below 0.7).",
        )
    reason = "" if math.isnan(shape) else f" (importance weights were not trusted: Pareto k {number(shape, 2)})"
    return Finding(
        "notice",
        f"Errors are those of a Gaussian approximation around the best solution{reason}. Where they matter, sample the "
        "posterior with a search that makes no approximation.",
    )


def _nautilus(contents: Contents, said: dict[str, Any]) -> list[Finding]:
    samples = said["effective_samples"]
    wanted = float(contents.search["n_eff"])
    enough = samples >= 0.99 * wanted
    findings = [
        Finding(
            "good" if enough and samples >= 100 else "bad",
            f"Nested sampling ended with {number(samples, 4)} effective samples"
            + ("." if enough else f", fewer than the {number(wanted, 4)} asked for: it was stopped early."),
        )
    ]
    return [*findings, *_evidence(contents, 1 / math.sqrt(samples))]


def _evidence(contents: Contents, error: float) -> list[Finding]:
    evidence = contents.result.get("log_evidence")
    if evidence is None or not math.isfinite(error):
        return []
    text = f"The log evidence is {number(evidence, 8)}, with a statistical error of about {number(error, 1)}."
    return [Finding("plain", text)]


SEARCHES: dict[str, Callable[[Contents, dict[str, Any]], list[Finding]]] = {
    "MultiStartLM": _multi_start,
    "Nautilus": _nautilus,
    "NUTS": _nuts,
}


def _prior_edges(contents: Contents) -> list[Finding]:
    """Parameters whose posterior is cut off by a limit of its prior."""
    if contents.model is None:
        return []
    cut = []
    for parameter, prior in zip(contents.parameters, contents.model.priors_ordered_by_id, strict=True):
        for limit, end in ((prior.lower_limit, parameter.lowest), (prior.upper_limit, parameter.highest)):
            if math.isfinite(limit) and _is_cut(parameter, limit, end):
                side = "lower" if end == parameter.lowest else "upper"
                cut.append(f"{_short(parameter.notation)} ({side} limit {number(limit, 4)})")
    if not cut:
        return [Finding("good", "No parameter is held by a limit of its prior.")]
    return [
        Finding(
            "notice",
            f"The posterior reaches a limit of the prior in {', '.join(cut)}: the limit bounds it there, not the data.",
        )
    ]


def _is_cut(parameter: Parameter, limit: float, end: float) -> bool:
    """Whether the 99.7 % limit comes so close to the prior's that there was nowhere else to go."""
    return abs(end - limit) < 0.05 * (parameter.highest - parameter.lowest)


def _short(notation: Notation) -> str:
    """The last two words of a parameter's label."""
    return " ".join(notation.label.split(".")[-2:]).replace("_", " ")


# Goodness of fit


def goodness_of_fit(contents: Contents) -> list[Finding]:
    """What the residuals say, observation by observation."""
    findings = []
    for each in contents.observations:
        array = each.fit["NORMALIZED_RESIDUAL_MAP"]
        residuals = np.where(each.weighted, np.asarray(array.native), np.nan)
        used = residuals[each.weighted]
        said = [_chi_squared(used, len(contents.parameters)), _outliers(residuals, array), _runs(residuals)]
        start = f"{each.title.capitalize()}: " if each.title else ""
        findings += [replace(finding, text=start + finding.text) for finding in said]
    return findings


def _chi_squared(residuals: np.ndarray, free: int) -> Finding:
    freedom = max(1, residuals.size - free)
    total = float(np.sum(residuals**2))
    ratio, scatter = total / freedom, math.sqrt(2 / freedom)
    off = (ratio - 1) / scatter
    shown = number(total, max(4, len(str(int(total)))))
    said = f"Reduced chi-squared is {ratio:.3f} ({shown} for {number(freedom, 9)} degrees of freedom). "
    if abs(off) < 3:
        return Finding("good", said + f"That is what noise alone gives (1 ± {number(scatter, 2)}).")
    if ratio < 1:
        return Finding(
            "notice", said + "The residuals are smaller than the noise map says: the noise is overestimated."
        )
    if ratio < 1.2:
        return Finding(
            "notice", said + f"Noise alone gives 1 ± {number(scatter, 2)}: a little structure is not explained."
        )
    return Finding(
        "bad",
        said + "The model does not explain the data within their noise, and the errors below do not include that.",
    )


def _outliers(residuals: np.ndarray, array: Any) -> Finding:
    size = np.abs(residuals)
    count, total = int(np.nansum(size > 3)), int(np.isfinite(size).sum())
    expected = total * math.erfc(3 / math.sqrt(2))
    worst = np.unravel_index(int(np.nanargmax(size)), size.shape)
    y, x = array.mask.geometry.scaled_coordinates_2d_from((int(worst[0]), int(worst[1])))
    usual = count <= expected + 3 * math.sqrt(expected + 1)
    # How often the largest of as many pixels of pure noise is as large.
    chance = total * math.erfc(float(size[worst]) / math.sqrt(2))
    level: Level = "good" if usual and chance > 1e-3 else "notice"
    return Finding(
        level,
        f"Residuals exceed three times the noise in {number(count, 9)} of {number(total, 9)} pixels "
        f"(noise alone: about {number(expected, 2)}). The largest is {number(float(residuals[worst]), 3)} times the "
        f"noise, at y = {number(y, 3)}″, x = {number(x, 3)}″.",
    )


def _runs(residuals: np.ndarray) -> Finding:
    """Neighbours of equal sign: half of the pairs in white noise, more where the model misses something."""
    same = pairs = 0
    for first, second in ((residuals[1:], residuals[:-1]), (residuals[:, 1:], residuals[:, :-1])):
        product = first * second
        pairs += int(np.isfinite(product).sum())
        same += int(np.nansum(product > 0))
    if pairs == 0:
        return Finding("plain", "No two fitted pixels are neighbours, so residuals cannot run.")
    share, scatter = same / pairs, 0.5 / math.sqrt(pairs)
    text = (
        f"Neighbouring residuals have the same sign in {percent(share)} of {number(pairs, 9)} pairs (noise alone: 50 %"
    )
    if abs(share - 0.5) < 4 * scatter:
        return Finding("good", text + "): no pattern is left.")
    if share < 0.5:
        return Finding("notice", text + "): they alternate, which resampled or filtered data can do.")
    return Finding(
        "notice",
        text
        + "): residuals form patches. Either the model misses structure, or the noise of the data is correlated, as "
        "resampling makes it.",
    )
