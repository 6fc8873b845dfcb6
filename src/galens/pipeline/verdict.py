"""Is it a lens? What speaks for it, what against it, and what a person should look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy import ndimage

from galens.pipeline.arcs import Arcs
from galens.pipeline.exposure import Exposure
from galens.pipeline.findings import Finding, number
from galens.pipeline.lens_light import CORE, LensLight, significance_of
from galens.pipeline.scan import Candidate

__all__ = ["WELL", "Verdict", "doubted", "explained_share", "shape_findings", "shape_of", "verdict_on"]

Answer = Literal["lens", "uncertain", "no lens"]

EVIDENCE = 10.0  # difference of log evidences that a lens needs
SUPPORTED = 4.0  # significance of an image in the data
WELL, POORLY = 0.75, 0.4  # explained shares of the arcs' misfit
RESOLVED = 1.5  # widths of the PSF that an Einstein radius has at least
LARGEST_CHI_SQUARED = 3.0  # per pixel of the arcs
RING, MOST_HIDDEN = 0.2, 0.5  # arcsec, and share of a ring of that width that a mask may cover unsaid
SMALLEST_AXIS_RATIO, LARGEST_SHEAR = 0.4, 0.25  # of masses of galaxies, and by their neighbours
USUAL_SLOPES = (1.6, 2.5)  # of galaxies: 2.08 with a scatter of 0.16, Auger et al. (2010)


@dataclass(frozen=True)
class Verdict:
    """Whether the image shows a lens.

    Attributes:
        answer: "lens", "uncertain" or "no lens". Only with the first should the numbers be used unseen.
        findings: why, and what to look at.
        explained: share of the arcs' misfit that the lensed source takes away.
        chi_squared: mean square of residual over noise in the pixels of the arcs.
        log_evidence_gain: of the lens over the lens galaxy's light alone.
        images: lensed images of the source that the data support.
    """

    answer: Answer
    findings: tuple[Finding, ...]
    explained: float = 0.0
    chi_squared: float = float("nan")
    log_evidence_gain: float = float("nan")
    images: int = 0


def verdict_on(
    exposure: Exposure,
    light: LensLight,
    arcs: Arcs,
    candidates: list[Candidate],
    positions: np.ndarray,
    fits: Mapping[str, Any],
    radius: float,
    einstein_radius: float | None = None,
) -> Verdict:
    """The verdict on finished fits; `fits` has "no_lens", "isothermal" and "power_law"."""
    hidden = hidden_by_mask(exposure, radius)
    if not candidates:
        text = "No lens was found: besides the light of the galaxy there is nothing significant."
        return Verdict("uncertain" if hidden else "no lens", (Finding("bad", text), *hidden))
    isothermal, power_law, alone = fits["isothermal"], fits["power_law"], fits["no_lens"]
    fit = isothermal.max_log_likelihood_fit
    where, outside = _arc_pixels(exposure, arcs, radius), _outside(exposure, arcs, radius)
    lensed = np.asarray(fit.normalized_residual_map.native)[where] ** 2
    floor = float(np.mean(np.asarray(fit.normalized_residual_map.native)[outside] ** 2))
    gain = isothermal.log_evidence - alone.log_evidence
    explained = explained_share(exposure, light, arcs, fit, radius)
    images = supported_images(exposure, fit, radius)
    chi_squared = float(lensed.mean())
    said = [*hidden]
    against, poor = 0, False
    if gain < EVIDENCE:
        against += 2
        text = f"A lens explains the image no better than the galaxy's light alone: log evidence {number(gain)}."
        said.append(Finding("bad", text))
    else:
        text = f"The lens is preferred to the galaxy's light alone by {number(gain)} in log evidence."
        said.append(Finding("good", text))
    if images < 2:
        against += 2
        text = f"The data support {images} image of the source; a strong lens needs two or more."
        said.append(Finding("bad", text))
    else:
        said.append(Finding("good", f"The data support {images} separate images of the source."))
    text = (
        f"The lensed source explains {number(100 * explained, 2)} % of the light that the galaxy leaves; there the "
        f"mean square of residual over noise is {number(chi_squared)}, elsewhere {number(floor)}."
    )
    if explained < POORLY:
        against += 2
        said.append(Finding("bad", text))
    elif explained < WELL or chi_squared > LARGEST_CHI_SQUARED:
        poor = True
        said.append(Finding("notice", text))
    else:
        said.append(Finding("good", text))
    if not len(positions):
        against += 1
        text = (
            "No two peaks of the arcs come from one place in the source: nothing shows that there are several images."
        )
        said.append(Finding("notice", text))
    if einstein_radius is not None and einstein_radius < RESOLVED * full_width(exposure.psf) * exposure.pixel_scale:
        against += 1
        text = f"The Einstein radius, {number(einstein_radius)}″, is hardly larger than the PSF: a core looks the same."
        said.append(Finding("notice", text))
    core = source_in_core(exposure, np.asarray(fit.model_images_of_galaxies_list[-1].native))
    doubtful = shape_findings(*shape_of(isothermal))
    doubtful += [] if core is None else [core]
    said += doubtful
    if poor or doubtful:  # a poor model of a lens says little of whether it is one
        against = max(against, 1)
    said += _search_findings(isothermal, power_law)
    answer: Answer = "lens" if against == 0 else "uncertain" if against == 1 else "no lens"
    return Verdict(answer, tuple(said), explained, chi_squared, float(gain), images)


def doubted(verdict: Verdict, reason: Finding) -> Verdict:
    """The verdict with a reason for which a lens is uncertain at best."""
    answer: Answer = "uncertain" if verdict.answer == "lens" else verdict.answer
    return replace(verdict, answer=answer, findings=(*verdict.findings, reason))


def explained_share(exposure: Exposure, light: LensLight, arcs: Arcs, fit: Any, radius: float) -> float:
    """The share of the arcs' misfit without a source that a lens takes away; 1 for a perfect fit."""
    where, outside = _arc_pixels(exposure, arcs, radius), _outside(exposure, arcs, radius)
    lensed = np.asarray(fit.normalized_residual_map.native) ** 2
    plain = ((exposure.data - light.model_data) / exposure.noise_map) ** 2
    return float(
        (plain[where].mean() - lensed[where].mean()) / max(plain[where].mean() - lensed[outside].mean(), 1e-12)
    )


