"""Datasets from astropy's `NDData` and `CCDData`: data, uncertainty, mask, world coordinates and unit in one object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.array.psf import Convolver
from galens.array.world_coordinates import world_pixel_scales
from galens.errors import DatasetError

__all__ = ["parts_of"]


def parts_of(
    nddata: Any, psf: Any, pixel_scales: float | Sequence[float] | None
) -> tuple[Array2D, Array2D, Convolver | None, Mask2D | None]:
    """Data, noise map, PSF and mask of an object; arguments as of `Imaging.from_nddata`.

    Raises:
        DatasetError: no pixel scale, no uncertainty, or none that is a standard deviation in disguise.
    """
    header = _header_of(nddata)
    scales = world_pixel_scales(header) if pixel_scales is None else pixel_scales
    if scales is None:
        raise DatasetError("the NDData has no celestial world coordinates: give pixel_scales, in arcsec.")
    psf = getattr(nddata, "psf", None) if psf is None else psf
    if psf is not None and not isinstance(psf, Convolver):
        psf = Convolver(Array2D.no_mask(psf, scales))
    data = Array2D.no_mask(np.asarray(nddata.data, float), scales, header=header)
    noise_map = Array2D.no_mask(_noise_of(nddata), scales, header=header)
    flags = nddata.mask
    return data, noise_map, psf, None if flags is None else Mask2D(np.broadcast_to(flags, data.shape_native), scales)


def _noise_of(nddata: Any) -> np.ndarray:
    """Standard deviations (rows, columns) in the unit of the data, from an uncertainty of any of astropy's types.

    Raises:
        DatasetError: there is no uncertainty, or none that is a standard deviation in disguise.
    """
    from astropy.nddata import StdDevUncertainty, UnknownUncertainty

    uncertainty = nddata.uncertainty
    if uncertainty is None or isinstance(uncertainty, UnknownUncertainty):
        raise DatasetError(
            "the NDData has no uncertainty of a known type: give it a StdDevUncertainty, VarianceUncertainty or "
            "InverseVariance."
        )
    with np.errstate(divide="ignore", invalid="ignore"):  # an inverse variance of 0 is looked at with the mask
        deviation = uncertainty.represent_as(StdDevUncertainty)
    if deviation.unit is None or nddata.unit is None:
        return np.asarray(deviation.array, float)
    return deviation.quantity.to_value(nddata.unit)


def _header_of(nddata: Any) -> Header:
    """The object's own FITS header, if it has one, with its world coordinates and its unit (BUNIT)."""
    from astropy.io import fits

    header = fits.Header()
    header.update({name: value for name, value in nddata.meta.items() if isinstance(value, str | bool | int | float)})
    if nddata.wcs is not None and hasattr(nddata.wcs, "to_header"):
        header.update(nddata.wcs.to_header(relax=True))
    if nddata.unit is not None:
        header["BUNIT"] = nddata.unit.to_string()
    return Header(header)
