"""Light profiles of emission as observed, already convolved with the PSF: the family `lp_operated`."""

from __future__ import annotations

from galens.galaxy.profiles.light import standard
from galens.galaxy.profiles.light.base import LightProfileOperated

__all__ = ["Gaussian", "Moffat", "Sersic"]


class Gaussian(LightProfileOperated, standard.Gaussian):
    """Emission as observed with the shape of `lp.Gaussian`: an unresolved nucleus."""


class Moffat(LightProfileOperated, standard.Moffat):
    """Emission as observed with the shape of `lp.Moffat`: an unresolved nucleus."""


class Sersic(LightProfileOperated, standard.Sersic):
    """Emission as observed with the shape of `lp.Sersic`."""
