"""`FitImaging`: how well galaxies explain an imaging dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from galens import array as aa
from galens.array.container import unchecked
from galens.galaxy.galaxies import ByGalaxy, Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.profiles.light.base import LightProfile

__all__ = ["FitImaging"]

Light = tuple[tuple[LightProfile, ...], tuple[LightProfile, ...]]


class FitImaging(eqx.Module):
    r"""An imaging dataset, galaxies, and how well the one is explained by the other.

    The model is the galaxies' light averaged over pixels and convolved with the PSF; light that is "operated" is added
    after the convolution. With data d, noise sigma and model m

    .. math:: \ln L = -\frac{1}{2} \sum \left[\frac{(d - m)^2}{\sigma^2} + \ln 2 \pi \sigma^2\right]

    The model is computed when a fit is made; the maps follow from it when they are asked for.

    Args:
        dataset: the masked dataset.
        galaxies: `Galaxies`, or what they are made from.
        dataset_model: sky background, offset and rotation of the dataset; None for none.
    """

    dataset: aa.Imaging
    galaxies: Galaxies
    dataset_model: aa.DatasetModel | None
    model_data: aa.Array2D

    def __init__(
        self,
        dataset: aa.Imaging,
        galaxies: Galaxies | Iterable[Galaxy] | Mapping[str, Galaxy],
        dataset_model: aa.DatasetModel | None = None,
    ) -> None:
        self.dataset = dataset
        self.galaxies = Galaxies(galaxies)
        self.dataset_model = dataset_model
        light = _light_of(self.galaxies.light_profiles)
        self.model_data = self._image(_observed(dataset.operator, light, dataset_model))

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
        """The light profiles' image convolved with the PSF."""
        return self.model_data

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
        return -0.5 * (self.chi_squared + self.noise_normalization)

    @property
    def figure_of_merit(self) -> Any:
        """What a search maximises: the log likelihood."""
        return self.log_likelihood

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
        """Each light profile's part of `model_data`, by "galaxy.component"."""
        profiles = {
            f"{name}.{component}": profile
            for name, galaxy in zip(self.galaxies.names, self.galaxies, strict=True)
            for component, profile in galaxy.light_profiles.items()
        }
        light = tuple(_light_of([profile]) for profile in profiles.values())
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
        return _unmasked(self.dataset, self.galaxies)

    @property
    def unmasked_blurred_image_of_galaxies_list(self) -> list[aa.Array2D]:
        """Each galaxy's part of `unmasked_blurred_image`."""
        return [_unmasked(self.dataset, galaxy) for galaxy in self.galaxies]

    @property
    def _light(self) -> tuple[Light, ...]:
        return tuple(_light_of(galaxy.light_profiles.values()) for galaxy in self.galaxies)

    def _image(self, values: Any) -> aa.Array2D:
        return unchecked(aa.Array2D, values=values, mask=self.mask, header=self.dataset.data.header)


def _light_of(profiles: Iterable[LightProfile]) -> Light:
    """(profiles that the PSF blurs, profiles that are as observed)."""
    profiles = tuple(profiles)
    return (
        tuple(each for each in profiles if not each.is_operated),
        tuple(each for each in profiles if each.is_operated),
    )


def _model_image(operator: aa.ImagingOperator, light: Light, model: aa.DatasetModel | None, blurred: bool) -> Any:
    """The image (N,) of light, with or without the PSF."""

    def total(profiles: tuple[LightProfile, ...]) -> Any:
        lights = [_light_on(operator, profile, model) for profile in profiles]
        return sum(lights[1:], start=lights[0])

    to_blur, as_observed = light
    image = jnp.zeros(operator.mask.pixels_in_mask)
    if to_blur:
        image = operator.blurred(total(to_blur)) if blurred else operator.binned(total(to_blur))
    return image + operator.binned(total(as_observed)) if as_observed else image


def _light_on(operator: aa.ImagingOperator, profile: LightProfile, model: aa.DatasetModel | None) -> Any:
    if model is None:
        return operator.light(profile.image_at, profile.centre)
    return operator.light(lambda y, x: profile.image_at(*model.moved(y, x)), model.moved_back(*profile.centre))


# Compiled, because a fit that is made outside of a traced function must be as fast, and equal to the last bit or two.


@jax.jit
def _observed(operator: aa.ImagingOperator, light: Light, model: aa.DatasetModel | None) -> Any:
    return _model_image(operator, light, model, blurred=True)


@partial(jax.jit, static_argnames="blurred")
def _galaxy_images(
    operator: aa.ImagingOperator, lights: tuple[Light, ...], model: aa.DatasetModel | None, blurred: bool
) -> list[Any]:
    return [_model_image(operator, light, model, blurred) for light in lights]


def _unmasked(dataset: aa.Imaging, source: Galaxies | Galaxy) -> aa.Array2D:
    if dataset.psf is None:
        return source.image_2d_from(dataset.grids.lp.padded_grid_from((1, 1)))
    return source.unmasked_blurred_image_2d_from(dataset.grids.lp, dataset.psf)
