"""The `dataset` section of a fit's YAML file: an `Imaging` with its mask.

::

    dataset:
      data_path: image.fits            # FITS, or a NumPy array (.npy); paths are relative to the YAML file
      noise_map_path: noise.fits
      psf_path: psf.fits               # optional
      data_hdu: 0                      # also noise_map_hdu, psf_hdu: index or name, for FITS
      noise_map_type: std              # what the noise map holds: std, var or ivar (inverse variance)
      pixel_scales: 0.05               # arcsec
      mask: {shape: circular, radius: 3.0}
      over_sample_size_lp: 4           # optional; otherwise chosen from the data
      zero_point: 25.0                 # optional: magnitude of a flux of 1, for magnitudes in the result

A mask is ``shape`` with the arguments of that constructor of `Mask2D`, or ``file_path`` (and ``hdu``, ``invert``) of an
image that is not zero where a pixel is excluded, or a list of these: a pixel is excluded if one of them excludes it.
``noise_scaling`` takes the same keys for the pixels to be ignored (a shape is the region to be ignored), and the
arguments of `Imaging.apply_noise_scaling`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from galens import array as aa
from galens.array.dataset.imaging import Imaging
from galens.array.dataset.validation import REMEDY
from galens.array.fits import read_image
from galens.array.header import Header
from galens.array.psf import Convolver
from galens.array.world_coordinates import pixel_scales_in
from galens.cli.section import Section, is_number
from galens.errors import DatasetError, KernelError

__all__ = ["dataset_from", "pixel_scales_of", "read_file"]

SHAPES: dict[str, Callable[..., aa.Mask2D]] = {
    "circular": aa.Mask2D.circular,
    "circular_annular": aa.Mask2D.circular_annular,
    "circular_anti_annular": aa.Mask2D.circular_anti_annular,
    "elliptical": aa.Mask2D.elliptical,
    "elliptical_annular": aa.Mask2D.elliptical_annular,
}
NOISE_TYPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "std": np.asarray,
    "var": np.sqrt,
    "ivar": lambda values: 1.0 / np.sqrt(values),
}
"""What a noise map may hold, by the names of astropy -> its standard deviation."""
GIVEN = ("shape_native", "pixel_scales", "origin")
"""Arguments of the constructors of `Mask2D` that follow from the data."""


def dataset_from(section: Section) -> Imaging:
    """The masked dataset that a ``dataset`` section describes.

    Raises:
        ConfigError: a key is unknown, missing or of the wrong type; also what is wrong with the files or with the
            data in them, with the file and the key in front.
    """
    pixel_scales = pixel_scales_of(section, _hint_of_pixel_scales(section))
    data = _image(section, "data", pixel_scales)
    noise_map = _image(section, "noise_map", pixel_scales)
    noise_type = section.choice("noise_map_type", list(NOISE_TYPES), "std")
    assert data is not None
    assert noise_map is not None
    with np.errstate(divide="ignore", invalid="ignore"):  # what becomes infinite must be masked, and is looked at there
        noise_map = aa.Array2D(NOISE_TYPES[noise_type](np.asarray(noise_map.values)), noise_map.mask)
    kernel = _image(section, "psf", pixel_scales, required=False)
    mask = _mask(section, "mask", data)
    ignored = section.take("noise_scaling", dict, None)
    over_sample_size = section.take("over_sample_size_lp", (int, dict), None)
    normalized = section.take("use_normalized_psf", bool, True)
    section.finish()

    with section.naming(), _remedies():
        psf = None if kernel is None else Convolver(kernel)
        # Bad pixels are refused once the mask has had its say.
        dataset = Imaging(data, noise_map, psf, use_normalized_psf=normalized, check_noise_map=False)
    if ignored is not None:
        dataset = _with_scaled_noise(dataset, Section(ignored, section.file, section.below("noise_scaling")))
    with section.naming("mask"), _remedies():
        dataset = dataset.apply_mask(aa.Mask2D.all_false(data.shape_native, pixel_scales) if mask is None else mask)
    if over_sample_size is not None:
        dataset = _over_sampled(dataset, over_sample_size, section)
    return dataset


@contextmanager
def _remedies() -> Iterator[None]:
    """What to do about data, in words of the command line instead of Python's."""
    try:
        yield
    except DatasetError as error:
        if REMEDY not in str(error):
            raise
        remedy = "Add the file of a mask of such pixels to the key 'mask'; 'galens init' writes both."
        raise DatasetError(str(error).replace(REMEDY, remedy)) from error
    except KernelError as error:
        raise KernelError(
            re.sub(r"(cut it with )?preprocess\.\S+( resamples an even one)?", _mended, str(error))
        ) from error


def _mended(match: re.Match[str]) -> str:
    return "'galens init' writes a resampled one" if match[2] else "cut it to the part that is not zero"


def pixel_scales_of(section: Section, hint: str = "") -> tuple[float, float]:
    """The key ``pixel_scales``, (y, x) sides of a pixel in arcsec; where it is missing the error ends with `hint`."""
    if hint and "pixel_scales" not in section:
        raise section.error(f"the key 'pixel_scales' is missing, the side of a pixel in arcsec. {hint}")
    pixel_scales = section.take("pixel_scales", (float, int, list))
    numbers = pixel_scales if isinstance(pixel_scales, list) else [pixel_scales, pixel_scales]
    if len(numbers) != 2 or not all(is_number(each) and each > 0 for each in numbers):
        raise section.error(
            f"is {pixel_scales!r}, but must be the side of a pixel in arcsec, one number or [y, x]", "pixel_scales"
        )
    return float(numbers[0]), float(numbers[1])


