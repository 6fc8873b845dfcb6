"""Where on the sky an image was taken: the world coordinate system (WCS) cards of its FITS header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["WorldCoordinates"]

# Greisen & Calabretta (2002), Calabretta & Greisen (2002);
# A_, B_, AP_, BP_ are SIP distortions, Shupe et al. (2005).
NUMBER_CARD = re.compile(
    r"(CRVAL|CRPIX|CDELT|CROTA)\d|(CD|PC|PV)\d+_\d+|LONPOLE|LATPOLE|EQUINOX|(A|B|AP|BP)_(\d+_\d+|DMAX)"
)
TEXT_CARD = re.compile(r"(CTYPE|CUNIT)\d|RADESYS|RADECSYS|WCSAXES|WCSNAME|(A|B|AP|BP)_ORDER")


class WorldCoordinates(eqx.Module):
    """The WCS cards of a header, kept so that results can be written with the sky position of their data.

    The numbers are one leaf and the names and texts are static: images of different places on the sky
    share one compilation, and each keeps its own place.

    Args:
        names: names of the cards with a number.
        values: (number of names,) their values, units as in the header.
        texts: (name, value) of the cards with a text or a count.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    values: jax.Array
    texts: tuple[tuple[str, str | int], ...] = eqx.field(static=True)

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self | None:
        """The WCS cards of an astropy header or a mapping of cards; None where it places no reference
        pixel.
        """
        numbers = {name: float(header[name]) for name in header if NUMBER_CARD.fullmatch(name)}
        if not {"CRPIX1", "CRPIX2"} <= numbers.keys():
            return None
        texts = {name: header[name] for name in header if TEXT_CARD.fullmatch(name)}
        return cls(
            names=tuple(numbers), values=jnp.asarray(list(numbers.values())), texts=tuple(texts.items())
        )

    @property
    def cards(self) -> dict[str, str | int | float]:
        """Name to value, as they go into a FITS header."""
        return {
            **dict(self.texts),
            **dict(zip(self.names, np.asarray(self.values).tolist(), strict=True)),
        }

    def shifted(self, rows: float, columns: float) -> WorldCoordinates:
        """The same sky for an array in which what was pixel (0, 0) is pixel (`rows`, `columns`).

        Padding shifts by the pixels added at the top and left, cropping by minus those removed; only
        CRPIX changes.
        """
        shift = np.zeros(len(self.names))
        shift[self.names.index("CRPIX1")] = columns
        shift[self.names.index("CRPIX2")] = rows
        return WorldCoordinates(self.names, self.values + shift, self.texts)

    def resized(self, old: tuple[int, int], new: tuple[int, int]) -> WorldCoordinates:
        """The same sky for an array resized about its centre: pixel n // 2 of each side stays pixel n //
        2.
        """
        return self.shifted(new[0] // 2 - old[0] // 2, new[1] // 2 - old[1] // 2)

    @property
    def pixel_scales(self) -> tuple[float, float] | None:
        """(y, x) sides of a pixel, arcsec; None where the axes are not positions on the sky."""
        from astropy.io.fits import Header
        from astropy.wcs import WCS
        from astropy.wcs.utils import proj_plane_pixel_scales

        wcs = WCS(Header(self.cards))
        if not wcs.has_celestial:
            return None
        x, y = 3600.0 * proj_plane_pixel_scales(wcs.celestial)
        return float(y), float(x)
