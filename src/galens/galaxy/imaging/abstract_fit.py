"""What fits of images have in common, of galaxies and of lenses: the maps that follow from a model image."""

from __future__ import annotations

import abc
import warnings
from collections.abc import Sequence
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
from galens.galaxy.imaging.light import Light, image_of, light_of
from galens.galaxy.imaging.linear import LinearLight, solved_light, warn_of
from galens.galaxy.imaging.sight import Rays, sight_of
from galens.galaxy.imaging.solved import ByProfile, linear_profiles, regularized_bases, solved_galaxies
from galens.galaxy.luminous import Luminous
from galens.numerics.variable_projection import Jacobian

__all__ = ["AbstractFitImaging", "model_image"]


class AbstractFitImaging(eqx.Module):
    """An imaging dataset and a model image of it.

    `model_data` is computed when a fit is made; the maps follow from it when they are asked for.
    """

    dataset: eqx.AbstractVar[aa.Imaging]
    dataset_model: eqx.AbstractVar[aa.DatasetModel | None]
    settings: eqx.AbstractVar[Settings]
    model_data: eqx.AbstractVar[aa.Array2D]
    linear_light: eqx.AbstractVar[LinearLight | None]
    galaxies: eqx.AbstractVar[Galaxies]
    """Of the fit, as they are given: linear light has no intensity."""

    @property
    @abc.abstractmethod
    def planes(self) -> tuple[int, ...]:
        """The plane that each galaxy is on; 0 is what is seen where it is."""

    @property
    @abc.abstractmethod
    def rays(self) -> Rays | None:
        """How light comes from the planes; None where all galaxies are seen where they are."""

    @property
    @abc.abstractmethod
    def model_obj_linear_light_profiles_to_light_profiles(self) -> Luminous:
        """What is fitted, with every linear profile replaced by the ordinary one that has the solved intensity."""

    @abc.abstractmethod
    def luminous_galaxies(self) -> Sequence[Luminous]:
        """Each galaxy with its solved intensities, as it is seen."""

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
        light = _light_of(self.galaxies, self.planes)
        return self._image(_observed(self.dataset.operator, self.dataset_model, self.rays, light))

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
        """`chi_squared` over the number of unmasked pixels that count: a huge noise switches a pixel off."""
        return self.chi_squared / self.dataset.pixels_that_count

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
    def galaxy_image_dict(self) -> ByGalaxy:
        """Each galaxy's image before the PSF, operated light included."""
        return ByGalaxy(self.galaxies, self._images(self._light, blurred=False))

    @property
    def galaxy_model_image_dict(self) -> ByGalaxy:
        """Each galaxy's part of `model_data`."""
        return ByGalaxy(self.galaxies, self._images(self._light, blurred=True))

    @property
    def component_model_image_dict(self) -> dict[str, aa.Array2D]:
        """Each light profile's part of `model_data`, a basis as one, by "galaxy.component"."""
        galaxies = self.galaxies_linear_light_profiles_to_light_profiles
        light = {
            f"{name}.{component}": light_of([profile], [plane])
            for name, galaxy, plane in zip(galaxies.names, galaxies, self.planes, strict=True)
            for component, profile in galaxy.light_profiles.items()
        }
        return dict(zip(light, self._images(tuple(light.values()), blurred=True), strict=True))

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
        """The model image convolved with the PSF on all pixels of the array, masked or not."""
        return _unmasked(self.dataset, self.model_obj_linear_light_profiles_to_light_profiles)

    @property
    def unmasked_blurred_image_of_galaxies_list(self) -> list[aa.Array2D]:
        """Each galaxy's part of `unmasked_blurred_image`."""
        return [_unmasked(self.dataset, each) for each in self.luminous_galaxies()]

    @property
    def _light(self) -> tuple[Light, ...]:
        solved = self.galaxies_linear_light_profiles_to_light_profiles
        return tuple(
            light_of(profiles := list(galaxy.light_profiles.values()), [plane] * len(profiles))
            for galaxy, plane in zip(solved, self.planes, strict=True)
        )

    def _images(self, lights: tuple[Light, ...], blurred: bool) -> list[aa.Array2D]:
        images = _images(self.dataset.operator, self.dataset_model, self.rays, lights, blurred)
        return [self._image(image) for image in images]

    def _image(self, values: Any) -> aa.Array2D:
        return unchecked(aa.Array2D, values=values, mask=self.mask, header=self.dataset.data.header)


def model_image(
    dataset: aa.Imaging,
    galaxies: Galaxies,
    planes: tuple[int, ...],
    rays: Rays | None,
    dataset_model: aa.DatasetModel | None,
    settings: Settings,
    jacobian: Jacobian,
) -> tuple[aa.Array2D, LinearLight | None]:
    """The model image of galaxies, and the intensities of their linear profiles where there are any.

    Args:
        dataset, dataset_model, settings, jacobian: see `FitImaging`.
        galaxies, planes, rays: see `AbstractFitImaging`.

    Warns:
        FitWarning: see `FitImaging`.
    """
    light = _light_of(galaxies, planes)
    if dataset.psf is None and any(group.is_operated for group in (*light.ordinary, *light.linear)):
        warnings.warn(
            "FitImaging: a light profile is operated, as if convolved with a PSF, but the dataset has no PSF.",
            FitWarning,
            stacklevel=3,
        )
    linear_light = None
    if light.total:
        bases = regularized_bases(galaxies)
        image, linear_light = solved_light(dataset, light, dataset_model, rays, bases, settings, jacobian)
        warn_of(linear_light, linear_profiles(galaxies), settings)
    else:
        image = _observed(dataset.operator, dataset_model, rays, light)
    return unchecked(aa.Array2D, values=image, mask=dataset.mask, header=dataset.data.header), linear_light


def _light_of(galaxies: Galaxies, planes: tuple[int, ...]) -> Light:
    of_profiles = [plane for galaxy, plane in zip(galaxies, planes, strict=True) for _ in galaxy.light_profiles]
    return light_of(galaxies.light_profiles, of_profiles)


# Compiled, because a fit that is made outside of a traced function must be as fast, and equal to the last bit or two.


@jax.jit
def _observed(operator: aa.ImagingOperator, model: aa.DatasetModel | None, rays: Rays | None, light: Light) -> Any:
    return image_of(sight_of(operator, model, rays), light)


@partial(jax.jit, static_argnames="blurred")
def _images(
    operator: aa.ImagingOperator,
    model: aa.DatasetModel | None,
    rays: Rays | None,
    lights: tuple[Light, ...],
    blurred: bool,
) -> list[Any]:
    sight = sight_of(operator, model, rays)
    return [image_of(sight, light, blurred) for light in lights]


def _unmasked(dataset: aa.Imaging, source: Luminous) -> aa.Array2D:
    if dataset.psf is None:
        return source.image_2d_from(dataset.grids.lp.padded_grid_from((1, 1)))
    return source.unmasked_blurred_image_2d_from(dataset.grids.lp, dataset.psf)
