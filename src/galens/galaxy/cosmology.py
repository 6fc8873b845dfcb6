r"""Distances, scales and densities of flat universes: from redshifts to kpc and solar masses.

The expansion rate is that of matter, radiation, neutrinos with mass and dark energy,

.. math:: E^2(z) = \Omega_m (1+z)^3 + \Omega_\gamma (1+z)^4 [1 + \nu(z)] + \Omega_{de} (1+z)^{3(1+w_0)}

with :math:`\nu` the energy of neutrinos over that of photons (Komatsu et al. 2011, eq. 26). Neutrinos are no part of
:math:`\Omega_m`, and dark energy makes the universe flat. These are the conventions of `astropy.cosmology`, with which
all of this agrees to 1e-8.

A cosmology is a pytree: its parameters can be free in a model, and gradients go through them and through redshifts.
"""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens.errors import CosmologyError
from galens.galaxy.profiles.parameters import Scalar

__all__ = ["WMAP9", "FlatLambdaCDM", "FlatwCDM", "Planck13", "Planck15", "Planck18"]

# CODATA 2018 and IAU 2015.
SPEED_OF_LIGHT = 299792.458  # km / s
GRAVITATION = 4.300917270036279e-6  # kpc (km / s)^2 / solar mass
KPC_PER_MPC = 1e3
RADIAN = 206264.80624709636  # arcsec
PHOTONS = 0.004481620089297255  # density over the critical one at 1 K and H0 = 1 km / s / Mpc
BOLTZMANN = 8.617333262145179e-5  # eV / K

NEUTRINO_TEMPERATURE = (4.0 / 11.0) ** (1.0 / 3.0)  # over that of photons
NEUTRINO_ENERGY = 7.0 / 8.0 * NEUTRINO_TEMPERATURE**4  # of a species without mass over that of photons
MASS_FACTOR, MASS_POWER = 0.3173, 1.83

# Gauss-Legendre in ln(1 + z): relative error of distances below 1e-12 up to redshift 20.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
NODES, WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0


