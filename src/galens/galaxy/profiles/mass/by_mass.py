r"""Halos whose parameters are masses: their scales follow from a concentration and a cosmology, `Planck15`.

They consist of a mass and redshifts; `halo` is the halo of the scales that follow, differentiable in all of them.
"""

from __future__ import annotations

import abc
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.galaxy.cosmology import Planck15
from galens.galaxy.geometry import EllProfile, Spherical
from galens.galaxy.profiles.mass.base import MassProfile
from galens.galaxy.profiles.mass.cnfw import cNFW, cNFWSph
from galens.galaxy.profiles.mass.concentration import duffy_concentration, ludlow_concentration, scattered
from galens.galaxy.profiles.mass.gnfw import gNFW, gNFWSph
from galens.galaxy.profiles.mass.halo_mass import (
    HaloMass,
    cored_mass,
    generalised_mass,
    nfw_mass,
    radius_from_mass,
    scales_from,
)
from galens.galaxy.profiles.mass.nfw import NFW, NFWSph
from galens.galaxy.profiles.mass.nfw_truncated import NFWTruncatedSph, TruncatedHaloMass
from galens.galaxy.profiles.parameters import Scalar, parameter

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


class ByMass(EllProfile, MassProfile, HaloMass):
    """A halo between two redshifts whose scales follow from a mass."""

    @property
    @abc.abstractmethod
    def halo(self) -> Any:
        """The same halo, given by its scales, which are computed here: once for each map."""

    @property
    def kappa_s(self) -> Any:
        """The scale of the density times `scale_radius` over the critical surface density."""
        return self.halo.kappa_s

    @property
    def scale_radius(self) -> Any:
        """r_s, along the major axis, arcsec."""
        return self.halo.scale_radius

    def deflections_at(self, y: Any, x: Any) -> tuple[Any, Any]:
        return self.halo.deflections_at(y, x)

    def potential_at(self, y: Any, x: Any) -> Any:
        return self.halo.potential_at(y, x)

    def convergence_at(self, y: Any, x: Any) -> Any:
        return self.halo.convergence_at(y, x)


class ByMassAt200(ByMass):
    """A halo of a mass inside the radius of 200 critical densities, as concentrated as halos of this mass are.

    Args:
        mass_at_200: solar masses.
        redshift_object, redshift_source: of the halo and of what is behind it.
    """

    mass_at_200: Scalar = parameter(1e9, at_least=0.0)
    redshift_object: Scalar = parameter(0.5, at_least=0.0)
    redshift_source: Scalar = parameter(1.0, at_least=0.0)

    @property
    def halo(self) -> Any:
        return self._halo(self._concentration())

    @abc.abstractmethod
    def _concentration(self) -> Any:
        """r_200 / r_s."""

    @abc.abstractmethod
    def _halo(self, concentration: Any) -> Any:
        """`halo` of a concentration."""

    def _scales(self, concentration: Any, shape_mass: Any = None) -> tuple[Any, Any]:
        """(kappa_s, scale radius in arcsec); `shape_mass` is m of the concentration, that of NFW halos if None."""
        shape_mass = nfw_mass(concentration) if shape_mass is None else shape_mass
        return _scales(self.mass_at_200, concentration, shape_mass, self.redshift_object, self.redshift_source)

    def _scales_in_kpc(self, concentration: Any) -> tuple[Any, Any]:
        """(r_s in kpc, density scale in solar masses / kpc^3) of an NFW halo."""
        radius = radius_from_mass(self.mass_at_200, self.redshift_object, Planck15()) / concentration
        return radius, self.mass_at_200 / (4.0 * np.pi * radius**3 * nfw_mass(concentration))


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


class Ellipse(ByMassAt200):
    """Of the shape of `NFW`."""

    def _halo(self, concentration: Any) -> NFW:
        return NFW(self.centre, self.ell_comps, *self._scales(concentration))


class Sphere(Spherical, ByMassAt200):
    """Of the shape of `NFWSph`."""

    def _halo(self, concentration: Any) -> NFWSph:
        return NFWSph(self.centre, *self._scales(concentration))


class NFWMCRDuffySph(Sphere, Duffy):
    """Spherical `NFW` of a mass, its concentration after Duffy et al. (2008).

    Args:
        centre: (y, x), arcsec.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """


class NFWMCRLudlow(Ludlow, Ellipse):
    """`NFW` of a mass, its concentration after Ludlow et al. (2016).

    Args:
        centre, ell_comps: see `NFW`.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """


class NFWMCRLudlowSph(Sphere, Ludlow):
    """Spherical `NFWMCRLudlow`."""


class NFWMCRScatterLudlow(ScatterLudlow, Ellipse):
    """`NFWMCRLudlow` whose concentration lies `scatter_sigma` standard deviations off the mean relation."""


class NFWMCRScatterLudlowSph(Sphere, ScatterLudlow):
    """Spherical `NFWMCRScatterLudlow`."""


