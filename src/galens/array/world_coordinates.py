"""Where on the sky an image was taken: the world coordinate system (WCS) cards of its FITS header."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from galens.array.geometry import Geometry2D
from galens.array.header import Header
from galens.errors import ArrayError

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord
    from astropy.wcs import WCS

__all__ = [
    "header_moved",
    "pixel_scales_in",
    "scaled_from_sky",
    "sky_from_scaled",
    "wcs_of",
    "world_cards",
    "world_pixel_scales",
]

# Greisen & Calabretta (2002), Calabretta & Greisen (2002), and for distortions (A_, B_, AP_, BP_)
# Shupe et al. (2005).
WORLD_CARD = re.compile(
    r"(CTYPE|CUNIT|CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC|PV|PS)\d+_\d+|WCSAXES|WCSNAME|LONPOLE|LATPOLE"
    r"|RADESYS|RADECSYS|EQUINOX|(A|B|AP|BP)_(ORDER|DMAX|\d+_\d+)"
)


def world_cards(header: Header) -> dict[str, Any]:
    """Name to value of the cards that place an image on the sky; empty without a reference pixel."""
    cards = header.cards
    if cards is None or "CRPIX1" not in cards or "CRPIX2" not in cards:
        return {}
    return {name: cards[name] for name in cards if WORLD_CARD.fullmatch(name)}


def header_moved(header: Header, rows: float, columns: float) -> Header:
    """The header of the same sky for an array in which pixel (0, 0) has become pixel (`rows`, `columns`).

    Padding moves pixels by the number added at the top and left, cropping by minus the number removed. Of the
    cards only CRPIX1 and CRPIX2 change.
    """
    cards = header.cards
    if cards is None:
        return header
    for name, shift in (("CRPIX1", columns), ("CRPIX2", rows)):
        if name in cards:
            cards[name] = cards[name] + shift
    return Header(cards)


def wcs_of(header: Header) -> WCS | None:
    """The celestial `astropy.wcs.WCS` of a header; None where it does not place the image on the sky."""
    cards = world_cards(header)
    if not cards:
        return None
    from astropy.io import fits
    from astropy.wcs import WCS

    wcs = WCS(fits.Header(cards))
    return wcs.celestial if wcs.has_celestial else None


def world_pixel_scales(header: Header) -> tuple[float, float] | None:
    """(y, x) sides of a pixel, arcsec; None where the header does not place the image on the sky."""
    wcs = wcs_of(header)
    if wcs is None:
        return None
    from astropy.wcs.utils import proj_plane_pixel_scales

    x, y = 3600.0 * proj_plane_pixel_scales(wcs)
    return float(y), float(x)


def sky_from_scaled(header: Header, geometry: Geometry2D, coordinates: Any) -> SkyCoord:
    """Where (y, x) arcsec (..., 2) of an array lie on the sky, by its header.

    Raises:
        ArrayError: the header does not place the array on the sky.
    """
    row, column = np.moveaxis(geometry.grid_pixels_2d_from(np.asarray(coordinates)) - 0.5, -1, 0)
    return _required(header).pixel_to_world(column, row)


def scaled_from_sky(header: Header, geometry: Geometry2D, sky: SkyCoord) -> np.ndarray:
    """(y, x) arcsec (..., 2) in an array of places on the sky; the inverse of `sky_from_scaled`."""
    column, row = _required(header).world_to_pixel(sky)
    return geometry.grid_scaled_2d_from(np.stack([row, column], axis=-1) + 0.5)


def _required(header: Header) -> WCS:
    wcs = wcs_of(header)
    if wcs is None:
        raise ArrayError("the header has no world coordinates (WCS): it does not place the image on the sky.")
    return wcs


def pixel_scales_in(header: Header) -> tuple[tuple[float, float], str] | None:
    """(y, x) sides of a pixel, arcsec, and which part of a header says so; None where it does not.

    The world coordinates come first, then the cards that galens writes, then those of some observatories.
    """
    world = world_pixel_scales(header)
    if world is not None:
        return world, "world coordinates"
    for names in (("PIXSCAY", "PIXSCAX"), ("PIXSCALE",), ("SECPIX",)):
        sides = [header.get(name) for name in names]
        if all(isinstance(side, int | float) and side > 0 for side in sides):
            return (float(sides[0]), float(sides[-1])), " and ".join(names)
    return None
