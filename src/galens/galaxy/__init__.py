"""Galaxies and their light: profiles, images, fits of imaging data."""

from galens.galaxy import convert
from galens.galaxy.geometry import EllProfile
from galens.galaxy.profiles.light import operated as lp_operated
from galens.galaxy.profiles.light import standard as lp
from galens.galaxy.profiles.light.base import LightProfile

__all__ = ["EllProfile", "LightProfile", "convert", "lp", "lp_operated"]