def _hint_of_pixel_scales(section: Section) -> str:
    """What the header of the data says of a missing pixel scale."""
    if "pixel_scales" in section:
        return ""
    path, hdu = section.path("data_path"), section.take("data_hdu", (int, str), 0)
    assert path is not None
    with section.naming("data_path"):
        header = Header.of(read_file(path, hdu)[1])
    found = pixel_scales_in(header)
    if found is None:
        return f"The header of {path.name} does not say it either: see the manual of the instrument"
    (y, x), place = found
    return f"By the {place} of {path.name} it is [{y:.6g}, {x:.6g}]"


def _image(section: Section, name: str, pixel_scales: Any, required: bool = True) -> aa.Array2D | None:
    key = f"{name}_path"
    path = section.path(key) if required else section.path(key, default=None)
    hdu = section.take(f"{name}_hdu", (int, str), 0)
    if path is None:
        return None
    with section.naming(key):
        values, header = read_file(path, hdu)
        return aa.Array2D.no_mask(values, pixel_scales, header=header)


def read_file(path: Path, hdu: int | str) -> tuple[np.ndarray, Any]:
    """Values and header of the image in one HDU of a FITS file, or of that in a NumPy file, without a header.

    Raises:
        DatasetError: no such file or HDU, or no image in it.
    """
    if path.suffix != ".npy":
        return read_image(path, hdu, "the file")
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DatasetError(f"'{path}' cannot be read as a NumPy array: {error}") from error
    if values.ndim != 2 or values.dtype.kind not in "buif":
        raise DatasetError(
            f"'{path}' has shape {values.shape} and type {values.dtype}, but an image is numbers along two axes."
        )
    return values, None


def _mask(section: Section, key: str, data: aa.Array2D) -> aa.Mask2D | None:
    given = section.take(key, (dict, list), None)
    if given is None:
        return None
    if isinstance(given, dict):
        return _one_mask(Section(given, section.file, section.below(key)), data)
    masks = [
        _one_mask(Section(each, section.file, section.below(f"{key}[{number}]")), data)
        for number, each in enumerate(given)
    ]
    if not masks:
        raise section.error("is an empty list", key)
    excluded = np.any([each.array for each in masks], axis=0)
    return aa.Mask2D(excluded, data.pixel_scales)


def _one_mask(section: Section, data: aa.Array2D) -> aa.Mask2D:
    mask = _mask_of(section, data)
    section.finish()
    return mask


def _mask_of(section: Section, data: aa.Array2D) -> aa.Mask2D:
    """The mask of the keys that belong to one, leaving others."""
    if "file_path" in section:
        path = section.path("file_path")
        hdu = section.take("hdu", (int, str), 0)
        invert = section.take("invert", bool, False)
        with section.naming("file_path"):
            assert path is not None
            mask = aa.Mask2D(read_file(path, hdu)[0], data.pixel_scales, invert=invert)
            if mask.shape_native != data.shape_native:
                raise DatasetError(
                    f"the mask has shape {mask.shape_native}, but the data have {data.shape_native}; "
                    f"give one on their pixels"
                )
            return mask
    if "shape" not in section:
        raise section.error(f"a mask needs the key 'shape' ({', '.join(SHAPES)}) or the key 'file_path'")
    shape = SHAPES[section.choice("shape", list(SHAPES))]
    arguments = {}
    for parameter in inspect.signature(shape).parameters.values():
        if parameter.name in GIVEN:
            continue
        required = parameter.default is inspect.Parameter.empty
        kinds = (bool,) if parameter.name == "invert" else (int, float, list)
        value = section.take(parameter.name, kinds) if required else section.take(parameter.name, kinds, None)
        if value is not None:
            arguments[parameter.name] = value
    with section.naming():
        return shape(shape_native=data.shape_native, pixel_scales=data.pixel_scales, **arguments)


def _with_scaled_noise(dataset: Imaging, section: Section) -> Imaging:
    region = _mask_of(section, dataset.data)
    if "file_path" in section:
        region = ~region  # a file marks the pixels to ignore, a shape keeps them
    options = {
        "noise_value": section.take("noise_value", (float, int), None),
        "signal_to_noise_value": section.take("signal_to_noise_value", (float, int), None),
        "should_zero_data": section.take("should_zero_data", bool, None),
    }
    section.finish()
    with section.naming():
        return dataset.apply_noise_scaling(region, **{key: each for key, each in options.items() if each is not None})


def _over_sampled(dataset: Imaging, size: Any, section: Section) -> Imaging:
    if isinstance(size, dict):
        bins = Section(size, section.file, section.below("over_sample_size_lp"))
        arguments = {
            "sub_size_list": bins.take("sub_size_list", list),
            "radial_list": bins.take("radial_list", list),
            "centre_list": bins.take("centre_list", list, None),
        }
        bins.finish()
        with bins.naming():
            size = aa.util.over_sample.over_sample_size_via_radial_bins_from(grid=dataset.grid, **arguments)
    with section.naming("over_sample_size_lp"):
        return dataset.apply_over_sampling(over_sample_size_lp=size)
