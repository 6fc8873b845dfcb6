"""Where on the sky an image was taken: the world coordinate system (WCS) cards of its FITS header."""

from __future__ import annotations

import re
from typing import Any

from galens.array.header import Header

__all__ = ["header_moved", "pixel_scales_in", "world_cards", "world_pixel_scales"]

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


def world_pixel_scales(header: Header) -> tuple[float, float] | None:
    """(y, x) sides of a pixel, arcsec; None where the header does not place the image on the sky."""
    cards = world_cards(header)
    if not cards:
        return None
    from astropy.io import fits
    from astropy.wcs import WCS
    from astropy.wcs.utils import proj_plane_pixel_scales

    wcs = WCS(fits.Header(cards))
    if not wcs.has_celestial:
        return None
    x, y = 3600.0 * proj_plane_pixel_scales(wcs.celestial)
    return float(y), float(x)


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