def hidden_by_mask(exposure: Exposure, radius: float) -> list[Finding]:
    """What to say where a mask covers most of rings about the galaxy in which images of a source may lie.

    Args:
        radius: of the circle that is fitted, arcsec.
    """
    rings = np.floor(exposure.radius / RING).astype(int)
    shares = ndimage.mean(exposure.flagged, rings, np.arange(round(radius / RING)))
    shares[0] = 0.0  # a core that is masked hides no images
    runs, _ = ndimage.label(shares > MOST_HIDDEN)
    between = " and ".join(
        f"between {number(RING * run.start)}″ and {number(RING * run.stop)}″" for (run,) in ndimage.find_objects(runs)
    )
    if not between:
        return []
    text = f"Most pixels {between} from the galaxy are masked or flagged: images of a source there are not seen."
    return [Finding("notice", text)]


def full_width(psf: np.ndarray) -> float:
    """Width of a PSF at half its maximum, pixels: of the circle with the area that is above."""
    return 2.0 * float(np.sqrt(np.count_nonzero(psf > 0.5 * psf.max()) / np.pi))


def _arc_pixels(exposure: Exposure, arcs: Arcs, radius: float) -> np.ndarray:
    return arcs.pixels & (exposure.radius < radius) & ~exposure.flagged


def _outside(exposure: Exposure, arcs: Arcs, radius: float) -> np.ndarray:
    return (exposure.radius < radius) & ~exposure.flagged & ~arcs.pixels & ~arcs.neighbours


