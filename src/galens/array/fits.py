"""Images in FITS files.

One rule of orientation: row 0 of the array in the file is the top row here, with the largest y. Nothing
is flipped, on reading or writing. (DS9 draws row 0 at the bottom; a figure here shows the same image
upside-down.)
"""

from __future__ import annotations

import os
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.array.header import Header
from galens.errors import DatasetError

if TYPE_CHECKING:
    from astropy.io import fits

__all__ = ["read_image", "write_image", "write_images"]

Path_ = str | os.PathLike[str]


def read_image(path: Path_, hdu: int | str = 0, argument: str = "file_path") -> tuple[np.ndarray, Header]:
    """The image in one HDU of a FITS file, as native float64 of shape (rows, columns), and its header.

    Any number type and byte order is converted; axes of length 1 in front of the last two (radio images
    have them) are dropped.

    Args:
        path: of the file, also ``.fits.gz`` or ``.fits.fz``.
        hdu: index, or EXTNAME in any case.
        argument: name of the caller's argument that `path` came by, for the message.

    Raises:
        DatasetError: no such file, not FITS, no such HDU, or no two-dimensional image in it. Names the
            path and the HDUs that there are.
    """
    from astropy.io import fits
    from astropy.utils.exceptions import AstropyUserWarning

    path = Path(path)
    if not path.is_file():
        raise DatasetError(f"{argument}: there is no file '{path}' (looked from '{Path.cwd()}').")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", AstropyUserWarning)  # a file that is cut short is told below
            with fits.open(path, memmap=False) as file:
                index = _hdu_index(file, hdu, path, argument)
                data, header = file[index].data, file[index].header
                contents = _contents(file)
    except DatasetError:
        raise
    except (OSError, EOFError, TypeError, ValueError, zlib.error) as error:  # astropy's of files that are cut short
        raise DatasetError(
            f"{argument}: '{path}' cannot be read as FITS. Is it a FITS file, and whole? Copy it again if it was cut "
            f"short. (astropy: {error})"
        ) from error
    if not isinstance(data, np.ndarray) or data.dtype.names is not None:
        raise DatasetError(f"{argument}: HDU {hdu!r} of '{path}' has no image. The file has {contents}.")
    if data.ndim < 2 or any(side != 1 for side in data.shape[:-2]):
        raise DatasetError(
            f"{argument}: HDU {hdu!r} of '{path}' has shape {data.shape}, but an image has two axes. "
            f"The file has {contents}."
        )
    values = np.ascontiguousarray(data.reshape(data.shape[-2:]), dtype=np.float64)
    return values, Header(header.copy())


def _hdu_index(file: fits.HDUList, hdu: int | str, path: Path, argument: str) -> int:
    names = [unit.name.upper() for unit in file]
    if isinstance(hdu, str) and hdu.upper() in names:
        return names.index(hdu.upper())
    if isinstance(hdu, int | np.integer) and 0 <= hdu < len(file):
        return int(hdu)
    raise DatasetError(f"{argument}: '{path}' has no HDU {hdu!r}. The file has {_contents(file)}.")


def _contents(file: fits.HDUList) -> str:
    return ", ".join(f"{index} {unit.name or '(no name)'} ({_content(unit)})" for index, unit in enumerate(file))


def _content(unit: Any) -> str:
    if not unit.is_image:
        return "a table"
    return "x".join(map(str, unit.shape)) or "no data"


def write_image(
    path: Path_,
    values: Any,
    cards: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes one (rows, columns) image as the primary HDU; see `write_images`."""
    write_images(path, {"PRIMARY": values}, None if cards is None else {"PRIMARY": cards}, overwrite)


def write_images(
    path: Path_,
    images: Mapping[str, Any],
    cards: Mapping[str, Mapping[str, Any]] | None = None,
    overwrite: bool = False,
) -> None:
    """Writes images to one FITS file, the first as primary HDU, each with its name as EXTNAME.

    The file appears complete or not at all, and folders on the way to it are made.

    Args:
        images: EXTNAME to (rows, columns) values; Booleans become 0 and 1.
        cards: EXTNAME to header cards, name to value or (value, comment).
        overwrite: replace a file that is there; otherwise it is an error.

    Raises:
        DatasetError: the file is there and `overwrite` is False.
    """
    from astropy.io import fits

    path = Path(path)
    if path.exists() and not overwrite:
        raise DatasetError(f"'{path}' exists; pass overwrite=True to replace it.")
    units = fits.HDUList()
    for name, image in images.items():
        values = np.asarray(image)
        if values.dtype == bool:
            values = values.astype(np.uint8)
        unit = fits.ImageHDU(values) if units else fits.PrimaryHDU(values)
        if name.upper() != "PRIMARY":
            unit.header["EXTNAME"] = name.upper()
        for card, value in (cards or {}).get(name, {}).items():
            unit.header[card] = value
        units.append(unit)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with unfinished.open("wb") as stream:
            units.writeto(stream)
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
