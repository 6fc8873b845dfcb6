"""What likelihoods of images have in common, of galaxies and of lenses."""

from __future__ import annotations

import abc
import math
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens import array as aa
from galens.array.fits import write_images
from galens.array.inversion.settings import Settings
from galens.array.world_coordinates import world_cards
from galens.errors import DatasetError, FitError, ModelError
from galens.fit import result
from galens.fit.analysis import Analysis
from galens.galaxy.galaxies import Galaxies, names_and_values
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.abstract_fit import AbstractFitImaging
from galens.galaxy.imaging.latent import light_variables, sky_variables
from galens.galaxy.imaging.result import ResultImaging
from galens.galaxy.imaging.solved import regularized_bases
from galens.numerics.variable_projection import Jacobian

__all__ = ["AbstractAnalysisImaging", "galaxies_by_path", "galaxies_of", "require_dataset"]

# Attribute of an instance -> what one of them without a name is called.
GROUPS = {"galaxies": "galaxy", "extra_galaxies": "extra_galaxy", "scaling_galaxies": "scaling_galaxy"}


class AbstractAnalysisImaging(Analysis, eqx.Module):
    """The likelihood of what emits light, given an imaging dataset."""

    dataset: eqx.AbstractVar[aa.Imaging]
    settings: eqx.AbstractVar[Settings]
    zero_point: eqx.AbstractVar[float | None]

    figure_set: ClassVar[str | None] = "imaging"
    Result: ClassVar[type[result.Result]] = ResultImaging

    @abc.abstractmethod
    def fit_with(self, instance: Any, jacobian: Jacobian) -> AbstractFitImaging:
        """The fit of a model instance, with derivatives of solved intensities as `variable_projection` gives them.

        Raises:
            ModelError: the instance has no galaxies.
        """

    def fit_from(self, instance: Any) -> Any:
        """The fit of a model instance.

        Raises:
            ModelError: the instance has no galaxies.
        """
        return self.fit_with(instance, "golub-pereyra")

    def log_likelihood_function(self, instance: Any) -> Any:
        return self.fit_with(instance, "envelope").figure_of_merit

    def residuals(self, instance: Any) -> Any:
        """Residuals over noise (N,), then what regularization adds to their sum of squares.

        Intensities of linear light are solved. The derivatives are Kaufman's (1975): they lack a part that is
        orthogonal to the residuals, so that the gradient of chi-squared is exact, and are several times cheaper.

        Raises:
            FitError: a basis is regularized: its evidence is no sum of squares.
        """
        fit = self.fit_with(instance, "kaufman")
        values = fit.normalized_residual_map.values
        if fit.linear_light is None or fit.linear_light.regularization_matrix is None:
            return values
        if regularized_bases(fit.galaxies):
            raise FitError(
                "AnalysisImaging: the evidence of a regularized basis is no sum of squares, so that searches which "
                "need residuals, such as MultiStartLM, cannot fit it. Leave the regularization out, or use Nautilus."
            )
        pull = jnp.sqrt(jnp.diagonal(fit.linear_light.regularization_matrix))
        return jnp.concatenate([values, pull * fit.linear_light.reconstruction])

    @property
    def log_likelihood_constant(self) -> Any:
        return -0.5 * self.dataset.noise_normalization

    @property
    def data_unit(self) -> str:
        """The card BUNIT of the data's header."""
        return str(self.dataset.header.get("BUNIT") or "").strip()

    def latent_variables(self, instance: Any) -> dict[str, Any]:
        return light_variables(self.fit_from(instance), list(galaxies_by_path(instance)), self.zero_point)

    def latent_variables_of_draws(self, instance: Any) -> dict[str, Any]:
        return sky_variables(self.dataset, getattr(instance, "dataset_model", None), galaxies_by_path(instance))

    def save_attributes(self, folder: Path) -> None:
        """Writes dataset.fits: MASK, DATA, PSF, NOISE_MAP and over-sample sizes."""
        self.dataset.output_to_fits(file_path=Path(folder) / "dataset.fits", overwrite=True)

    def save_results(self, folder: Path, result: Any) -> None:
        """Writes the best fit, with the sky coordinates of the data.

        fit.fits: MASK, DATA (without sky background), MODEL_DATA, RESIDUAL_MAP, NORMALIZED_RESIDUAL_MAP,
        CHI_SQUARED_MAP. model_galaxy_images.fits and galaxy_images.fits: MASK and each galaxy's image by its name, with
        and without the PSF. component_images.fits: MASK and the light of each profile with the PSF, as GALAXY.PROFILE.
        With linear light profiles intensities.csv: name, solved intensity.
        """
        fit = result.max_log_likelihood_fit
        names = ("data", "model_data", "residual_map", "normalized_residual_map", "chi_squared_map")
        self._write(Path(folder) / "fit.fits", {name: getattr(fit, name) for name in names})
        self._write(Path(folder) / "model_galaxy_images.fits", dict(fit.galaxy_model_image_dict))
        self._write(Path(folder) / "galaxy_images.fits", dict(fit.galaxy_image_dict))
        self._write(Path(folder) / "component_images.fits", fit.component_model_image_dict)
        if fit.linear_light is not None:
            lines = [f"{name},{float(value):.10g}" for name, value in fit.linear_light_profile_intensity_dict.items()]
            (Path(folder) / "intensities.csv").write_text("\n".join(["profile,intensity", *lines]) + "\n")

    def _write(self, path: Path, images: dict[str, aa.Array2D]) -> None:
        mask = self.dataset.mask
        cards = {**world_cards(self.dataset.header), **mask.header_dict}
        values = {"MASK": mask.array} | {name.upper(): np.asarray(image.native) for name, image in images.items()}
        write_images(path, values, {name: cards for name in values}, overwrite=True)


def require_dataset(dataset: Any, zero_point: float | None) -> None:
    """Raises `DatasetError` where a dataset is not an `Imaging` or a zero point is not finite."""
    if not isinstance(dataset, aa.Imaging):
        raise DatasetError(f"AnalysisImaging: dataset must be an Imaging, got {type(dataset).__name__}.")
    if zero_point is not None and not math.isfinite(zero_point):
        raise DatasetError(f"AnalysisImaging: zero_point is {zero_point}, but must be a finite magnitude.")


def galaxies_of(instance: Any) -> Galaxies:
    """All galaxies of a model instance, by the names that the model gives them."""
    found: dict[str, Galaxy] = {}
    for path, galaxy in galaxies_by_path(instance).items():
        group, name = path.split(".", 1)
        found[name if name not in found else f"{group}_{name}"] = galaxy
    return Galaxies(found)


def galaxies_by_path(instance: Any) -> dict[str, Galaxy]:
    """All galaxies of a model instance by their dotted paths."""
    if not hasattr(instance, "galaxies"):
        raise ModelError(
            "AnalysisImaging fits the galaxies of a model: compose it as af.Collection(galaxies=af.Collection(...))."
        )
    found: dict[str, Galaxy] = {}
    for group, label in GROUPS.items():
        members = getattr(instance, group, None)
        if members is not None:
            names, galaxies = names_and_values(members, label)
            found |= {f"{group}.{name}": galaxy for name, galaxy in zip(names, galaxies, strict=True)}
    return found