def supported_images(exposure: Exposure, fit: Any, radius: float) -> int:
    """Separate maxima of the model of the lensed source where the data have significant light too."""
    source = np.asarray(fit.model_images_of_galaxies_list[-1].native)
    seen = np.asarray(fit.subtracted_images_of_galaxies_list[-1].native)
    predicted, found = (significance_of(exposure, each, radius) for each in (source, seen))
    reach = max(1, round(0.15 / exposure.pixel_scale))
    peaks = (predicted == ndimage.maximum_filter(predicted, size=2 * reach + 1)) & (predicted > SUPPORTED)
    return int(np.count_nonzero(peaks & (ndimage.maximum_filter(found, size=3) > SUPPORTED)))


def source_in_core(exposure: Exposure, lensed: np.ndarray) -> Finding | None:
    """What to say where the lensed source (ny, nx) is brightest on the centre of the lens, which no lens explains."""
    distance = float(exposure.radius.flat[np.argmax(lensed)])
    if distance > CORE:
        return None
    return Finding(
        "bad",
        f"The lensed source is brightest {number(distance)}″ from the centre of the lens galaxy, where lenses have no "
        "bright image: it stands for light of the galaxy that the model of its light cannot describe.",
    )


def shape_of(result: Any) -> tuple[float, float]:
    """Axis ratio of the mass and strength of the shear of the best lens."""
    lens = result.instance.galaxies.lens
    return float(lens.mass.axis_ratio()), float(lens.shear.magnitude())


def shape_findings(axis_ratio: float, shear: float) -> list[Finding]:
    """What to say of a lens' axis ratio and shear: nothing where galaxies have such ones."""
    if axis_ratio >= SMALLEST_AXIS_RATIO and shear <= LARGEST_SHEAR:
        return []
    text = (
        f"The mass has an axis ratio of {number(axis_ratio, 2)} in a shear of {number(shear, 2)}; those of lens "
        f"galaxies are above {SMALLEST_AXIS_RATIO:g} and below {LARGEST_SHEAR:g}: it may be something else."
    )
    return [Finding("notice", text)]


def _search_findings(isothermal: Any, power_law: Any) -> list[Finding]:
    said = []
    info = isothermal.diagnostics
    starts, hits = info.get("starts", 0), info.get("starts_at_best_mode", 0)
    said.append(
        Finding(
            "good" if hits > 1 else "notice",
            f"{hits} of {starts} starts of the isothermal lens ended in the best mode.",
        )
    )
    if info.get("errors") != "importance-weighted":
        said.append(Finding("notice", "Errors are those of a Gaussian approximation of the posterior."))
    if power_law is not None:
        gain = power_law.log_evidence - isothermal.log_evidence
        if abs(gain) < 3.0:
            said.append(
                Finding("plain", f"Power law and isothermal lens are equally probable (log evidence {number(gain)}).")
            )
        else:
            word = "preferred to" if gain > 0 else "less probable than"
            said.append(
                Finding("plain", f"A power law is {word} the isothermal lens by {number(abs(gain))} in log evidence.")
            )
            if gain > 0 and shape_findings(*shape_of(power_law)):
                text = "Its mass or shear are not those of a lens galaxy: numbers are those of the isothermal lens."
                said.append(Finding("notice", text))
            elif gain > 0:
                said += slope_findings(float(power_law.instance.galaxies.lens.mass.slope))
    return said


def slope_findings(slope: float) -> list[Finding]:
    """What to say of a power law's slope: nothing where galaxies have such ones."""
    low, high = USUAL_SLOPES
    if low <= slope <= high:
        return []
    text = (
        f"The slope of the power law, {slope:.3f}, is not that of a galaxy ({low:g} to {high:g}): it may stand for "
        "what the models of light or source cannot describe. Compare the isothermal lens."
    )
    return [Finding("notice", text)]
