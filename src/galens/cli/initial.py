"""``galens init``: the YAML file of a first fit, from what FITS files and their headers say."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from galens.array import preprocess
from galens.array.fits import write_image
from galens.array.geometry import Geometry2D
from galens.array.world_coordinates import pixel_scales_in
from galens.cli.dataset import NOISE_TYPES
from galens.cli.guess import TYPES_OF_NOISE, FoundImage, Guess, guesses, images_in
from galens.cli.results import shown
from galens.errors import ConfigError, GalensError

__all__ = ["write_initial"]

TEMPLATE = """\
# A fit for `galens fit`, written by `galens init` from the headers of the files. All of it was guessed: read it once.
# Paths are relative to this file. What can be written here: docs/command_line.md of galens.

output_path: output

dataset:
{dataset}

model:
  galaxies:
    galaxy:                         # any name
      redshift: 0.5                 # matters for distances and masses only
      bulge:                        # any name
        class: lp.Sersic            # add a second component, such as lp.Exponential, to split bulge and disk
        centre:                     # (y, x) in arcsec; the brightest place near the middle
          - {{type: Gaussian, mean: {y:.4g}, sigma: {sigma:.3g}}}
          - {{type: Gaussian, mean: {x:.4g}, sigma: {sigma:.3g}}}
        intensity: {{type: LogUniform, lower_limit: {faint:.3g}, upper_limit: {bright:.3g}}}  # from the brightest pixel
        effective_radius: {{type: LogUniform, lower_limit: {small:.3g}, upper_limit: {large:.3g}}}
        # What is not given (ell_comps, sersic_index) has its default prior: galens config lp.Sersic

search:
  class: MultiStartLM               # Nautilus and others: docs/command_line.md
  seed: 1
