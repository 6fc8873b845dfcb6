"""`FitImaging`: how well galaxies explain an imaging dataset."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from galens import array as aa
from galens.array.container import unchecked
from galens.array.inversion.settings import Settings
from galens.errors import FitWarning
from galens.galaxy.galaxies import ByGalaxy, Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.light import Light, image_of, light_of
from galens.galaxy.imaging.linear import LinearLight, solved_light, warn_of
from galens.galaxy.imaging.solved import ByProfile, linear_profiles, regularized_bases, solved_galaxies
from galens.numerics.variable_projection import Jacobian

__all__ = ["FitImaging"]


class FitImaging(eqx.Module):
    r"""An imaging dataset, galaxies, and how well the one is explained by the other.

    The model is the galaxies' light averaged over pixels and convolved with the PSF; light that is "operated" is added
    after the convolution. With data d, noise sigma and model m

    .. math:: \ln L = -\frac{1}{2} \sum \left[\frac{(d - m)^2}{\sigma^2} + \ln 2 \pi \sigma^2\right]

    The model is computed when a fit is made; the maps follow from it when they are asked for.

    Intensities of linear light profiles are solved: those that make chi-squared smallest, together. `linear_light` says
    what they are, `galaxies_linear_light_profiles_to_light_profiles` gives galaxies that have them; images of galaxies
    and figures are of these. With a regularized basis the figure of merit is the log evidence of its amplitudes

    .. math:: \ln Z = \ln L - \tfrac12 \left[s^T H s + \ln |F + H| - \ln |H|\right]

    Args:
        dataset: the masked dataset.
        galaxies: `Galaxies`, or what they are made from.
        dataset_model: sky background, offset and rotation of the dataset; None for none.
        settings: how linear intensities are solved; positive only unless it says otherwise.
        jacobian: "golub-pereyra" for exact derivatives of solved intensities; "kaufman" is several times cheaper, with
            the exact gradient of the figure of merit, and all that searches need (`variable_projection`).

    Warns:
        FitWarning: linear profiles are identical, all intensities are zero, the system is not finite, or light is
            "operated" where there is no PSF.
    """

    dataset: aa.Imaging
    galaxies: Galaxies
    dataset_model: aa.DatasetModel | None
    settings: Settings = eqx.field(static=True)
    model_data: aa.Array2D
    linear_light: LinearLight | None

    def __init__(
        self,
        dataset: aa.Imaging,
        galaxies: Galaxies | Iterable[Galaxy] | Mapping[str, Galaxy],
        dataset_model: aa.DatasetModel | None = None,
        settings: Settings | None = None,
        jacobian: Jacobian = "golub-pereyra",
    ) -> None:
        self.dataset = dataset
        self.galaxies = Galaxies(galaxies)
        self.dataset_model = dataset_model
        self.settings = Settings() if settings is None else settings
        profiles = self.galaxies.light_profiles
        light = light_of(profiles)
        if dataset.psf is None and any(group.is_operated for group in (*light.ordinary, *light.linear)):
            warnings.warn(
                "FitImaging: a light profile is operated, as if convolved with a PSF, but the dataset has no PSF.",
                FitWarning,
                stacklevel=2,
            )
        if light.total:
            bases = regularized_bases(self.galaxies)
            image, self.linear_light = solved_light(dataset, light, dataset_model, bases, self.settings, jacobian)
            warn_of(self.linear_light, linear_profiles(self.galaxies), self.settings)
        else:
            image, self.linear_light = _observed(dataset.operator, light, dataset_model), None
        self.model_data = self._image(image)

    def _repr_html_(self) -> str:
        from galens.galaxy.notebook import fit_html

        return fit_html(self)

    @property
    def mask(self) -> aa.Mask2D:
        return self.dataset.mask

    @property
    def data(self) -> aa.Array2D:
        """The data that are fitted: without the model's sky background."""
        if self.dataset_model is None:
            return self.dataset.data
        return self._image(self.dataset.data.values - self.dataset_model.background_sky_level)

    @property
    def noise_map(self) -> aa.Array2D:
        return self.dataset.noise_map

    @property
    def signal_to_noise_map(self) -> aa.Array2D:
        """data / noise_map, zero where the data are negative."""
        return self._image(jnp.maximum(self.data.values * self.dataset.inverse_noise, 0.0))

    @property
    def blurred_image(self) -> aa.Array2D:
        """The image of the light profiles that have an intensity, convolved with the PSF."""
        if self.linear_light is None:
            return self.model_data
        return self._image(_observed(self.dataset.operator, light_of(self.galaxies.light_profiles), self.dataset_model))

    @property
    def profile_subtracted_image(self) -> aa.Array2D:
        """data - blurred_image."""
        return self.data - self.blurred_image

    @property
    def residual_map(self) -> aa.Array2D:
        """data - model_data."""
        return self.data - self.model_data

    @property
    def normalized_residual_map(self) -> aa.Array2D:
        """(data - model_data) / noise_map."""
        return self._image(self.residual_map.values * self.dataset.inverse_noise)

    @property
    def chi_squared_map(self) -> aa.Array2D:
        """The square of `normalized_residual_map`."""
        return self.normalized_residual_map**2

    @property
    def residual_flux_fraction_map(self) -> aa.Array2D:
        """(data - model_data) / data, zero where the data are zero."""
        data = self.data.values
        somewhat = data != 0.0
        return self._image(jnp.where(somewhat, self.residual_map.values / jnp.where(somewhat, data, 1.0), 0.0))

    @property
    def chi_squared(self) -> Any:
        """Sum of `chi_squared_map`."""
        return jnp.sum(self.chi_squared_map.values)

    @property
    def reduced_chi_squared(self) -> Any:
        """`chi_squared` over the number of unmasked pixels."""
        return self.chi_squared / self.dataset.shape_slim

    @property
    def noise_normalization(self) -> Any:
        """Sum of ln(2 pi noise_map^2)."""
        return self.dataset.noise_normalization

    @property
    def log_likelihood(self) -> Any:
        """The natural logarithm of the likelihood; -inf where the model is not finite."""
        value = -0.5 * (self.chi_squared + self.noise_normalization)
        return jnp.where(jnp.isnan(value), -jnp.inf, value)

    @property
    def log_likelihood_with_regularization(self) -> Any:
        """The log likelihood less half the penalty s^T H s of solved intensities."""
        penalty = 0.0 if self.linear_light is None else self.linear_light.regularization_term
        return self.log_likelihood - 0.5 * penalty

    @property
    def log_evidence(self) -> Any:
        """The logarithm of the evidence of regularized intensities: averaged over what they may be.

        Without a regularized basis it is `log_likelihood_with_regularization`.
        """
        value = self.log_likelihood_with_regularization
        if self.linear_light is None:
            return value
        return value - 0.5 * (self.linear_light.log_det_curvature_reg - self.linear_light.log_det_regularization)

    @property
    def figure_of_merit(self) -> Any:
        """What a search maximises: the log evidence, which is the log likelihood where nothing is regularized."""
        return self.log_evidence

    @property
    def linear_light_profile_intensity_dict(self) -> ByProfile:
        """Solved intensities by profile, or by name: "galaxy.bulge", "galaxy.bulge.profile_list.3"."""
        solved = [] if self.linear_light is None else list(self.linear_light.reconstruction)
        return ByProfile(linear_profiles(self.galaxies), solved)

    @property
    def galaxies_linear_light_profiles_to_light_profiles(self) -> Galaxies:
        """The galaxies with every linear profile replaced by the ordinary one that has the solved intensity."""
        return self.galaxies if self.linear_light is None else solved_galaxies(self.galaxies, self.linear_light)

    @property
    def model_obj_linear_light_profiles_to_light_profiles(self) -> Galaxies:
        """`galaxies_linear_light_profiles_to_light_profiles`, by the name that fits of galaxies and lenses share."""
        return self.galaxies_linear_light_profiles_to_light_profiles

    @property
    def galaxy_image_dict(self) -> ByGalaxy:
        """Each galaxy's image before the PSF, operated light included."""
        images = _galaxy_images(self.dataset.operator, self._light, self.dataset_model, blurred=False)
        return ByGalaxy(self.galaxies, [self._image(image) for image in images])

    @property
    def galaxy_model_image_dict(self) -> ByGalaxy:
        """Each galaxy's part of `model_data`."""
        images = _galaxy_images(self.dataset.operator, self._light, self.dataset_model, blurred=True)
        return ByGalaxy(self.galaxies, [self._image(image) for image in images])

    @property
    def component_model_image_dict(self) -> dict[str, aa.Array2D]:
        """Each light profile's part of `model_data`, a basis as one, by "galaxy.component"."""
        galaxies = self.galaxies_linear_light_profiles_to_light_profiles
        profiles = {
            f"{name}.{component}": profile
            for name, galaxy in zip(galaxies.names, galaxies, strict=True)
            for component, profile in galaxy.light_profiles.items()
        }
        light = tuple(light_of([profile]) for profile in profiles.values())
        images = _galaxy_images(self.dataset.operator, light, self.dataset_model, blurred=True)
        return {name: self._image(image) for name, image in zip(profiles, images, strict=True)}

    @property
    def subtracted_images_of_galaxies_dict(self) -> ByGalaxy:
        """For each galaxy the data without the model images of all others."""
        return ByGalaxy(self.galaxies, [self.residual_map + image for image in self.galaxy_model_image_dict.values()])

    @property
    def model_images_of_galaxies_list(self) -> list[aa.Array2D]:
        """`galaxy_model_image_dict` in the order of the galaxies."""
        return list(self.galaxy_model_image_dict.values())

    @property
    def subtracted_images_of_galaxies_list(self) -> list[aa.Array2D]:
        """`subtracted_images_of_galaxies_dict` in the order of the galaxies."""
        return list(self.subtracted_images_of_galaxies_dict.values())

    @property
    def unmasked_blurred_image(self) -> aa.Array2D:
        """The galaxies' image convolved with the PSF on all pixels of the array, masked or not."""
        return _unmasked(self.dataset, self.galaxies_linear_light_profiles_to_light_profiles)

    @property
    def unmasked_blurred_image_of_galaxies_list(self) -> list[aa.Array2D]:
        """Each galaxy's part of `unmasked_blurred_image`."""
        solved = self.galaxies_linear_light_profiles_to_light_profiles
        return [_unmasked(self.dataset, galaxy) for galaxy in solved]

    @property
    def _light(self) -> tuple[Light, ...]:
        solved = self.galaxies_linear_light_profiles_to_light_profiles
        return tuple(light_of(galaxy.light_profiles.values()) for galaxy in solved)

    def _image(self, values: Any) -> aa.Array2D:
        return unchecked(aa.Array2D, values=values, mask=self.mask, header=self.dataset.data.header)


# Compiled, because a fit that is made outside of a traced function must be as fast, and equal to the last bit or two.


@jax.jit
def _observed(operator: aa.ImagingOperator, light: Light, model: aa.DatasetModel | None) -> Any:
    return image_of(operator, light, model)


@partial(jax.jit, static_argnames="blurred")
def _galaxy_images(
    operator: aa.ImagingOperator, lights: tuple[Light, ...], model: aa.DatasetModel | None, blurred: bool
) -> list[Any]:
    return [image_of(operator, light, model, blurred) for light in lights]


def _unmasked(dataset: aa.Imaging, source: Galaxies | Galaxy) -> aa.Array2D:
    if dataset.psf is None:
        return source.image_2d_from(dataset.grids.lp.padded_grid_from((1, 1)))
    return source.unmasked_blurred_image_2d_from(dataset.grids.lp, dataset.psf)
