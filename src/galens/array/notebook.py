"""How arrays, masks and datasets look in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from galens.html import card, thumbnail

if TYPE_CHECKING:
    from galens.array.array_2d import Array2D
    from galens.array.dataset.imaging import Imaging
    from galens.array.mask import Mask2D

__all__ = ["array_html", "imaging_html", "mask_facts", "mask_html", "picture", "unit_of_values"]


def array_html(array: Array2D) -> str:
    if array.ndim != 1:
        return card("Array2D", {"a batch of shape": str(array.shape), **mask_facts(array.mask)})
    values, unit = np.asarray(array.values), unit_of_values(array)
    facts = mask_facts(array.mask)
    if values.size:
        facts["values"] = f"{values.min():.4g} to {values.max():.4g} {unit}".rstrip()
    return card("Array2D", facts, [thumbnail(picture(array), unit or "values")])


def mask_html(mask: Mask2D) -> str:
    return card("Mask2D", mask_facts(mask), [thumbnail(mask.array, "dark: masked", "flags")])


def imaging_html(dataset: Imaging) -> str:
    pictures = [
        thumbnail(picture(dataset.data), "data"),
        thumbnail(picture(dataset.noise_map), "noise map"),
        thumbnail(picture(dataset.signal_to_noise_map), "signal to noise"),
    ]
    facts = mask_facts(dataset.mask)
    if dataset.psf is not None:
        kernel = dataset.psf.kernel
        pictures.append(thumbnail(picture(kernel), "PSF"))
        facts["PSF"] = "{} × {} pixels".format(*kernel.shape_native)
    facts["highest signal to noise"] = f"{dataset.signal_to_noise_max:.4g}"
    facts["light is evaluated at"] = f"{dataset.over_sampling.total} points"
    if unit := unit_of_values(dataset.data):
        facts["unit"] = unit
    return card("Imaging", facts, pictures)


def mask_facts(mask: Mask2D) -> dict[str, str]:
    """Where the pixels are, in words."""
    rows, columns = mask.shape_native
    (y, x), scales = mask.pixel_scales, mask.scales_text
    facts = {"pixels": f"{rows} × {columns} of {scales}″", "field": f"{rows * y:.4g}″ × {columns * x:.4g}″"}
    if not mask.is_all_false:
        facts["unmasked"] = f"{mask.pixels_in_mask} pixels"
    return facts


def picture(array: Array2D) -> np.ndarray:
    """(rows, columns) values, NaN where masked."""
    return np.where(array.mask.array, np.nan, np.asarray(array.native, dtype=float))


def unit_of_values(array: Any) -> str:
    """The unit that the header names, or ""."""
    return str(array.header.get("BUNIT", "")).strip()
