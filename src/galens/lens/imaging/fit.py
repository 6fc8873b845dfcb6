"""`FitImaging`: how well a lens explains an imaging dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import equinox as eqx

from galens import array as aa
from galens.array.inversion.settings import Settings
from galens.galaxy.galaxies import Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.abstract_fit import AbstractFitImaging, model_image
from galens.galaxy.imaging.linear import LinearLight
from galens.galaxy.luminous import Luminous
from galens.galaxy.profiles.light.base import LightProfile
from galens.lens.tracer import Tracer
from galens.numerics.variable_projection import Jacobian

__all__ = ["FitImaging"]


class FitImaging(AbstractFitImaging):
    r"""An imaging dataset, a tracer, and how well the one is explained by the other.

    The model is the light of all galaxies, each seen through the mass in front of it, averaged over pixels and
    convolved with the PSF. The points at which it is averaged are traced to all planes once. Likelihood, maps and what
    is solved of linear light, which is one system for lens and source, are those of `galens.galaxy.FitImaging`.

    Args:
        dataset: the masked dataset.
        tracer: a `Tracer`, or the galaxies that it is made from.
        dataset_model, settings, jacobian: see `galens.galaxy.FitImaging`.

    Raises:
        ProfileError: a point source is behind a lens: see `lp.PointSource`.

    Warns:
        FitWarning: see `galens.galaxy.FitImaging`.
    """

    dataset: aa.Imaging
    tracer: Tracer
    dataset_model: aa.DatasetModel | None
    settings: Settings = eqx.field(static=True)
    model_data: aa.Array2D
    linear_light: LinearLight | None

    def __init__(
        self,
        dataset: aa.Imaging,
        tracer: Tracer | Iterable[Galaxy],
        dataset_model: aa.DatasetModel | None = None,
        settings: Settings | None = None,
        jacobian: Jacobian = "golub-pereyra",
    ) -> None:
        self.dataset = dataset
        self.tracer = tracer if isinstance(tracer, Tracer) else Tracer(tracer)
        self.dataset_model = dataset_model
        self.settings = Settings() if settings is None else settings
        self.model_data, self.linear_light = model_image(
            dataset, self.galaxies, self.planes, self.rays, dataset_model, self.settings, jacobian
        )

    @property  # type: ignore[misc]
    def galaxies(self) -> Galaxies:  # type: ignore[override]
        """The galaxies of the tracer, as they are given: linear light has no intensity."""
        return self.tracer.galaxies

    @property
    def planes(self) -> tuple[int, ...]:
        """The plane that each galaxy is on."""
        return tuple(self.tracer.plane_index_of(index) for index in range(len(self.galaxies)))

    @property
    def rays(self) -> _Rays:
        return _Rays(self.tracer, max(self.planes))

    @property
    def tracer_linear_light_profiles_to_light_profiles(self) -> Tracer:
        """The tracer with every linear profile replaced by the ordinary one that has the solved intensity."""
        return self._seen(self.galaxies_linear_light_profiles_to_light_profiles)

    @property
    def model_obj_linear_light_profiles_to_light_profiles(self) -> Tracer:
        """`tracer_linear_light_profiles_to_light_profiles`, by the name that fits of galaxies and lenses share."""
        return self.tracer_linear_light_profiles_to_light_profiles

    def luminous_galaxies(self) -> Sequence[Luminous]:
        solved = self.galaxies_linear_light_profiles_to_light_profiles
        return [
            self._seen(Galaxies({n: g if n == name else _dark(g) for n, g in zip(solved.names, solved, strict=True)}))
            for name in solved.names
        ]

    @property
    def model_images_of_planes_list(self) -> list[aa.Array2D]:
        """The part of `model_data` of each plane."""
        images = self.model_images_of_galaxies_list
        total = [0.0 * self.model_data for _ in range(self.tracer.total_planes)]
        for plane, image in zip(self.planes, images, strict=True):
            total[plane] = total[plane] + image
        return total

    @property
    def subtracted_images_of_planes_list(self) -> list[aa.Array2D]:
        """For each plane the data without the model images of all others."""
        return [self.residual_map + image for image in self.model_images_of_planes_list]

    @property
    def unmasked_blurred_image_of_planes_list(self) -> list[aa.Array2D]:
        """Each plane's part of `unmasked_blurred_image`."""
        images = self.unmasked_blurred_image_of_galaxies_list
        total = [0.0 * images[0] for _ in range(self.tracer.total_planes)]
        for plane, image in zip(self.planes, images, strict=True):
            total[plane] = total[plane] + image
        return total

    def _seen(self, galaxies: Galaxies) -> Tracer:
        """These galaxies in place of the tracer's own, on the same planes."""
        return eqx.tree_at(lambda tracer: tracer.galaxies, self.tracer, galaxies)


class _Rays(eqx.Module):
    """Rays of a tracer to the planes up to the last one with a galaxy."""

    tracer: Tracer
    last: int = eqx.field(static=True)

    def __call__(self, y: Any, x: Any) -> list[tuple[Any, Any]]:
        return self.tracer.traced_at(y, x, self.last)


def _dark(galaxy: Galaxy) -> Galaxy:
    dark = {name: each for name, each in galaxy.components.items() if not isinstance(each, LightProfile)}
    return Galaxy(redshift=galaxy.redshift, **dark)