class FlatwCDM(eqx.Module):
    """A flat universe whose dark energy has a constant equation of state.

    Redshifts are numbers or arrays of any shape; results have the shape that they broadcast to.

    Args:
        H0: expansion rate today, km / s / Mpc.
        Om0: matter today over the critical density, baryons included, neutrinos not.
        w0: pressure over energy density of dark energy.
        Tcmb0: temperature of the background radiation today, K; 0 for neither radiation nor neutrinos.
        Neff: effective number of neutrino species.
        m_nu: masses of the species, eV: one for each, or one number for three alike.
        Ob0: baryons today over the critical density.

    Raises:
        CosmologyError: a parameter that no universe has.
    """

    H0: Scalar = 67.66
    Om0: Scalar = 0.30966
    w0: Scalar = -1.0
    Tcmb0: Scalar = 2.7255
    Neff: Scalar = 3.046
    m_nu: Scalar | tuple[Scalar, ...] = 0.0
    Ob0: Scalar = 0.04897

    def __check_init__(self) -> None:
        masses = {f"m_nu[{i}]": mass for i, mass in enumerate(self._masses)}
        least = {"H0": 0.0, "Om0": 0.0, "Tcmb0": 0.0, "Neff": 0.0, "Ob0": 0.0, **dict.fromkeys(masses, 0.0)}
        for name, bound in least.items():
            value = masses[name] if name in masses else getattr(self, name)
            if isinstance(value, (int, float)) and not (value > bound if name == "H0" else value >= bound):
                comparison = "above" if name == "H0" else "at least"
                raise CosmologyError(f"{type(self).__name__}: {name} is {value}, but must be {comparison} {bound:g}.")

    # ---- densities -------------------------------------------------------------------------------------------------

    def E(self, redshift: Any) -> Any:  # noqa: N802 (the field's name)
        """Expansion rate H(z) over that of today."""
        return jnp.sqrt(self._squared_rate(jnp.asarray(redshift, float)))

    def Om(self, redshift: Any) -> Any:  # noqa: N802
        """Matter over the critical density at a redshift."""
        redshift = jnp.asarray(redshift, float)
        return self.Om0 * (1.0 + redshift) ** 3 / self._squared_rate(redshift)

    def critical_density(self, redshift: Any) -> Any:
        """3 H^2 / (8 pi G) at a redshift, solar masses / kpc^3."""
        rate = self.H0 / KPC_PER_MPC
        return 3.0 * rate**2 * self._squared_rate(jnp.asarray(redshift, float)) / (8.0 * np.pi * GRAVITATION)

    def cosmic_average_density_solar_mass_per_kpc3_from(self, redshift: Any) -> Any:
        """`critical_density` under the name that scripts use."""
        return self.critical_density(redshift)

    def cosmic_average_density_from(self, redshift: Any) -> Any:
        """Critical density at a redshift, solar masses / arcsec^3."""
        return self.critical_density(redshift) * self.kpc_per_arcsec_from(redshift) ** 3

    def critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(
        self, redshift_0: Any, redshift_1: Any
    ) -> Any:
        """Surface density at `redshift_0` that focuses light from `redshift_1`, c^2 D_s / (4 pi G D_l D_ls), solar
        masses / kpc^2; infinite where the source is at the lens, negative where it is in front of it."""
        return SPEED_OF_LIGHT**2 / (4.0 * np.pi * GRAVITATION) / self._lensing_distance(redshift_0, redshift_1)

    def critical_surface_density_between_redshifts_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """The same in solar masses / arcsec^2 at `redshift_0`."""
        density = self.critical_surface_density_between_redshifts_solar_mass_per_kpc2_from(redshift_0, redshift_1)
        return density * self.kpc_per_arcsec_from(redshift_0) ** 2

    # ---- distances -------------------------------------------------------------------------------------------------

    def angular_diameter_distance_between_redshifts_in_kpc_from(self, redshift_0: Any, redshift_1: Any) -> Any:
        """Angular diameter distance from `redshift_0` to `redshift_1`, kpc; negative where the second is nearer."""
        start, stop = jnp.asarray(redshift_0, float), jnp.asarray(redshift_1, float)
        logarithm = jnp.log1p(stop) - jnp.log1p(start)
        scale = (1.0 + start)[..., None] * jnp.exp(logarithm[..., None] * NODES)
        integral = logarithm * jnp.sum(WEIGHTS * scale / self.E(scale - 1.0), axis=-1)
        return SPEED_OF_LIGHT / self.H0 * KPC_PER_MPC * integral / (1.0 + stop)

    def angular_diameter_distance_to_earth_in_kpc_from(self, redshift: Any) -> Any:
        """Angular diameter distance from here, kpc."""
        return self.angular_diameter_distance_between_redshifts_in_kpc_from(jnp.zeros_like(redshift, float), redshift)

    def luminosity_distance(self, redshift: Any) -> Any:
        """Luminosity distance from here, Mpc."""
        redshift = jnp.asarray(redshift, float)
        return self.angular_diameter_distance_to_earth_in_kpc_from(redshift) * (1.0 + redshift) ** 2 / KPC_PER_MPC

    def kpc_per_arcsec_from(self, redshift: Any) -> Any:
        """Length that is seen under one arcsec, kpc."""
        return self.angular_diameter_distance_to_earth_in_kpc_from(redshift) / RADIAN

    def arcsec_per_kpc_from(self, redshift: Any) -> Any:
        """Angle under which one kpc is seen, arcsec."""
        return 1.0 / self.kpc_per_arcsec_from(redshift)

    # ---- lensing ---------------------------------------------------------------------------------------------------

    def scaling_factor_between_redshifts_from(self, redshift_0: Any, redshift_1: Any, redshift_final: Any) -> Any:
        """Deflection by a lens at `redshift_0` of light from `redshift_1` over that of light from `redshift_final`,
        D_01 D_f / (D_1 D_0f): 0 at the lens, 1 at `redshift_final`."""
        lens, source, final = jnp.broadcast_arrays(redshift_0, redshift_1, redshift_final)
        here = jnp.zeros_like(source)
        # one integral of four, because each is large in a compiled program
        between, to_final, to_source, whole = self.angular_diameter_distance_between_redshifts_in_kpc_from(
            jnp.stack([lens, here, here, lens]), jnp.stack([source, final, source, final])
        )
        return between * to_final / (to_source * whole)

    def velocity_dispersion_from(self, redshift_0: Any, redshift_1: Any, einstein_radius: Any) -> Any:
        """Velocity dispersion of a singular isothermal sphere, km / s.

        Args:
            redshift_0: of the lens.
            redshift_1: of the source.
            einstein_radius: arcsec.
        """
        radius = einstein_radius * self.kpc_per_arcsec_from(redshift_0)
        return SPEED_OF_LIGHT * jnp.sqrt(radius / (4.0 * np.pi * self._lensing_distance(redshift_0, redshift_1)))

    def _lensing_distance(self, redshift_0: Any, redshift_1: Any) -> Any:
        """D_l D_ls / D_s, kpc."""
        to = self.angular_diameter_distance_to_earth_in_kpc_from
        between = self.angular_diameter_distance_between_redshifts_in_kpc_from(redshift_0, redshift_1)
        return to(redshift_0) * between / to(redshift_1)

    @property
    def _masses(self) -> tuple[Any, ...]:
        return self.m_nu if isinstance(self.m_nu, tuple) else (self.m_nu,) * 3

    def _squared_rate(self, redshift: Any) -> Any:
        growth = 1.0 + redshift
        photons = PHOTONS * self.Tcmb0**4 / self.H0**2
        radiation = photons * (1.0 + self._neutrinos(growth))
        dark = 1.0 - self.Om0 - photons * (1.0 + self._neutrinos(jnp.ones_like(growth)))
        return self.Om0 * growth**3 + radiation * growth**4 + dark * growth ** (3.0 * (1.0 + self.w0))

    def _neutrinos(self, growth: Any) -> Any:
        """Energy of neutrinos over that of photons where 1 + z = `growth`."""
        # Without radiation there are no neutrinos either; their temperature must not be divided by.
        temperature = jnp.where(jnp.asarray(self.Tcmb0) > 0.0, self.Tcmb0, 1.0) * NEUTRINO_TEMPERATURE * growth
        masses = jnp.stack([jnp.asarray(mass, float) for mass in self._masses])
        ratios = MASS_FACTOR * masses / (BOLTZMANN * temperature[..., None])
        energies = (1.0 + ratios**MASS_POWER) ** (1.0 / MASS_POWER)
        return NEUTRINO_ENERGY * self.Neff * jnp.mean(energies, axis=-1)


