"""From one image to a lens model: the stages of ``galens lens``, one after the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from galens import fit as af
from galens import galaxy as ag
from galens import lens as al
from galens.fit.latent import Latent
from galens.fit.result import Result
from galens.pipeline.arcs import Arcs
from galens.pipeline.derived import derived_from, estimates_of
from galens.pipeline.exposure import Exposure
from galens.pipeline.images import multiple_images
from galens.pipeline.lens_light import TOLERANCE, LensLight, fit_lens_light
from galens.pipeline.models import LENS_NAMES, lens_light_model, lens_model, start_vector
from galens.pipeline.scan import Candidate, guess, guess_without_neighbours
from galens.pipeline.stages import Stages, arrays_of_samples, samples_from
from galens.pipeline.verdict import WELL, Verdict, explained_share, shape_findings, shape_of, verdict_on

__all__ = ["LensFit", "Settings", "fit_lens"]

FIRST_RADIUS = 3.0  # arcsec
FAR_OUT = 0.65  # of that radius: arcs whose light is on average farther out need a larger one
PLANES = (0.5, 1.0)  # redshifts of the fits: Einstein radii in arcsec know no others
THRESHOLD, PENALTY = 0.4, 1e5  # of images of one source that come from different places
STARTS = 3
DECISIVE = 3.0  # difference of log evidences
MUCH_BETTER = 0.5  # of what is not explained may remain where outer light is taken for a neighbour


@dataclass(frozen=True)
class Settings:
    """How much work is done.

    Args:
        n_samples: draws of the posterior of each lens model.
        power_law: whether a power law follows the isothermal lens.
        tolerance: of the log posterior, where a minimisation ends.
        seed: of scan and draws.
    """

    n_samples: int = 256
    power_law: bool = True
    tolerance: float = 0.02
    seed: int = 0


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


def preferred(isothermal: Result, power_law: Result | None) -> Result:
    """The power law only where its evidence is clearly larger, and its mass has the shape of a galaxy's."""
    if power_law is None or shape_findings(*shape_of(power_law)):
        return isothermal
    gain = (power_law.log_evidence or -np.inf) - (isothermal.log_evidence or -np.inf)
    return power_law if gain > DECISIVE else isothermal


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
    fits: dict[str, Any] = {"no_lens": None, "isothermal": None, "power_law": None}
    positions = np.empty((0, 2))
    derived = None
    if candidates:
        work = _Work(exposure, light, radius, settings, stages, say)
        positions, isothermal = work.isothermal(arcs, candidates, "isothermal")
        explained = explained_share(exposure, light, arcs, isothermal.max_log_likelihood_fit, radius)
        if explained < WELL:
            say("poorly explained: is the outermost light a neighbour?")
            other = work.without_neighbours()
            if other is not None and 1 - other.explained < MUCH_BETTER * (1 - explained):
                arcs, candidates, positions, isothermal = other.arcs, other.candidates, other.positions, other.result
        fits = work.others(arcs, isothermal)
        say("what follows from it")
        derived = derived_from(preferred(isothermal, fits["power_law"]), stages)
    estimate = estimates_of(derived).get("einstein_radius")
    ring = None if estimate is None else estimate.median
    verdict = verdict_on(exposure, light, arcs, candidates, positions, fits, radius, ring)
    return LensFit(
        exposure,
        light,
        arcs,
        candidates,
        radius,
        **fits,
        positions=positions,
        derived=derived,
        verdict=verdict,
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
    arrays = stages.of("first_guess", (made_from, settings.seed), lambda: _arrays_of(*guess(exposure, light)))
    return light, *_guessed(arrays)


@dataclass(frozen=True)
class _Other:
    arcs: Arcs
    candidates: list[Candidate]
    positions: np.ndarray
    result: Result
    explained: float


@dataclass(frozen=True)
class _Work:
    """The fits of one lens."""

    exposure: Exposure
    light: LensLight
    radius: float
    settings: Settings
    stages: Stages
    say: Callable[[str], None]

    def isothermal(self, arcs: Arcs, candidates: list[Candidate], name: str) -> tuple[np.ndarray, Result]:
        """Images of one source, and the isothermal lens that began at the candidates."""
        self.say(f"isothermal lens, from an Einstein radius of {candidates[0].einstein_radius:.2f} arcsec")
        positions = multiple_images(self.exposure, arcs, candidates[0])
        model = lens_model(self.exposure, self.radius, PLANES, "isothermal")
        starts = [
            start_vector(model, {**self.light.parameters, **dict(zip(LENS_NAMES, each.vector, strict=True))})
            for each in _of_different_radii(candidates)
        ]
        return positions, self._fitted(name, model, self._analysis(arcs, positions), starts, self.settings.n_samples)

    def without_neighbours(self) -> _Other | None:
        """The isothermal lens where the outermost light is taken for neighbours; None where that leaves no images."""
        made_from = (*self.exposure.content, self.radius, self.settings.seed)
        make = partial(guess_without_neighbours, self.exposure, self.light)
        arcs, candidates = _guessed(self.stages.of("without_neighbours", made_from, lambda: _arrays_of(*make())))
        if not candidates or not len(multiple_images(self.exposure, arcs, candidates[0])):
            return None
        positions, result = self.isothermal(arcs, candidates, "isothermal_without_neighbours")
        explained = explained_share(self.exposure, self.light, arcs, result.max_log_likelihood_fit, self.radius)
        return _Other(arcs, candidates, positions, result, explained)

    def others(self, arcs: Arcs, isothermal: Result) -> dict[str, Any]:
        """The power law from there, and the light of the lens galaxy alone."""
        best = dict(zip(isothermal.model.program.names, isothermal.samples.max_log_likelihood(False), strict=True))
        power_law = None
        if self.settings.power_law:
            self.say("power law")
            model = lens_model(self.exposure, self.radius, PLANES, "power_law")
            start = [start_vector(model, best)]
            power_law = self._fitted("power_law", model, isothermal.analysis, start, self.settings.n_samples)
        self.say("no lens")
        light = lens_light_model(self.exposure, self.radius)
        alone = af.Collection(galaxies=af.Collection(lens=af.Model(ag.Galaxy, redshift=PLANES[0], light=light)))
        analysis = ag.AnalysisImaging(isothermal.analysis.dataset)
        no_lens = self._fitted("no_lens", alone, analysis, [start_vector(alone, dict(self.light.parameters))], 1)
        return {"no_lens": no_lens, "isothermal": isothermal, "power_law": power_law}

    def _analysis(self, arcs: Arcs, positions: np.ndarray) -> al.AnalysisImaging:
        dataset = self.exposure.dataset(self.radius, arcs.neighbours)
        return al.AnalysisImaging(dataset, positions_likelihood_list=[_fence(positions)])

    def _fitted(self, name: str, model: Any, analysis: Any, starts: list[np.ndarray], n_samples: int) -> Result:
        # One that only counts for its evidence shares the compiled code of the lens light.
        tolerance = self.settings.tolerance if n_samples > 1 else TOLERANCE
        search = af.MultiStartLM(
            n_starts=0,
            n_draws=0,
            start_from=tuple(map(tuple, starts)),
            tolerance=tolerance,
            n_samples=n_samples,
            importance_weights=n_samples > 1,
            seed=self.settings.seed,
            silence=True,
        )
        made_from = (model.program.content_hash, search.settings(), analysis)
        arrays = self.stages.of(name, made_from, lambda: arrays_of_samples(search.fit(model, analysis).samples))
        samples = samples_from(arrays, model)
        return analysis.Result(samples, model, analysis, name.split("_without")[0], None, samples.info)


def _of_different_radii(candidates: list[Candidate]) -> list[Candidate]:
    """The best, and the best of others that differ by a tenth in Einstein radius, before more of the same."""
    chosen = [candidates[0]]
    for each in candidates[1:]:
        if all(abs(np.log(each.einstein_radius / other.einstein_radius)) > 0.1 for other in chosen):
            chosen.append(each)
    rest = [each for each in candidates if not any(each is other for other in chosen)]
    return [*chosen[: STARTS - 1], *rest[: max(STARTS - len(chosen[: STARTS - 1]), 0)]]


def _fence(positions: np.ndarray) -> al.PositionsLH:
    """A penalty of always four images, some of them the same, so that all lenses share compiled code."""
    places = positions if len(positions) >= 2 else np.zeros((2, 2))
    return al.PositionsLH(np.resize(places, (max(4, len(places)), 2))[:4], threshold=THRESHOLD, penalty_factor=PENALTY)


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


def _arrays_of(arcs: Arcs, candidates: list[Candidate]) -> dict[str, np.ndarray]:
    found = {f"arcs_{each.name}": np.asarray(getattr(arcs, each.name)) for each in dataclasses.fields(arcs)}
    vectors = np.array([each.vector for each in candidates]).reshape(len(candidates), 7)
    costs = np.array([(each.cost, each.explained) for each in candidates]).reshape(len(candidates), 2)
    return found | {"vectors": vectors, "costs": costs}


def _guessed(arrays: Mapping[str, np.ndarray]) -> tuple[Arcs, list[Candidate]]:
    values: dict[str, Any] = {}
    for each in dataclasses.fields(Arcs):
        array = arrays[f"arcs_{each.name}"]
        values[each.name] = array if array.ndim else float(array)
    arcs = Arcs(**values)
    both = zip(arrays["vectors"], arrays["costs"], strict=True)
    return arcs, [Candidate(vector, float(cost), float(explained)) for vector, (cost, explained) in both]