"""

ZERO_POINT_CARDS = ("MAGZERO", "MAGZPT", "PHOTZP")

SPOKEN = {
    "data": "data",
    "noise_map": "noise map",
    "var": "noise map (variance)",
    "ivar": "noise map (inverse variance)",
    "psf": "PSF",
    "mask": "mask",
}
"""What an image can be, in the order in which it is told."""


@dataclass(frozen=True)
class Extent:
    """Where the galaxy is, and how far it reaches, arcsec; its brightest pixel."""

    centre: tuple[float, float]
    radius: float
    peak: float


def write_initial(
    files: Sequence[Path],
    config: Path | None = None,
    band: str | None = None,
    pixel_scale: float | None = None,
    overwrite: bool = False,
    as_json: bool = False,
) -> None:
    """Writes a YAML file that `galens fit` takes, and says what was guessed.

    Args:
        files: FITS or NumPy files with the data, the noise map and, if there are, the PSF and a mask.
        config: of the YAML file; by default named after the data, in the current folder.
        band: which of several images.
        pixel_scale: side of a pixel, arcsec, where no header says it.
        overwrite: replace the file if it is there.
        as_json: print one JSON object for a program.

    Raises:
        DatasetError: a file cannot be read, or has no data or noise map.
        ConfigError: the file is there already, the pixel scale is nowhere, or what was written would not fit.
    """
    from galens.cli.fit import read_fit_file

    images = images_in(files)
    found = dict(sorted(guesses(images, band).items(), key=lambda each: list(SPOKEN).index(each[0])))
    data = found["data"].image
    config = Path(re.sub(r"(\.fits?|\.npy|\.gz|\.fz)+$", "", data.path.name) + ".yaml") if config is None else config
    if config.exists() and not overwrite:
        raise ConfigError(f"'{config}' exists; --overwrite replaces it, --config names another file.")
    scales, why = _pixel_scales(data, pixel_scale)
    said = [f"{SPOKEN[role]}: {guess.image.label}, because {guess.why}" for role, guess in found.items()]
    said.append(f"pixel scale: {_number_or_pair(scales)} arcsec, from {why}")
    others = [each for each in images if each.role() and each.role()[0] == "data" and each is not data]  # type: ignore[index]
    if others:
        said.append(f"not used: {', '.join(each.label for each in others)}; --band chooses another image")

    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(_document(found, config, scales, why, said), encoding="utf-8")
    try:
        read_fit_file(config)
    except GalensError as error:
        raise ConfigError(f"{shown(config)} was written, but cannot be fitted yet: {error}") from error
    if as_json:
        images_json = {
            role: {"path": str(each.image.path), "hdu": each.image.hdu, "why": each.why} for role, each in found.items()
        }
        print(json.dumps({"config": str(config), "pixel_scales": list(scales), "images": images_json, "said": said}))
        return
    print("Guessed:")
    for each in said:
        print(f"  {each}")
    print(f"Written: {shown(config)}. Read it, then: galens fit {shown(config)} --dry-run")


def _pixel_scales(data: FoundImage, given: float | None) -> tuple[tuple[float, float], str]:
    if given is not None:
        return (given, given), "the command line"
    found = pixel_scales_in(data.header)
    if found is None:
        raise ConfigError(
            f"the pixel scale of {data.label} is nowhere in its header: give it in arcsec, such as --pixel-scale 0.05."
        )
    (y, x), place = found
    y, x = (float(f"{side:.6g}") for side in (y, x))
    return ((x, x) if abs(y - x) < 1e-4 * x else (y, x)), f"the {place} of {data.path.name}"


def _zero_point(data: FoundImage) -> tuple[float | None, str]:
    """Magnitude of a flux of 1 and the card that says it; None where no card does."""
    for card in ZERO_POINT_CARDS:
        value = data.header.get(card)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value), card
    return None, ""


def _excluded(mask: Guess | None, data: FoundImage) -> tuple[np.ndarray, bool]:
    """Pixels that a mask excludes, and whether it marks those to keep instead: then it covers the galaxy."""
    if mask is None:
        return np.zeros(data.shape, bool), False
    marked = mask.image.values != 0
    rows, columns = (slice(side // 2 - side // 16, side // 2 + side // 16 + 1) for side in data.shape)
    inverted = bool(marked[rows, columns].mean() > 0.5)
    return (~marked if inverted else marked), inverted


def _extent(values: np.ndarray, sigma: np.ndarray, scales: tuple[float, float]) -> Extent:
    """The brightest place in the middle half, and the circle about it out to where the mean signal is below
    0.3 of the noise, half as far again, inside the image."""
    geometry = Geometry2D(values.shape, scales)
    signal = _smoothed(values / sigma)
    middle = tuple(slice(side // 4, side - side // 4) for side in values.shape)
    row, column = np.unravel_index(np.argmax(signal[middle]), signal[middle].shape)
    row, column = int(row) + middle[0].start, int(column) + middle[1].start
    y, x = geometry.scaled_coordinates_2d_from((row, column))
    pixel = max(scales)
    distance = np.hypot(geometry.rows_y[:, None] - y, geometry.columns_x[None, :] - x) / pixel
    rings = np.bincount(distance.astype(int).ravel(), (values / sigma).ravel()) / np.bincount(
        distance.astype(int).ravel()
    )
    faint = np.flatnonzero(rings < 0.3)
    edge = min(row, column, values.shape[0] - 1 - row, values.shape[1] - 1 - column)
    radius = min(max(1.5 * (faint[0] if faint.size else len(rings)), 8.0), max(edge, 2))
    return Extent((y, x), float(f"{radius * pixel:.3g}"), float(values[row, column]))


def _smoothed(values: np.ndarray) -> np.ndarray:
    padded = np.pad(values, 1)
    rows, columns = values.shape
    return np.mean([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3)], axis=0)


def _document(found: dict[str, Guess], config: Path, scales: tuple[float, float], why: str, said: list[str]) -> str:
    """The text of the YAML file; writes the files that it needs beside it, and adds to what is said."""
    data = found["data"].image
    noise = next(kind for kind in TYPES_OF_NOISE if kind in found)
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = NOISE_TYPES.get(noise, np.asarray)(found[noise].image.values)
    good = np.isfinite(data.values) & np.isfinite(sigma) & (sigma > 0.0)
    excluded, inverted = _excluded(found.get("mask"), data)
    extent = _extent(np.where(good & ~excluded, data.values, 0.0), np.where(good, sigma, np.inf), scales)
    y, x = extent.centre
    said.append(
        f"region: within {extent.radius:.4g} arcsec of (y, x) = ({y:.3g}, {x:.3g}), where the light is above the noise"
    )
    lines = _file_lines("data", data, config) + _file_lines("noise_map", found[noise].image, config)
    if noise != "noise_map":
        lines.append((f"noise_map_type: {noise}", {"var": "variance", "ivar": "inverse variance"}[noise]))
    if "psf" in found:
        lines += _psf_lines(found["psf"].image, config, said)
    else:
        said.append("no PSF: the image is fitted as if it were not blurred; give its file too if there is one")
    lines.append((f"pixel_scales: {_number_or_pair(scales)}", f"arcsec, from {why}"))
    zero_point, card = _zero_point(data)
    if zero_point is not None:
        lines.append((f"zero_point: {zero_point:g}", f"magnitude of a flux of 1, from the card {card}"))
        said.append(f"zero point: {zero_point:g} mag, from the card {card} of {data.path.name}")
    masks = [f"{{shape: circular, radius: {extent.radius:.4g}, centre: [{y:.4g}, {x:.4g}]}}"]
    if "mask" in found:
        masks.append(_mask_line(found["mask"].image, inverted, config, said))
    if not good.all():
        bad = config.with_name(f"{config.stem}_bad_pixels.fits")
        write_image(bad, ~good, overwrite=True)
        masks.append(f"{{file_path: {_path(bad, config)}}}")
        said.append(f"bad pixels: {np.sum(~good)} without data or noise, written to {shown(bad)}")
    lines.append(("mask:", "a pixel is excluded if one of these excludes it"))
    lines += [(f"  - {each}", "") for each in masks]

    width = max(32, *(len(text) for text, _ in lines if len(text) < 60))
    peak = extent.peak if extent.peak > 0.0 else 1.0
    return TEMPLATE.format(
        dataset="\n".join(f"  {text:<{width}}  # {comment}" if comment else f"  {text}" for text, comment in lines),
        y=y,
        x=x,
        sigma=max(3.0 * max(scales), 0.05 * extent.radius),
        faint=1e-5 * peak,
        bright=1e2 * peak,
        small=0.3 * min(scales),
        large=2.0 * extent.radius,
    )


def _mask_line(mask: FoundImage, inverted: bool, config: Path, said: list[str]) -> str:
    if inverted:
        said.append("mask: it is not zero where the galaxy is, so it is taken to mark the pixels to keep")
    hdu = "" if not mask.hdu else f", hdu: {mask.hdu}"
    return f"{{file_path: {_path(mask.path, config)}{hdu}{', invert: true' if inverted else ''}}}"


def _psf_lines(psf: FoundImage, config: Path, said: list[str]) -> list[tuple[str, str]]:
    if all(side % 2 for side in psf.shape):
        return _file_lines("psf", psf, config)
    odd = config.with_name(f"{config.stem}_psf.fits")
    values = np.asarray(preprocess.kernel_with_odd_dimensions_from(psf.values))
    write_image(odd, values, overwrite=True)
    said.append(f"PSF: even-sized, and so without a central pixel; resampled to {values.shape} into {shown(odd)}")
    return [(f"psf_path: {_path(odd, config)}", f"{psf.label}, resampled to an odd number of pixels")]


def _file_lines(name: str, image: FoundImage, config: Path) -> list[tuple[str, str]]:
    lines = [(f"{name}_path: {_path(image.path, config)}", f"{image.shape[0]} x {image.shape[1]} pixels")]
    if image.hdu:
        extension = str(image.header.get("EXTNAME", "")).strip()
        lines.append((f"{name}_hdu: {image.hdu}", extension))
    return lines


def _path(path: Path, config: Path) -> str:
    """As it stands in the YAML file: relative to its folder, quoted where YAML would read something else."""
    relative = os.path.relpath(path.absolute(), config.absolute().parent)
    return relative if re.fullmatch(r"[\w./+-]*[A-Za-z][\w./+-]*", relative) else json.dumps(relative)


def _number_or_pair(scales: tuple[float, float]) -> str:
    y, x = scales
    return f"{x:.6g}" if math.isclose(y, x) else f"[{y:.6g}, {x:.6g}]"
