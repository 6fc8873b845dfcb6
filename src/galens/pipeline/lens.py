"""From one image to a lens model: the stages of ``galens lens``, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from galens.fit.latent import Latent
from galens.fit.result import Result
from galens.pipeline.arcs import Arcs
from galens.pipeline.derived import estimates_of
from galens.pipeline.exposure import Exposure
from galens.pipeline.fits import Settings, Work, preferred
from galens.pipeline.lens_light import LensLight, fit_lens_light
from galens.pipeline.scan import Candidate, arrays_of_guess, guess, guess_from_arrays
from galens.pipeline.stages import Stages
from galens.pipeline.verdict import Verdict

__all__ = ["LensFit", "fit_lens"]

FIRST_RADIUS = 3.0  # arcsec
FAR_OUT = 0.65  # of that radius: arcs whose light is on average farther out need a larger one


@dataclass(frozen=True)
class LensFit:
    """What the pipeline found.

    Attributes:
        exposure, light, arcs, candidates: of the stages before a lens was fitted.
        radius: of the circle that was fitted, arcsec.
        no_lens: the fit of the lens galaxy's light alone to the same pixels.
        isothermal, power_law: fits of the lens; None where there was nothing to fit.
        positions: (k, 2) images of one source that were a fence, arcsec.
        derived: what follows from the draws of the model that the evidence prefers, see `galens.pipeline.derived`; None
            where no lens was fitted.
        verdict: whether it is a lens, and why.
        seconds: by stage.
    """

    exposure: Exposure
    light: LensLight
    arcs: Arcs
    candidates: list[Candidate]
    radius: float
    no_lens: Result | None
    isothermal: Result | None
    power_law: Result | None
    positions: np.ndarray
    derived: Latent | None
    verdict: Verdict
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def best(self) -> Result | None:
        """The fit of the larger evidence, the isothermal lens where the difference is small."""
        return None if self.isothermal is None else preferred(self.isothermal, self.power_law)

    @property
    def einstein_radius(self) -> tuple[float, float, float] | None:
        """Median and 68 % limits of the radius of a circle with the area of the tangential critical curve, arcsec."""
        found = estimates_of(self.derived).get("einstein_radius")
        return None if found is None else (found.median, found.lower, found.upper)


def fit_lens(
    exposure: Exposure,
    folder: Path | None = None,
    settings: Settings | None = None,
    radius: float | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> LensFit:
    """A model of a lens from its image, without any value set by hand.

    Lens light without the arcs, a scan of isothermal lenses against the arcs, images of one source as a fence, an
    isothermal lens with shear and a multi-Gaussian source, then a power law, each from the best that came before, with
    their posteriors and evidences; and the light alone, to compare. Finished stages are not computed again.

    Args:
        folder: where stages and fits are kept; None keeps nothing.
        radius: of the circle that is fitted, arcsec; by default 3, or more where arcs reach farther.
        say: is told what is being done.
    """
    settings = settings or Settings()
    stages = Stages(None if folder is None else folder / "stages")
    say("light of the lens galaxy")
    light, arcs, candidates, radius = _first_guess(exposure, stages, settings, radius)
    work = Work(exposure, light, radius, settings, stages, say)
    found = work.model(arcs, candidates)
    if found.verdict.answer == "uncertain" and found.doubts:
        say("doubtful: does the lens galaxy have light that is no ellipse?")
        other = work.without_structure()
        if other is not None and other.doubts < found.doubts:
            found = other
    return LensFit(
        exposure,
        light,
        found.arcs,
        found.candidates,
        radius,
        **found.fits,
        positions=found.positions,
        derived=found.derived,
        verdict=found.verdict,
        seconds=stages.seconds,
    )


def _first_guess(
    exposure: Exposure, stages: Stages, settings: Settings, radius: float | None
) -> tuple[LensLight, Arcs, list[Candidate], float]:
    chosen = min(radius or FIRST_RADIUS, exposure.largest_radius)
    found = _guess_within(exposure, stages, settings, chosen)
    arcs = found[1]
    if radius is None and arcs.mask_radius > chosen and arcs.radius > FAR_OUT * chosen:
        chosen = found[1].mask_radius
        found = _guess_within(exposure, stages, settings, chosen)
    return *found, chosen


def _guess_within(
    exposure: Exposure, stages: Stages, settings: Settings, radius: float
) -> tuple[LensLight, Arcs, list[Candidate]]:
    made_from = (*exposure.content, radius)
    light = _light(stages.of("lens_light", made_from, lambda: _arrays(fit_lens_light(exposure, radius))))
    arrays = stages.of("first_guess", (made_from, settings.seed), lambda: arrays_of_guess(*guess(exposure, light)))
    return light, *guess_from_arrays(arrays)


def _arrays(light: LensLight) -> dict[str, np.ndarray]:
    names, values = zip(*light.parameters.items(), strict=True)
    return {
        "names": np.array(names), "values": np.array(values), "radius": np.array(light.radius),
        "model_data": light.model_data, "ignored": light.ignored, "significance": light.significance,
        "centre": np.array(light.centre), "ell_comps": np.array(light.ell_comps),
    }  # fmt: skip


def _light(arrays: Mapping[str, np.ndarray]) -> LensLight:
    parameters = dict(zip(map(str, arrays["names"]), map(float, arrays["values"]), strict=True))
    y, x = map(float, arrays["centre"])
    e_0, e_1 = map(float, arrays["ell_comps"])
    model_data, ignored, significance = (arrays[name] for name in ("model_data", "ignored", "significance"))
    radius = float(arrays["radius"])
    return LensLight(parameters, radius, model_data, ignored, significance, (y, x), (e_0, e_1))
