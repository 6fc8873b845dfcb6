"""The fits of one lens: isothermal, power law, light alone; and what is tried where they are doubtful."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from galens import fit as af
from galens import galaxy as ag
from galens import lens as al
from galens.fit.latent import Latent
from galens.fit.result import Result
from galens.pipeline.arcs import Arcs, find_arcs
from galens.pipeline.derived import derived_from, estimates_of
from galens.pipeline.exposure import Exposure
from galens.pipeline.findings import Finding
from galens.pipeline.images import multiple_images, opposite_images
from galens.pipeline.lens_light import TOLERANCE, LensLight, significance_of
from galens.pipeline.models import LENS_NAMES, flattened, lens_light_model, lens_model, lens_vector, start_vector
from galens.pipeline.scan import (
    Candidate,
    arrays_of_guess,
    guess_from_arrays,
    guess_from_pair,
    guess_without_neighbours,
)
from galens.pipeline.stages import Stages, arrays_of_samples, samples_from
from galens.pipeline.structure import ORDER, galaxy_structure
from galens.pipeline.verdict import WELL, Verdict, doubted, explained_share, shape_findings, shape_of, verdict_on

__all__ = ["FITS", "PLANES", "STRUCTURE", "First", "Found", "Settings", "Work", "preferred"]

PLANES = (0.5, 1.0)  # redshifts of the fits: Einstein radii in arcsec know no others
THRESHOLD, PENALTY = 0.4, 1e5  # of images of one source that come from different places
STARTS = 3
DECISIVE = 3.0  # difference of log evidences
FITS = ("no_lens", "isothermal", "power_law")
STRUCTURE_ROUNDS = 3
STRUCTURE = Finding(
    "notice",
    "The lens galaxy is not made of ellipses: light that is smooth in angle about it (harmonics up to order "
    f"{ORDER}), such as that of a dusty disk, was taken out of the image before the fits.",
)
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
class First:
    """An isothermal lens, and what it was fitted to."""

    arcs: Arcs
    candidates: list[Candidate]
    positions: np.ndarray
    result: Result
    explained: float


@dataclass(frozen=True)
class Found:
    """All fits of one image, and what they say."""

    arcs: Arcs
    candidates: list[Candidate]
    positions: np.ndarray
    fits: Mapping[str, Any]
    derived: Latent | None
    verdict: Verdict

    @property
    def doubts(self) -> int:
        """Of two: no multiple images, and no mass of a galaxy's shape."""
        isothermal = self.fits["isothermal"]
        return 0 if isothermal is None else (not len(self.positions)) + bool(shape_findings(*shape_of(isothermal)))


