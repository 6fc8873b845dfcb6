"""Datasets from astropy's `NDData` and `CCDData`: data, uncertainty, mask, world coordinates and unit in one object."""

from __future__ import annotations

from typing import Any

import numpy as np

from galens.array.header import Header
from galens.errors import DatasetError

__all__ = ["header_of", "noise_of"]


def noise_of(nddata: Any) -> np.ndarray:
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


def header_of(nddata: Any) -> Header:
    """The object's own FITS header, if it has one, with its world coordinates and its unit (BUNIT)."""
    from astropy.io import fits

    header = fits.Header()
    header.update({name: value for name, value in nddata.meta.items() if isinstance(value, str | bool | int | float)})
    if nddata.wcs is not None and hasattr(nddata.wcs, "to_header"):
        header.update(nddata.wcs.to_header(relax=True))
    if nddata.unit is not None:
        header["BUNIT"] = nddata.unit.to_string()
    return Header(header)
