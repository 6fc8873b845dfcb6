"""`FitImaging`: how well galaxies explain an imaging dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import equinox as eqx

from galens import array as aa
from galens.array.inversion.settings import Settings
from galens.galaxy.galaxies import Galaxies
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.abstract_fit import AbstractFitImaging, model_image
from galens.galaxy.imaging.linear import LinearLight
from galens.galaxy.luminous import Luminous
from galens.numerics.variable_projection import Jacobian

__all__ = ["FitImaging"]


class FitImaging(AbstractFitImaging):
    r"""An imaging dataset, galaxies, and how well the one is explained by the other.

    The model is the galaxies' light averaged over pixels and convolved with the PSF; light that is "operated" is added
    after the convolution. With data d, noise sigma and model m

    .. math:: \ln L = -\frac{1}{2} \sum \left[\frac{(d - m)^2}{\sigma^2} + \ln 2 \pi \sigma^2\right]

    Intensities of linear light profiles are solved: those that make chi-squared smallest, together. `linear_light` says
    what they are, `galaxies_linear_light_profiles_to_light_profiles` gives galaxies that have them; images of galaxies
    and figures are of these. With a regularized basis the figure of merit is the log evidence of its amplitudes

    .. math:: \ln Z = \ln L - \tfrac12 \left[s^T H s + \ln |F + H| - \ln |H|\right]

    Args:
        dataset: the masked dataset.
        galaxies: `Galaxies`, or what they are made from.
        dataset_model: sky background, offset and rotation of the dataset; None for none.
        settings: how linear intensities are solved; positive only unless it says otherwise.
        jacobian: "golub-pereyra" for exact derivatives of solved intensities; "kaufman" is several times cheaper, and
            all that searches by residuals need; "envelope" gives the gradient of the figure of merit and nothing else
            (`variable_projection`).

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
        self.model_data, self.linear_light = model_image(
            dataset, self.galaxies, self.planes, None, dataset_model, self.settings, jacobian
        )

    @property
    def planes(self) -> tuple[int, ...]:
        return (0,) * len(self.galaxies)

    @property
    def rays(self) -> None:
        return None

    @property
    def model_obj_linear_light_profiles_to_light_profiles(self) -> Galaxies:
        """`galaxies_linear_light_profiles_to_light_profiles`, by the name that fits of galaxies and lenses share."""
        return self.galaxies_linear_light_profiles_to_light_profiles

    def luminous_galaxies(self) -> Sequence[Luminous]:
        return self.galaxies_linear_light_profiles_to_light_profiles.values
