r"""Halos whose parameters are masses: their scales follow from a concentration and a cosmology, `Planck15`.

`kappa_s` and `scale_radius` are computed from masses and redshifts where they are asked for, and differentiable in
them.
"""

from __future__ import annotations

import abc
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.cosmology import Planck15
from galens.galaxy.profiles.mass.cnfw import cNFWHalo, cNFWHaloSph
from galens.galaxy.profiles.mass.concentration import duffy_concentration, ludlow_concentration, scattered
from galens.galaxy.profiles.mass.gnfw import gNFWHalo, gNFWHaloSph
from galens.galaxy.profiles.mass.halo_mass import (
    HaloScales,
    cored_mass,
    generalised_mass,
    nfw_mass,
    radius_from_mass,
    scales_from,
)
from galens.galaxy.profiles.mass.nfw import NFWHalo, NFWHaloSph
from galens.galaxy.profiles.mass.nfw_truncated import NFWTruncatedHaloSph
from galens.galaxy.profiles.parameters import Profile, Scalar, parameter

__all__ = [
    "NFWMCRDuffySph",
    "NFWMCRLudlow",
    "NFWMCRLudlowSph",
    "NFWMCRScatterLudlow",
    "NFWMCRScatterLudlowSph",
    "NFWTruncatedMCRDuffySph",
    "NFWTruncatedMCRLudlowSph",
    "NFWTruncatedMCRScatterLudlowSph",
    "NFWVirialMassConcSph",
    "cNFWMCRLudlow",
    "cNFWMCRLudlowSph",
    "cNFWMCRScatterLudlow",
    "cNFWMCRScatterLudlowSph",
    "gNFWMCRLudlow",
    "gNFWVirialMassConcSph",
    "gNFWVirialMassgNFWConcSph",
]


class ByMass(Profile, HaloScales):
    """A halo between two redshifts whose scales follow from a mass."""

    @abc.abstractmethod
    def _scales(self) -> tuple[Any, Any]:
        """(kappa_s, scale radius in arcsec)."""

    @property
    def kappa_s(self) -> Any:
        """The scale of the density times `scale_radius` over the critical surface density."""
        return self._scales()[0]

    @property
    def scale_radius(self) -> Any:
        """r_s, along the major axis, arcsec."""
        return self._scales()[1]


class ByMassAt200(ByMass):
    """A halo of a mass inside the radius of 200 critical densities, as concentrated as halos of this mass are.

    Args:
        mass_at_200: solar masses.
        redshift_object, redshift_source: of the halo and of what is behind it.
    """

    mass_at_200: Scalar = parameter(1e9, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, at_least=0.0)
    redshift_source: Scalar = parameter(1.0, at_least=0.0)

    @abc.abstractmethod
    def _concentration(self) -> Any:
        """r_200 / r_s."""

    def _shape_mass(self, concentration: Any) -> Any:
        return nfw_mass(concentration)

    def _scales(self) -> tuple[Any, Any]:
        concentration = self._concentration()
        shape_mass = self._shape_mass(concentration)
        return _scales(self.mass_at_200, concentration, shape_mass, self.redshift_object, self.redshift_source)


class Duffy(ByMassAt200):
    """With the concentration of `duffy_concentration`."""

    def _concentration(self) -> Any:
        return duffy_concentration(self.mass_at_200, self.redshift_object)


class Ludlow(ByMassAt200):
    """With the concentration of `ludlow_concentration`."""

    def _concentration(self) -> Any:
        return ludlow_concentration(self.mass_at_200, self.redshift_object)


class ScatterLudlow(ByMassAt200):
    """With a concentration `scatter_sigma` standard deviations of 0.15 dex above `ludlow_concentration`."""

    scatter_sigma: Scalar = parameter(0.0)

    def _concentration(self) -> Any:
        return scattered(ludlow_concentration(self.mass_at_200, self.redshift_object), self.scatter_sigma)


class NFWMCRDuffySph(Duffy, NFWHaloSph):
    """Spherical `NFW` of a mass, its concentration after Duffy et al. (2008).

    Args:
        centre: (y, x), arcsec.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """


class NFWMCRLudlow(Ludlow, NFWHalo):
    """`NFW` of a mass, its concentration after Ludlow et al. (2016).

    Args:
        centre, ell_comps: see `NFW`.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """


class NFWMCRLudlowSph(Ludlow, NFWHaloSph):
    """Spherical `NFWMCRLudlow`."""


class NFWMCRScatterLudlow(ScatterLudlow, NFWHalo):
    """`NFWMCRLudlow` whose concentration lies `scatter_sigma` standard deviations off the mean relation."""


class NFWMCRScatterLudlowSph(ScatterLudlow, NFWHaloSph):
    """Spherical `NFWMCRScatterLudlow`."""


class Truncated(ByMassAt200, NFWTruncatedHaloSph):
    """Cut off at twice the radius of 200 critical densities."""

    @property
    def truncation_radius(self) -> Any:
        """r_t, arcsec."""
        return 2.0 * self._concentration() * self.scale_radius


class NFWTruncatedMCRDuffySph(Duffy, Truncated):
    """`NFWMCRDuffySph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class NFWTruncatedMCRLudlowSph(Ludlow, Truncated):
    """`NFWMCRLudlowSph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class NFWTruncatedMCRScatterLudlowSph(ScatterLudlow, Truncated):
    """`NFWMCRScatterLudlowSph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class gNFWMCRLudlow(Ludlow, gNFWHalo):  # noqa: N801
    """`gNFW` with the scales of the `NFWMCRLudlow` halo of this mass.

    Whatever its inner slope, kappa_s and r_s are those of slope 1, so that other slopes hold another mass.

    Args:
        centre, ell_comps, inner_slope: see `gNFW`.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """

    inner_slope: Scalar = parameter(1.0, below=3.0)


