"""`AnalysisImaging`: the likelihood of a model of a lens given an imaging dataset."""

from __future__ import annotations

import dataclasses
import json
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.array.fits import write_images
from galens.array.inversion.settings import Settings
from galens.errors import FitError, FitWarning
from galens.fit import result
from galens.fit.output.atomic import write_text
from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxies import names_and_values
from galens.galaxy.imaging.abstract_analysis import (
    AbstractAnalysisImaging,
    galaxies_by_path,
    require_dataset,
)
from galens.galaxy.imaging.latent import light_variables, sky_variables
from galens.lens.imaging.fit import FitImaging
from galens.lens.imaging.latent import lens_variables
from galens.lens.imaging.result import ResultImaging
from galens.lens.imaging.starts import draws_by_the_arcs
from galens.lens.imaging.view import LensCurves, source_plane_square
from galens.lens.instance import tracer_via_instance_from
from galens.lens.positions import PositionsLH
from galens.lens.tracer import Tracer
from galens.numerics.variable_projection import Jacobian

__all__ = ["AnalysisImaging"]

DOCUMENT = "lens.json"


class AnalysisImaging(AbstractAnalysisImaging):
    """Fits a lens to an imaging dataset.

    A model instance has `galaxies` and may have `extra_galaxies`, `scaling_galaxies` (of galaxies by name or in a
    list), `fields` of mass without light, a `cosmology` and a `dataset_model`.

    Args:
        dataset: the masked dataset.
        positions_likelihood_list: penalties where images of one source come from different places; one or several.
        cosmology: for distances between planes; `Planck15` by default. That of a model instance comes first.
        settings: how intensities of linear light profiles are solved.
        zero_point: magnitude of a flux of 1 in the unit of the data, for magnitudes among the latent variables; it
            decides nothing about the fit.
        use_jax: has no effect; scripts written for other libraries pass it.

    Raises:
        DatasetError: `dataset` is not an `Imaging`, or the zero point is not finite.
        FitError: something else than a `PositionsLH` among the penalties, or a position outside of the image.

    Warns:
        FitWarning: a position is masked: the mask is smaller than the images are apart.
    """

    dataset: aa.Imaging
    positions_likelihood_list: tuple[PositionsLH, ...]
    cosmology: cosmo.FlatwCDM
    settings: Settings = eqx.field(static=True)
    zero_point: float | None = eqx.field(metadata={"decides": False})

    Result: ClassVar[type[result.Result]] = ResultImaging

    def __init__(
        self,
        dataset: aa.Imaging,
        positions_likelihood_list: PositionsLH | Iterable[PositionsLH] | None = None,
        cosmology: cosmo.FlatwCDM | None = None,
        settings: Settings | None = None,
        zero_point: float | None = None,
        use_jax: bool = True,
    ) -> None:
        require_dataset(dataset, zero_point)
        self.dataset = dataset
        self.positions_likelihood_list = _penalties(positions_likelihood_list)
        for penalty in self.positions_likelihood_list:
            _look_for(np.asarray(penalty.positions), dataset.mask)
        self.cosmology = cosmo.Planck15() if cosmology is None else cosmology
        self.settings = Settings() if settings is None else settings
        self.zero_point = zero_point

    def tracer_from(self, instance: Any) -> Tracer:
        """The tracer of a model instance.

        Raises:
            ModelError: the instance has no galaxies.
        """
        return tracer_via_instance_from(instance, self.cosmology)

    def fit_with(self, instance: Any, jacobian: Jacobian) -> FitImaging:
        dataset_model = getattr(instance, "dataset_model", None)
        return FitImaging(self.dataset, self.tracer_from(instance), dataset_model, self.settings, jacobian)

    def log_likelihood_function(self, instance: Any) -> Any:
        """The figure of merit of the fit, less the penalties."""
        value = super().log_likelihood_function(instance)
        if not self.positions_likelihood_list:
            return value
        tracer = self.tracer_from(instance)
        return value - sum(each.log_likelihood_penalty_from(tracer) for each in self.positions_likelihood_list)

    def residuals(self, instance: Any) -> Any:
        """Those of the image as of `galens.galaxy.AnalysisImaging`, then those of the penalties.

        Raises:
            FitError: a basis is regularized: its evidence is no sum of squares.
        """
        values = super().residuals(instance)
        if not self.positions_likelihood_list:
            return values
        tracer = self.tracer_from(instance)
        return jnp.concatenate([values, *(each.residuals_from(tracer) for each in self.positions_likelihood_list)])

    def informed_draws(self, program: Any, vectors: np.ndarray) -> np.ndarray:
        """Draws with lens and source where the image has them: see `galens.lens.imaging.starts`."""
        return draws_by_the_arcs(self.dataset, self.cosmology, program, vectors)

    def latent_variables(self, instance: Any) -> dict[str, Any]:
        """Of the light, as in fits of galaxies, and of the lens: see `galens.lens.imaging.latent`."""
        fit, paths = self.fit_from(instance), list(galaxies_by_path(instance))
        return light_variables(fit, paths, self.zero_point) | lens_variables(fit, paths, self.zero_point)

    def latent_variables_of_draws(self, instance: Any) -> dict[str, Any]:
        """Where on the sky light is that no lens moves: of the galaxies on the first plane, in all draws."""
        galaxies = galaxies_by_path(instance)
        fields = getattr(instance, "fields", None)
        members = [*galaxies.values(), *names_and_values(() if fields is None else fields)[1]]
        nearest = np.minimum.reduce(np.broadcast_arrays(*[each.redshift for each in members]))
        seen = {path: galaxy for path, galaxy in galaxies.items() if np.all(galaxy.redshift == nearest)}
        return sky_variables(self.dataset, getattr(instance, "dataset_model", None), seen)

    @classmethod
    def from_folder(cls, folder: Path, settings: Mapping[str, Any]) -> AnalysisImaging:
        said = json.loads((Path(folder) / DOCUMENT).read_text())
        known = {name: getattr(cosmo, name) for name in cosmo.__all__}
        return cls(
            aa.Imaging.from_file(Path(folder) / "dataset.fits"),
            [PositionsLH(**each) for each in said["positions"]],
            known[said["cosmology"]["class"]](
                **{name: tuple(v) if isinstance(v, list) else v for name, v in said["cosmology"]["parameters"].items()}
            ),
            Settings(**settings["settings"]),
            settings["zero_point"],
        )

    def save_results(self, folder: Path, result: Any) -> None:
        """Writes the best fit as fits of galaxies do, and what is behind the lens.

        lens_images.fits: MASK, LENS_SUBTRACTED (data without the light of all but the last plane), LENSED_SOURCE.
        source_plane.fits: MASK, SOURCE_PLANE. critical_curves.json: critical curves and caustics, (y, x) in arcsec.
        """
        super().save_results(folder, result)
        fit = result.max_log_likelihood_fit
        if fit.tracer.total_planes < 2:
            return
        names = ("LENS_SUBTRACTED", "LENSED_SOURCE")
        images = (fit.subtracted_images_of_planes_list[-1], fit.model_images_of_planes_list[-1])
        self._write(Path(folder) / "lens_images.fits", dict(zip(names, images, strict=True)))
        tracer = fit.tracer_linear_light_profiles_to_light_profiles
        curves = LensCurves.of(tracer)
        write_text(Path(folder) / "critical_curves.json", json.dumps(curves.document))
        plane = tracer.planes[-1].image_2d_from(source_plane_square(tracer, curves))
        values = {"MASK": plane.mask.array, "SOURCE_PLANE": np.asarray(plane.native)}
        cards = {name: plane.mask.header_dict for name in values}
        write_images(Path(folder) / "source_plane.fits", values, cards, overwrite=True)

    def save_attributes(self, folder: Path) -> None:
        """Writes dataset.fits, as fits of galaxies do, and lens.json: cosmology and penalties on positions."""
        super().save_attributes(folder)
        said = {
            "cosmology": {"class": type(self.cosmology).__name__, "parameters": _numbers(self.cosmology)},
            "positions": [_numbers(each) for each in self.positions_likelihood_list],
        }
        (Path(folder) / DOCUMENT).write_text(json.dumps(said, indent=2) + "\n")