class Truncated(Spherical, ByMassAt200, TruncatedHaloMass):
    """Of the shape of `NFWTruncatedSph`, cut off at twice the radius of 200 critical densities."""

    @property
    def truncation_radius(self) -> Any:
        """r_t, arcsec."""
        return self.halo.truncation_radius

    def _halo(self, concentration: Any) -> NFWTruncatedSph:
        kappa_s, scale_radius = self._scales(concentration)
        return NFWTruncatedSph(self.centre, kappa_s, scale_radius, 2.0 * concentration * scale_radius)


class NFWTruncatedMCRDuffySph(Truncated, Duffy):
    """`NFWMCRDuffySph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class NFWTruncatedMCRLudlowSph(Truncated, Ludlow):
    """`NFWMCRLudlowSph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class NFWTruncatedMCRScatterLudlowSph(Truncated, ScatterLudlow):
    """`NFWMCRScatterLudlowSph` cut off, as `NFWTruncatedSph` is, at 2 r_200."""


class gNFWMCRLudlow(Ludlow):  # noqa: N801
    """`gNFW` with the scales of the `NFWMCRLudlow` halo of this mass.

    Whatever its inner slope, kappa_s and r_s are those of slope 1, so that other slopes hold another mass.

    Args:
        centre, ell_comps, inner_slope: see `gNFW`.
        mass_at_200, redshift_object, redshift_source: see `ByMassAt200`.
    """

    inner_slope: Scalar = parameter(1.0, below=3.0)

    def _halo(self, concentration: Any) -> gNFW:
        kappa_s, scale_radius = self._scales(concentration)
        return gNFW(self.centre, self.ell_comps, kappa_s, self.inner_slope, scale_radius)


class Cored(ByMassAt200):
    """With a core of a fraction of the scale radius: `mass_at_200` is that of the halo with its core.

    Args:
        f_c: r_c / r_s.
    """

    f_c: Scalar = parameter(0.01, above=0.0, below=1.0)

    @property
    def core_radius(self) -> Any:
        """r_c, along the major axis, arcsec."""
        return self.halo.core_radius

    def _cored_scales(self, concentration: Any) -> tuple[Any, Any, Any]:
        """(kappa_s, scale radius, core radius)."""
        kappa_s, scale_radius = self._scales(concentration, cored_mass(concentration, self.f_c))
        return kappa_s, scale_radius, self.f_c * scale_radius


class CoredEllipse(Cored):
    """Of the shape of `cNFW`."""

    def _halo(self, concentration: Any) -> cNFW:
        return cNFW(self.centre, self.ell_comps, *self._cored_scales(concentration))


class CoredSphere(Spherical, Cored):
    """Of the shape of `cNFWSph`."""

    def _halo(self, concentration: Any) -> cNFWSph:
        return cNFWSph(self.centre, *self._cored_scales(concentration))


class cNFWMCRLudlow(CoredEllipse, Ludlow):  # noqa: N801
    """`cNFW` of a mass, its concentration after Ludlow et al. (2016).

    Args:
        centre, ell_comps: see `cNFW`.
        mass_at_200, redshift_object, redshift_source, f_c: see `Cored`.
    """


class cNFWMCRLudlowSph(CoredSphere, Ludlow):  # noqa: N801
    """Spherical `cNFWMCRLudlow`."""


class cNFWMCRScatterLudlow(CoredEllipse, ScatterLudlow):  # noqa: N801
    """`cNFWMCRLudlow` whose concentration lies `scatter_sigma` standard deviations off the mean relation."""


class cNFWMCRScatterLudlowSph(CoredSphere, ScatterLudlow):  # noqa: N801
    """Spherical `cNFWMCRScatterLudlow`."""


class NFWVirialMassConcSph(Spherical, ByMass):
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

    @property
    def halo(self) -> NFWSph:
        shape_mass = nfw_mass(self.concentration)
        redshifts = (self.redshift_object, self.redshift_source)
        scales = _scales(self.virial_mass, self.concentration, shape_mass, *redshifts, self.virial_overdens)
        return NFWSph(self.centre, *scales)


class ByGeneralisedMass(Spherical, ByMass):
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

    @property
    def halo(self) -> gNFWSph:
        concentration = self._concentration()
        shape_mass = generalised_mass(concentration, self.inner_slope)
        redshifts = (self.redshift_object, self.redshift_source)
        kappa_s, scale_radius = _scales(self._mass(), concentration, shape_mass, *redshifts, self.overdensity)
        return gNFWSph(self.centre, kappa_s, self.inner_slope, scale_radius)


class gNFWVirialMassConcSph(ByGeneralisedMass):  # noqa: N801
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


class gNFWVirialMassgNFWConcSph(ByGeneralisedMass):  # noqa: N801
    """`gNFWVirialMassConcSph` with `c_gNFW`, the virial radius over r_s, instead of `c_2`."""

    c_gNFW: Scalar = parameter(10.0, above=0.0)  # noqa: N815

    def _concentration(self) -> Any:
        return self.c_gNFW


@jax.jit
def _scales(
    mass: Any, concentration: Any, shape_mass: Any, redshift_object: Any, redshift_source: Any, overdensity: Any = 200.0
) -> tuple[Any, Any]:
    return scales_from(mass, concentration, shape_mass, redshift_object, redshift_source, Planck15(), overdensity)