@dataclass(frozen=True)
class Work:
    """The fits of one lens; `suffix` tells their stages from those of the same lens in another image."""

    exposure: Exposure
    light: LensLight
    radius: float
    settings: Settings
    stages: Stages
    say: Callable[[str], None]
    suffix: str = ""

    def model(self, arcs: Arcs, candidates: list[Candidate]) -> Found:
        """All fits, where there is something to fit."""
        if not candidates:
            return self._judged(arcs, candidates, np.empty((0, 2)), dict.fromkeys(FITS), None)
        first = self.isothermal(arcs, candidates)
        if first.explained < WELL:
            self.say("poorly explained: is the outermost light a neighbour?")
            other = self.without_neighbours()
            if other is not None and 1 - other.explained < MUCH_BETTER * (1 - first.explained):
                first = other
        return self.followed(first)

    def followed(self, first: First) -> Found:
        """The other fits, and the verdict."""
        fits = self.others(first.arcs, first.result)
        self.say("what follows from it")
        derived = derived_from(preferred(first.result, fits["power_law"]), self.stages, f"derived{self.suffix}")
        return self._judged(first.arcs, first.candidates, first.positions, fits, derived)

    def _judged(
        self,
        arcs: Arcs,
        candidates: list[Candidate],
        positions: np.ndarray,
        fits: Mapping[str, Any],
        derived: Latent | None,
    ) -> Found:
        estimate = estimates_of(derived).get("einstein_radius")
        ring = None if estimate is None else estimate.median
        verdict = verdict_on(self.exposure, self.light, arcs, candidates, positions, fits, self.radius, ring)
        return Found(arcs, candidates, positions, fits, derived, verdict)

    def isothermal(
        self, arcs: Arcs, candidates: list[Candidate], variant: str = "", positions: np.ndarray | None = None
    ) -> First:
        """The isothermal lens that began at the candidates, and images of one source: given, or peaks of the arcs that
        the best candidate traces to one place.
        """
        self.say(f"isothermal lens, from an Einstein radius of {candidates[0].einstein_radius:.2f} arcsec")
        positions = multiple_images(self.exposure, arcs, candidates[0].vector) if positions is None else positions
        model = lens_model(self.exposure, self.radius, PLANES, "isothermal")
        starts = [
            start_vector(model, {**self.light.parameters, **dict(zip(LENS_NAMES, each.vector, strict=True))})
            for each in _of_different_radii(candidates)
        ]
        name = f"isothermal{variant}"
        result = self._fitted(name, model, self._analysis(arcs, positions), starts, self.settings.n_samples)
        explained = explained_share(self.exposure, self.light, arcs, result.max_log_likelihood_fit, self.radius)
        return First(arcs, candidates, positions, result, explained)

    def without_neighbours(self) -> First | None:
        """The isothermal lens where the outermost light is taken for neighbours; None where that leaves no images."""
        made_from = (*self.exposure.content, self.radius, self.settings.seed)
        make = partial(guess_without_neighbours, self.exposure, self.light)
        arcs, candidates = guess_from_arrays(
            self.stages.of("without_neighbours", made_from, lambda: arrays_of_guess(*make()))
        )
        if not candidates or not len(multiple_images(self.exposure, arcs, candidates[0].vector)):
            return None
        return self.isothermal(arcs, candidates, "_without_neighbours")

    def without_structure(self) -> Found | None:
        """All fits once more to the image without what is smooth in angle about the galaxy, from the highest peaks on
        both sides of it; None where there are none.

        What the lens that was found makes of the source tells the next round which pixels are arcs.
        """
        arc_pixels = np.zeros_like(self.light.ignored)
        guessed: list[Candidate] = []
        starts: list[Candidate] = []
        for number in range(1, STRUCTURE_ROUNDS + 1):
            work = self._without_structure(arc_pixels, number)
            arcs = find_arcs(work.exposure, work.light)
            pair = opposite_images(work.exposure, arcs)
            if not len(pair):
                return None
            guessed = guessed or guess_from_pair(
                work.exposure, arcs, pair, self.light.ell_comps, min(arcs.mask_radius, self.radius)
            )
            first = work.isothermal(arcs, starts or guessed, positions=pair)
            starts = [dataclasses.replace(guessed[0], vector=lens_vector(first.result))]
            lensed = first.result.max_log_likelihood_fit.model_images_of_galaxies_list[-1]
            arc_pixels = np.asarray(lensed.native) > self.exposure.noise_map
        # What was assumed to be images must be images of the lens that was found.
        positions = pair if len(multiple_images(work.exposure, arcs, starts[0].vector)) else np.empty((0, 2))
        found = work.followed(dataclasses.replace(first, candidates=guessed, positions=positions))
        return dataclasses.replace(found, verdict=doubted(found.verdict, STRUCTURE))

    def _without_structure(self, arc_pixels: np.ndarray, number: int) -> Work:
        """The same work on the image without the galaxy's structure; its posterior is wanted in the last round only."""
        made_from = (*self.exposure.content, self.radius, arc_pixels)
        make = partial(galaxy_structure, self.exposure, self.light, arc_pixels)
        name = f"structure_{number}"
        structure = self.stages.of(name, made_from, lambda: {"structure": make()})["structure"]
        exposure = dataclasses.replace(self.exposure, data=self.exposure.data - structure)
        significance = significance_of(exposure, exposure.data - self.light.model_data, self.radius)
        light = dataclasses.replace(self.light, significance=significance)
        n_samples = self.settings.n_samples if number == STRUCTURE_ROUNDS else 1
        settings = dataclasses.replace(self.settings, n_samples=n_samples)
        suffix = f"_without_{name}"
        return dataclasses.replace(self, exposure=exposure, light=light, settings=settings, suffix=suffix)

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
        known = start_vector(alone, dict(self.light.parameters))
        no_lens = self._fitted("no_lens", alone, analysis, [known, *flattened(alone, known)], 1)
        return {"no_lens": no_lens, "isothermal": isothermal, "power_law": power_law}

    def _analysis(self, arcs: Arcs, positions: np.ndarray) -> al.AnalysisImaging:
        dataset = self.exposure.dataset(self.radius, arcs.neighbours)
        return al.AnalysisImaging(dataset, positions_likelihood_list=[_fence(positions)])

    def _fitted(self, name: str, model: Any, analysis: Any, starts: list[np.ndarray], n_samples: int) -> Result:
        # One that only counts for its evidence shares the compiled code of the lens light.
        tolerance = self.settings.tolerance if n_samples > 1 else TOLERANCE
        name += self.suffix
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


def preferred(isothermal: Result, power_law: Result | None) -> Result:
    """The power law only where its evidence is clearly larger, and its mass has the shape of a galaxy's."""
    if power_law is None or shape_findings(*shape_of(power_law)):
        return isothermal
    gain = (power_law.log_evidence or -np.inf) - (isothermal.log_evidence or -np.inf)
    return power_law if gain > DECISIVE else isothermal