def _numbers(thing: Any) -> dict[str, Any]:
    """The fields of an object that holds numbers, as a document can have them."""
    values = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing)}
    return {name: None if value is None else np.asarray(value, float).tolist() for name, value in values.items()}


def _penalties(given: PositionsLH | Iterable[PositionsLH] | None) -> tuple[PositionsLH, ...]:
    penalties = (given,) if isinstance(given, PositionsLH) else tuple(given or ())
    for each in penalties:
        if not isinstance(each, PositionsLH):
            raise FitError(f"AnalysisImaging: positions_likelihood_list has {each!r}, but must hold PositionsLH.")
    return penalties


def _look_for(positions: np.ndarray, mask: aa.Mask2D) -> None:
    """Says of positions (n, 2) that cannot be images in a dataset with this mask."""
    pixels = mask.geometry.grid_pixel_centres_2d_from(positions)
    for (y, x), (row, column) in zip(positions.tolist(), pixels.tolist(), strict=True):
        rows, columns = mask.shape_native
        if not (0 <= row < rows and 0 <= column < columns):
            (low_y, low_x), (high_y, high_x) = mask.geometry.scaled_minima, mask.geometry.scaled_maxima
            raise FitError(
                f"AnalysisImaging: the position ({y:g}, {x:g}) is outside of the image, which reaches from "
                f"y = {low_y:g} to {high_y:g} and from x = {low_x:g} to {high_x:g} arcsec."
            )
        if mask.array[row, column]:
            warnings.warn(
                f"AnalysisImaging: the position ({y:g}, {x:g}) is masked. A mask that is smaller than the images are "
                "apart hides what the lens does: make it larger, or see that positions are (y, x) in arcsec.",
                FitWarning,
                stacklevel=4,
            )
            return
