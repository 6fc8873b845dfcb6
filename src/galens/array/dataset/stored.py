"""A whole imaging dataset in one FITS file, and back: mask, data, PSF, noise map and over-sampling."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.fits import read_image, write_images
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver
from galens.array.world_coordinates import world_cards
from galens.errors import DatasetError

if TYPE_CHECKING:
    from galens.array.dataset.imaging import Imaging

__all__ = ["read_dataset", "write_dataset", "write_parts"]

PARTS = "PSFPARTS"  # pixels of the PSF along the side of one of the image
SCHEME = "SCHEME"
SIZES = {"over_sample_size_lp": "OVER_SAMPLE_SIZE_LP", "over_sample_size_pixelization": "OVER_SAMPLE_SIZE_PIXELIZATION"}
UNIT = "BUNIT"

Dataset = TypeVar("Dataset", bound="Imaging")


def write_parts(dataset: Imaging, paths: Mapping[str, str | os.PathLike[str] | None], overwrite: bool) -> None:
    """Writes DATA, PSF and NOISE_MAP to files of their own, where they have a path.

    Raises:
        DatasetError: a file exists and `overwrite` is False.
    """
    place = {**world_cards(dataset.header), **dataset.mask.header_dict}
    images, cards = {"DATA": dataset.data.native, "NOISE_MAP": dataset.noise_map.native}, dict.fromkeys(paths, place)
    if dataset.psf is not None:
        images["PSF"] = dataset.psf.kernel.native
        cards["PSF"] = dataset.psf.kernel.mask.header_dict
    for name, path in paths.items():
        if path is not None and name in images:
            write_images(path, {name: images[name]}, cards, overwrite)


def write_dataset(dataset: Imaging, file_path: str | os.PathLike[str], overwrite: bool) -> None:
    """Writes the HDUs MASK, DATA, PSF, NOISE_MAP and, where the user chose it, OVER_SAMPLE_SIZE_LP.

    Over-sample sizes are 0 in masked pixels and negative in those whose points follow the centres of profiles.

    Raises:
        DatasetError: the file exists and `overwrite` is False.
    """
    mask = dataset.mask
    place = {**world_cards(dataset.header), **mask.header_dict}
    unit = dataset.header.get(UNIT)
    images: dict[str, Any] = {"MASK": mask.array, "DATA": dataset.data.native}
    cards: dict[str, dict[str, Any]] = {"DATA": place if unit is None else {**place, UNIT: unit}}
    if dataset.psf is not None:
        images["PSF"] = dataset.psf.kernel.native
        cards["PSF"] = {**dataset.psf.kernel.mask.header_dict, PARTS: dataset.psf.convolve_over_sample_size}
    images["NOISE_MAP"] = dataset.noise_map.native
    layouts = {"over_sample_size_pixelization": dataset.over_sampling_pixelization}
    if not dataset.over_sampling_is_default:
        layouts["over_sample_size_lp"] = dataset.over_sampling
    for name, layout in layouts.items():
        sizes = np.zeros(mask.shape_native, np.int32)
        sizes[mask.slim_to_native_tuple] = layout.sizes
        rows, columns = mask.native_for_slim[layout.cusps].T
        sizes[rows, columns] *= -1
        images[SIZES[name]], cards[SIZES[name]] = sizes, {**place, SCHEME: layout.scheme}
    write_images(file_path, images, {name: cards.get(name, place) for name in images}, overwrite)


def read_dataset(file_path: str | os.PathLike[str], cls: type[Dataset]) -> Dataset:
    """The dataset, equal in content, that `write_dataset` wrote."""
    from astropy.io import fits

    path = Path(file_path)
    if not path.is_file():
        raise DatasetError(f"file_path: there is no file '{path}'.")
    with fits.open(path) as file:
        names = {unit.name for unit in file}
    if not {"MASK", "DATA", "NOISE_MAP"} <= names:
        raise DatasetError(
            f"file_path: '{path}' has the HDUs {', '.join(sorted(names))}; a dataset that galens wrote has MASK, DATA "
            "and NOISE_MAP."
        )
    flags, header = read_image(path, "MASK")
    mask = Mask2D(flags, (header.get("PIXSCAY"), header.get("PIXSCAX")), (header.get("ORIGINY"), header.get("ORIGINX")))
    data, header = read_image(path, "DATA")
    psf = None
    if "PSF" in names:
        kernel, about = read_image(path, "PSF")
        scales = (about.get("PIXSCAY"), about.get("PIXSCAX"))
        psf = Convolver(Array2D.no_mask(kernel, scales), convolve_over_sample_size=about.get(PARTS, 1))
    layouts = {argument: _layout(path, name, mask) for argument, name in SIZES.items() if name in names}
    noise_map, _ = read_image(path, "NOISE_MAP")
    return cls(
        Array2D(data, mask, header=header),
        Array2D(noise_map, mask),
        psf,
        use_normalized_psf=False,
        check_noise_map=False,
        **layouts,
    )


def _layout(path: Path, name: str, mask: Mask2D) -> OverSampling:
    native, header = read_image(path, name)
    sizes = native[mask.slim_to_native_tuple].astype(int)
    return OverSampling(np.abs(sizes), header.get(SCHEME), np.flatnonzero(sizes < 0))
