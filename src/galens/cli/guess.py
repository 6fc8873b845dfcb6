"""What the images in some files are: data, noise map, PSF or mask, by what they are called and by their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from galens.array.header import Header
from galens.cli.dataset import read_file
from galens.errors import DatasetError

__all__ = ["FoundImage", "Guess", "guesses", "images_in"]

WORDS = {
    "psf": ("psf", "kernel", "prf"),
    "ivar": ("ivar", "invvar", "weight", "wht", "wt"),
    "var": ("var", "variance"),
    "noise_map": ("noise", "rms", "sigma", "sig", "err", "error", "std", "stddev", "unc", "uncertainty"),
    "mask": ("mask", "bad", "badpix", "badpixels", "flag", "flags", "dq"),
    "data": ("data", "image", "img", "im", "sci", "science", "bgsub", "flux", "drz", "cutout"),
}
"""What an image is -> words in its name that say so; earlier ones win (``mask_image``, ``noise_data``)."""

TYPES_OF_NOISE = ("noise_map", "var", "ivar")
NAME_CARDS = ("EXTNAME", "IMAGETYP", "IMTYPE")
BAND_CARDS = ("EXTNAME", "BAND", "FILTER")


@dataclass(frozen=True)
class FoundImage:
    """One image of a file.

    Attributes:
        hdu: its index; None for a NumPy file.
    """

    path: Path
    hdu: int | None
    shape: tuple[int, int]
    header: Header

    @cached_property
    def values(self) -> np.ndarray:
        return read_file(self.path, self.hdu or 0)[0]

    @property
    def label(self) -> str:
        name = str(self.header.get("EXTNAME") or self.header.get("BAND") or "").strip()
        place = "" if self.hdu is None else f" HDU {self.hdu}" + (f" '{name}'" if name else "")
        return f"{self.path.name}{place} ({self.shape[0]} x {self.shape[1]})"

    @property
    def band(self) -> frozenset[str]:
        """The words of its name and header that are not what it is: its filter, as a rule."""
        cards = (str(self.header.get(card, "")) for card in BAND_CARDS)
        words = {word for card in cards for word in _words(card)}
        return frozenset(words - {word for several in WORDS.values() for word in several} - {"primary"})

    def role(self) -> tuple[str, str] | None:
        """(what it is, why), by its name."""
        names = [(str(self.header.get(card, "")), f"{card} is") for card in NAME_CARDS]
        for name, why in (*names, (self.path.name.split(".")[0], "the file is called")):
            words = _words(name)
            for role, telling in WORDS.items():
                if words & set(telling) or any(
                    len(each) > 2 and word.endswith(each) for each in telling for word in words
                ):
                    return role, f"{why} '{name.strip()}'"
        return None


@dataclass(frozen=True)
class Guess:
    """An image and why it is thought to be what it is."""

    image: FoundImage
    why: str


def images_in(paths: Iterable[Path]) -> list[FoundImage]:
    """All images with two axes in FITS and NumPy files.

    Raises:
        DatasetError: a file is not there, cannot be read, or none has an image.
    """
    from astropy.io import fits

    paths = list(paths)
    found = []
    for path in paths:
        if path.suffix == ".npy":
            found.append(FoundImage(path, None, read_file(path, 0)[0].shape, Header()))
            continue
        if not path.is_file():
            raise DatasetError(f"there is no file '{path}' (looked from '{Path.cwd()}').")
        try:
            with fits.open(path, memmap=False) as file:
                units = [
                    (index, unit.shape, unit.header.copy())
                    for index, unit in enumerate(file)
                    if unit.is_image and len(unit.shape) >= 2 and all(side == 1 for side in unit.shape[:-2])
                ]
        except OSError as error:
            raise DatasetError(f"'{path}' cannot be read as FITS. Is it a FITS file, and whole? ({error})") from error
        found += [FoundImage(path, index, tuple(shape[-2:]), Header(header)) for index, shape, header in units]
    if not found:
        raise DatasetError(f"no image with two axes is in {', '.join(map(str, paths))}.")
    return found


def guesses(images: list[FoundImage], band: str | None = None) -> dict[str, Guess]:
    """What is data, noise map ("noise_map", "var" or "ivar"), "psf" and "mask"; the last two may be missing.

    Args:
        band: of several data images, take the one whose EXTNAME, BAND or FILTER has this word.

    Raises:
        DatasetError: there is no data image or no noise map.
    """
    named: dict[str, list[Guess]] = {}
    unnamed: list[FoundImage] = []
    for image in images:
        role = image.role()
        if role is None:
            unnamed.append(image)
        else:
            named.setdefault(role[0], []).append(Guess(image, role[1]))
    data = _data(named.pop("data", []), unnamed, band)
    found = {"data": data}
    noise = [(kind, each) for kind in TYPES_OF_NOISE for each in named.get(kind, []) if _same_shape(each, data)]
    if noise:
        kind, guess = max(noise, key=lambda each: _nearness(each[1].image, data.image))
        found[kind] = guess
    fitting = {
        "mask": [each for each in named.get("mask", []) if _same_shape(each, data)],
        "psf": [each for each in named.get("psf", []) if each.image.shape <= data.image.shape],
    }
    found |= {
        role: max(several, key=lambda each: _nearness(each.image, data.image))
        for role, several in fitting.items()
        if several
    }
    for image in unnamed:
        if image is not data.image:
            _by_shape(image, found)
    if not any(kind in found for kind in TYPES_OF_NOISE):
        raise DatasetError(
            f"no noise map is among {', '.join(each.label for each in images)}. A fit needs the noise of every pixel: "
            f"give its file too, with a name (of file or HDU) that says so, such as noise, rms, err, var or ivar."
        )
    return found


def _data(named: list[Guess], unnamed: list[FoundImage], band: str | None) -> Guess:
    candidates = named or [
        Guess(image, "the largest image without a name that says something else")
        for image in sorted(unnamed, key=lambda each: -np.prod(each.shape))
    ]
    if band is not None:
        wanted = [each for each in candidates if _words(band) <= each.image.band]
        if not wanted:
            bands = sorted({word for each in candidates for word in each.image.band})
            raise DatasetError(f"no image is of the band '{band}'. There are: {', '.join(bands) or 'none'}.")
        candidates = wanted
    if not candidates:
        raise DatasetError(
            "no image looks like the data: give a file whose name, or whose HDU's name, says so (data, image, sci)."
        )
    return candidates[0]


def _by_shape(image: FoundImage, found: dict[str, Guess]) -> None:
    """Adds what an image without a telling name seems to be, if that is not there yet."""
    shape = found["data"].image.shape
    if image.shape == shape and np.isin(image.values, (0, 1)).all():
        found.setdefault("mask", Guess(image, "it has the shape of the data and is 0 or 1"))
    elif image.shape == shape and not any(kind in found for kind in TYPES_OF_NOISE):
        if np.nanmin(image.values) >= 0.0:
            found["noise_map"] = Guess(image, "it has the shape of the data and is nowhere negative")
    elif image.shape != shape and image.shape <= shape:
        found.setdefault("psf", Guess(image, "it is smaller than the data"))


def _same_shape(guess: Guess, data: Guess) -> bool:
    return guess.image.shape == data.image.shape


def _nearness(image: FoundImage, data: FoundImage) -> tuple[Any, ...]:
    """How likely an image belongs to the data: the band, the file, the place in it."""
    near = -abs((image.hdu or 0) - (data.hdu or 0))
    return len(image.band & data.band) - len(image.band ^ data.band), image.path == data.path, near


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[^a-z]+", name.lower()) if word}
