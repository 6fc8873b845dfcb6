"""Light profiles by the signal to noise that an exposure of them has: the family `lp_snr`, for simulations."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import jax.numpy as jnp

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.profiles.light import standard
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.parameters import Profile, Scalar, parameter

NAMES = (
    "Chameleon",
    "ChameleonSph",
    "DevVaucouleurs",
    "DevVaucouleursSph",
    "ElsonFreeFall",
    "ElsonFreeFallSph",
    "Exponential",
    "ExponentialSph",
    "Gaussian",
    "GaussianSph",
    "Sersic",
    "SersicCore",
    "SersicSph",
)


class LightProfileSNR(LightProfile):
    """Makes the profile that it precedes as a base one whose intensity follows from a signal to noise.

    A simulator gives it the intensity with which the brightest pixel of its image has that signal to noise; by hand
    `with_intensity_from` does. Until then it has the intensity 1.
    """

    intensity: ClassVar[Scalar] = 1.0
    ordinary: ClassVar[type[LightProfile]]
    """The class of the same shape with an intensity."""

    def intensity_from(
        self, grid: aa.Grid2D, exposure_time: float, background_sky_level: float = 0.0, psf: aa.Convolver | None = None
    ) -> Any:
        r"""The intensity for which N counts in the brightest pixel have the signal to noise N / sqrt(N + sky).

        Args:
            grid: of the image.
            exposure_time: t, seconds.
            background_sky_level: brightness of the sky, electrons per second per pixel.
            psf: of the image; None for none.

        Raises:
            ProfileError: an exposure time that is not above 0, a sky below 0, or a profile that is dark on the grid.
        """
        if not exposure_time > 0.0 or not background_sky_level >= 0.0:
            raise ProfileError(
                f"{type(self).__name__}: exposure_time must be above 0 and background_sky_level at least 0, got "
                f"{exposure_time!r} and {background_sky_level!r}."
            )
        image = self.image_2d_from(grid) if psf is None else self.blurred_image_2d_from(grid, psf)
        peak = float(jnp.max(image.values))
        if not peak > 0.0:
            raise ProfileError(
                f"{type(self).__name__}: its image on the grid is dark, so no intensity makes it brighter."
            )
        square = self.signal_to_noise_ratio**2  # type: ignore[attr-defined]
        # The positive root of N^2 = S^2 (N + sky t).
        counts = 0.5 * (square + (square * square + 4.0 * square * background_sky_level * exposure_time) ** 0.5)
        return counts / (peak * exposure_time)

    def with_intensity_from(
        self, grid: aa.Grid2D, exposure_time: float, background_sky_level: float = 0.0, psf: aa.Convolver | None = None
    ) -> LightProfile:
        """The profile of the family `lp` that has the intensity of `intensity_from`; arguments as there."""
        fields = [each.name for each in dataclasses.fields(self) if each.name != "signal_to_noise_ratio"]
        values = {name: getattr(self, name) for name in fields}
        intensity = self.intensity_from(grid, exposure_time, background_sky_level, psf)
        return self.ordinary(intensity=intensity, **values)  # type: ignore[call-arg]


class SignalToNoise(Profile):
    """The parameter of the family, first among them.

    Args:
        signal_to_noise_ratio: of the brightest pixel.
    """

    signal_to_noise_ratio: Scalar = parameter(10.0, above=0.0)


def _by_signal_to_noise(cls: type[LightProfile]) -> type[LightProfileSNR]:
    # The formula and the other parameters are inherited; the intensity is a constant of the class instead of a field.
    namespace = {
        "__module__": __name__,
        "__qualname__": cls.__name__,
        "__doc__": f"`lp.{cls.__name__}` by its signal to noise, the first argument. Others as there, no `intensity`.",
        "__annotations__": {"intensity": ClassVar[float], "ordinary": ClassVar[type]},
        "intensity": 1.0,
        "ordinary": cls,
    }
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, (LightProfileSNR, cls, SignalToNoise), namespace)


_FAMILY = {name: _by_signal_to_noise(getattr(standard, name)) for name in NAMES}

__all__ = [*_FAMILY]

globals().update(_FAMILY)


def __getattr__(name: str) -> Any:  # says to type checkers that there are such classes
    raise AttributeError(f"lp_snr has no profile {name!r}; it has: {', '.join(__all__)}.")