class FlatLambdaCDM(FlatwCDM):
    """A flat universe with a cosmological constant: `FlatwCDM` with `w0` -1.

    The defaults are those of Planck 2018 without neutrino masses.
    """


class Planck13(FlatLambdaCDM):
    """Planck Collaboration (2014), paper XVI, table 5."""

    H0: Scalar = 67.77
    Om0: Scalar = 0.30712
    m_nu: Scalar | tuple[Scalar, ...] = (0.0, 0.0, 0.06)
    Ob0: Scalar = 0.048252


class Planck15(FlatLambdaCDM):
    """Planck Collaboration (2016), paper XIII, table 4: what is used where no cosmology is given."""

    H0: Scalar = 67.74
    Om0: Scalar = 0.3075
    m_nu: Scalar | tuple[Scalar, ...] = (0.0, 0.0, 0.06)
    Ob0: Scalar = 0.0486


class Planck18(FlatLambdaCDM):
    """Planck Collaboration (2020), paper VI, table 2."""

    m_nu: Scalar | tuple[Scalar, ...] = (0.0, 0.0, 0.06)


class WMAP9(FlatLambdaCDM):
    """Hinshaw et al. (2013), table 4."""

    H0: Scalar = 69.32
    Om0: Scalar = 0.2865
    Tcmb0: Scalar = 2.725
    Neff: Scalar = 3.04
    Ob0: Scalar = 0.04628
