"""What a result folder says, read for a report without running anything of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from galens.array import Array2D, Mask2D
from galens.array.flagged import flagged
from galens.config.notation import label_of, unit_of
from galens.errors import GalensError, PlotError
from galens.fit.latent import latent_notation
from galens.fit.notation import Notation
from galens.lens.imaging.view import LensCurves

__all__ = ["Contents", "Observation", "Parameter", "read_contents"]

Images = Mapping[str, Array2D]
UNKNOWN_UNIT = "units of the data"


@dataclass(frozen=True)
class Parameter:
    """One number of the posterior.

    Attributes:
        notation: how it is called and written, and its unit.
        best: its value where the likelihood is largest.
        median, lower, upper: of its distribution, with 68 % limits.
        lowest, highest: 99.7 % limits.
    """

    notation: Notation
    best: float
    median: float
    lower: float
    upper: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Observation:
    """One image that was fitted, and its best fit.

    Attributes:
        title: what it is called beside others; "" where it is the only one.
        fit: images of the best fit by their name in ``fit.fits``.
        components: light of each component as the telescope sees it, by name.
        noise_map, psf: of the dataset, where there are.
        lens: where it is a lens: images without its light and of the lensed source, and the source plane, by name.
        curves: critical curves and caustics of a lens.
    """

    title: str
    fit: Images
    components: Images
    noise_map: Array2D | None
    psf: Array2D | None
    lens: Images = field(default_factory=dict)
    curves: LensCurves | None = None

    @property
    def unit(self) -> str:
        """Of the data, in words."""
        header = self.fit["DATA"].header
        return (str(header.get("BUNIT", "")).strip() if header else "") or UNKNOWN_UNIT

    @cached_property
    def weighted(self) -> np.ndarray:
        """(ny, nx) True for pixels that are fitted with a noise that is not huge."""
        kept = ~self.fit["DATA"].mask.array
        if self.noise_map is not None:
            noise = np.where(kept, np.asarray(self.noise_map.native), np.nan)
            kept = kept & ~flagged(noise)
        return kept


@dataclass(frozen=True)
class Contents:
    """The files of a result folder.

    Attributes:
        folder: where they lie.
        search: name and settings of the search, ``search.json``.
        result: ``result.json``.
        versions: of the packages that fitted, ``versions.json``.
        info: what the user wrote beside the fit, ``info.json``.
        model_text: the model in words, ``model.info``.
        created: when the samples were written (ISO 8601), "" if that is not known.
        observations: the images that were fitted; empty where the data are something else.
    """

    folder: Path
    search: dict[str, Any]
    result: dict[str, Any]
    versions: dict[str, str]
    info: dict[str, Any]
    model_text: str
    created: str
    observations: tuple[Observation, ...]

    @property
    def name(self) -> str:
        return str(self.search.get("name") or self.folder.parent.name)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """What the search says of itself."""
        return self.result["search"]

    @cached_property
    def parameters(self) -> list[Parameter]:
        known = {} if self.model is None else {each.name: each for each in self.model.notation}
        return [
            _parameter(known.get(name) or _notation(name), numbers)
            for name, numbers in self.result["parameters"].items()
        ]

    @cached_property
    def latent_variables(self) -> list[Parameter]:
        """Numbers that follow from the parameters, such as fluxes."""
        return [_parameter(latent_notation(name), numbers) for name, numbers in self.result.get("latent", {}).items()]

    @property
    def data_unit(self) -> str:
        """Unit of the data in words."""
        units = [self.result.get("data_unit", ""), *(each.unit for each in self.observations)]
        return next(filter(None, units), UNKNOWN_UNIT)

    @cached_property
    def model(self) -> Any:
        """The model; None where it holds classes of the user's own, which are not imported."""
        from galens.fit.model.abstract import AbstractModel

        try:
            return AbstractModel.from_json(self.folder / "model.json")
        except GalensError:
            return None


def read_contents(folder: Path) -> Contents:
    """Reads the folder of a fit.

    Raises:
        PlotError: it holds no result.
    """
    for needed in ("result.json", "search.json"):
        if not (folder / needed).is_file():
            raise PlotError(
                f"folder = {folder}: it has no {needed}, so it is not the folder of a finished fit. That is the folder "
                "whose name is a long hexadecimal number."
            )
    text = folder / "model.info"
    return Contents(
        folder=folder,
        search=_document(folder / "search.json"),
        result=_document(folder / "result.json"),
        versions=_document(folder / "versions.json"),
        info=_document(folder / "info.json"),
        model_text=text.read_text(encoding="utf-8").strip() if text.is_file() else "",
        created=_created(folder / "posterior.nc"),
        observations=tuple(_observations(folder)),
    )


def _observations(folder: Path) -> Iterator[Observation]:
    """That of the folder itself, or those of a joint fit, in folders called 0, 1, ..."""
    if (folder / "fit.fits").is_file():
        yield _observation(folder, "")
        return
    numbered = sorted((each for each in folder.iterdir() if each.name.isdecimal()), key=lambda each: int(each.name))
    for each in numbered:
        if (each / "fit.fits").is_file():
            yield _observation(each, f"dataset {each.name}")


def _observation(folder: Path, title: str) -> Observation:
    dataset = _images(folder / "dataset.fits")
    components = _images(folder / "component_images.fits")
    lens = _images(folder / "lens_images.fits") | _images(folder / "source_plane.fits")
    curves = _document(folder / "critical_curves.json")
    return Observation(
        title,
        _images(folder / "fit.fits"),
        components,
        dataset.get("NOISE_MAP"),
        dataset.get("PSF"),
        lens,
        LensCurves.from_document(curves) if curves else None,
    )


def _document(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _created(path: Path) -> str:
    if not path.is_file():
        return ""
    import h5py

    with h5py.File(path, "r") as file:
        return str(file.attrs.get("created_at", ""))


def _images(path: Path) -> dict[str, Array2D]:
    """Images of a FITS file by EXTNAME on the mask that is its first HDU; one of another shape (a PSF) has no mask."""
    if not path.is_file():
        return {}
    from astropy.io import fits

    with fits.open(path) as file:
        first = file[0].header
        scales, origin = (first["PIXSCAY"], first["PIXSCAX"]), (first["ORIGINY"], first["ORIGINX"])
        mask = Mask2D(np.asarray(file[0].data, bool), scales, origin)
        images = {}
        for unit in file[1:]:
            values = np.asarray(unit.data, float)
            if values.shape == mask.shape_native:
                images[unit.name] = Array2D(values, mask, unit.header.copy())
            else:
                images[unit.name] = Array2D.no_mask(values, scales)
    return images


def _parameter(notation: Notation, numbers: Mapping[str, Any]) -> Parameter:
    one, three = numbers["values_at_sigma_1"], numbers["values_at_sigma_3"]
    return Parameter(
        notation, *(float(each) for each in (numbers["max_log_likelihood"], numbers["median_pdf"], *one, *three))
    )


def _notation(name: str) -> Notation:
    """What the name alone tells, where the model cannot be read."""
    last = name.rsplit(".", 1)[-1]
    return Notation(name, name, label_of(last), "", unit_of(last))
