"""`AnalysisImaging`: the likelihood of a model of galaxies given an imaging dataset."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import equinox as eqx

from galens import array as aa
from galens.array.inversion.settings import Settings
from galens.galaxy.imaging.abstract_analysis import AbstractAnalysisImaging, galaxies_of, require_dataset
from galens.galaxy.imaging.fit import FitImaging
from galens.numerics.variable_projection import Jacobian

__all__ = ["AnalysisImaging"]


class AnalysisImaging(AbstractAnalysisImaging):
    """Fits galaxies to an imaging dataset.

    A model instance has `galaxies` and may have `extra_galaxies`, `scaling_galaxies` (of galaxies by name or in a
    list) and a `dataset_model`.

    Args:
        dataset: the masked dataset.
        settings: how intensities of linear light profiles are solved.
        zero_point: magnitude of a flux of 1 in the unit of the data, for magnitudes among the latent variables; it
            decides nothing about the fit.
        use_jax: has no effect; scripts written for other libraries pass it.

    Raises:
        DatasetError: `dataset` is not an `Imaging`, or the zero point is not finite.
    """

    dataset: aa.Imaging
    settings: Settings = eqx.field(static=True)
    zero_point: float | None = eqx.field(metadata={"decides": False})

    def __init__(
        self,
        dataset: aa.Imaging,
        settings: Settings | None = None,
        zero_point: float | None = None,
        use_jax: bool = True,
    ) -> None:
        require_dataset(dataset, zero_point)
        self.dataset = dataset
        self.settings = Settings() if settings is None else settings
        self.zero_point = zero_point

    def fit_with(self, instance: Any, jacobian: Jacobian) -> FitImaging:
        dataset_model = getattr(instance, "dataset_model", None)
        return FitImaging(self.dataset, galaxies_of(instance), dataset_model, self.settings, jacobian)

    @classmethod
    def from_folder(cls, folder: Path, settings: Mapping[str, Any]) -> AnalysisImaging:
        solver = Settings(**settings["settings"])
        return cls(aa.Imaging.from_file(Path(folder) / "dataset.fits"), solver, settings["zero_point"])