class Cored(ByMassAt200):
    """With a core of a fraction of the scale radius: `mass_at_200` is that of the halo with its core.

    Args:
        f_c: r_c / r_s.
    """

    f_c: Scalar = parameter(0.01, above=0.0, below=1.0)

    @property
    def core_radius(self) -> Any:
        """r_c, along the major axis, arcsec."""
        return self.f_c * self.scale_radius

    def _shape_mass(self, concentration: Any) -> Any:
        return cored_mass(concentration, self.f_c)


class cNFWMCRLudlow(Cored, Ludlow, cNFWHalo):  # noqa: N801
    """`cNFW` of a mass, its concentration after Ludlow et al. (2016).

    Args:
        centre, ell_comps: see `cNFW`.
        mass_at_200, redshift_object, redshift_source, f_c: see `Cored`.
    """


class cNFWMCRLudlowSph(Cored, Ludlow, cNFWHaloSph):  # noqa: N801
    """Spherical `cNFWMCRLudlow`."""


class cNFWMCRScatterLudlow(Cored, ScatterLudlow, cNFWHalo):  # noqa: N801
    """`cNFWMCRLudlow` whose concentration lies `scatter_sigma` standard deviations off the mean relation."""


class cNFWMCRScatterLudlowSph(Cored, ScatterLudlow, cNFWHaloSph):  # noqa: N801
    """Spherical `cNFWMCRScatterLudlow`."""


class NFWVirialMassConcSph(ByMass, NFWHaloSph):
    """Spherical `NFW` of a mass, a concentration and the overdensity that both refer to.

    Args:
        centre: (y, x), arcsec.
        virial_mass: solar masses.
        concentration: virial radius over r_s.
        virial_overdens: mean density inside the virial radius, in critical densities at the halo.
        redshift_object, redshift_source: of the halo and of what is behind it.
    """

    virial_mass: Scalar = parameter(1e12, at_least=0.0)
    concentration: Scalar = parameter(10.0, above=0.0)  # type: ignore[assignment]
    virial_overdens: Scalar = parameter(200.0, above=0.0)
    redshift_object: Scalar = parameter(0.5, at_least=0.0)
    redshift_source: Scalar = parameter(1.0, at_least=0.0)

    def _scales(self) -> tuple[Any, Any]:
        return _scales(
            self.virial_mass,
            self.concentration,
            nfw_mass(self.concentration),
            self.redshift_object,
            self.redshift_source,
            self.virial_overdens,
        )


class ByGeneralisedMass(ByMass):
    """A generalised halo of a mass, a concentration and the overdensity that both refer to."""

    log10m_vir: Scalar = parameter(12.0)
    overdens: Scalar = parameter(0.0, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, at_least=0.0)
    redshift_source: Scalar = parameter(1.0, at_least=0.0)
    inner_slope: Scalar = parameter(1.0, below=2.0)

    @abc.abstractmethod
    def _concentration(self) -> Any:
        """Virial radius over r_s."""

    @property
    def overdensity(self) -> Any:
        """`overdens`, or where that is 0 the virial overdensity of Bryan & Norman (1998), ApJ 495, 80."""
        excess = Planck15().Om(self.redshift_object) - 1.0
        return jnp.where(
            jnp.asarray(self.overdens) > 0.0, self.overdens, 18.0 * np.pi**2 + 82.0 * excess - 39.0 * excess * excess
        )

    @property
    def virial_radius(self) -> Any:
        """Radius inside which the mean density is `overdensity` critical ones, kpc."""
        return radius_from_mass(self._mass(), self.redshift_object, Planck15(), self.overdensity)

    def _mass(self) -> Any:
        return jnp.exp(np.log(10.0) * self.log10m_vir)

    def _scales(self) -> tuple[Any, Any]:
        concentration = self._concentration()
        shape_mass = generalised_mass(concentration, self.inner_slope)
        redshifts = (self.redshift_object, self.redshift_source)
        return _scales(self._mass(), concentration, shape_mass, *redshifts, self.overdensity)


class gNFWVirialMassConcSph(ByGeneralisedMass, gNFWHaloSph):  # noqa: N801
    """Spherical `gNFW` of a mass, with the concentration of where its slope is 2.

    Args:
        centre, inner_slope: see `gNFW`.
        log10m_vir: decimal logarithm of the virial mass, solar masses.
        c_2: virial radius over the radius where the slope is 2, (2 - inner_slope) r_s.
        overdens: mean density inside the virial radius, in critical densities at the halo; 0 for that of Bryan &
            Norman (1998).
        redshift_object, redshift_source: of the halo and of what is behind it.
    """

    c_2: Scalar = parameter(10.0, above=0.0)

    def _concentration(self) -> Any:
        return (2.0 - self.inner_slope) * self.c_2


class gNFWVirialMassgNFWConcSph(ByGeneralisedMass, gNFWHaloSph):  # noqa: N801
    """`gNFWVirialMassConcSph` with `c_gNFW`, the virial radius over r_s, instead of `c_2`."""

    c_gNFW: Scalar = parameter(10.0, above=0.0)  # noqa: N815

    def _concentration(self) -> Any:
        return self.c_gNFW


@jax.jit
def _scales(
    mass: Any, concentration: Any, shape_mass: Any, redshift_object: Any, redshift_source: Any, overdensity: Any = 200.0
) -> tuple[Any, Any]:
    return scales_from(mass, concentration, shape_mass, redshift_object, redshift_source, Planck15(), overdensity)
