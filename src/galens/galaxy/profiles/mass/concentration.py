r"""How concentrated halos are: the relation of mass, redshift and concentration.

Concentrations are r_200 / r_s, masses M_200 in solar masses, both for a mean density of 200 critical ones.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens.numerics.gauss_fraction import pade_coefficients
from galens.numerics.implicit_root import implicit_root
from galens.numerics.polynomial import horner

__all__ = ["SCATTER", "duffy_concentration", "ludlow_concentration", "scattered"]

SCATTER = 0.15
"""Standard deviation of log10 c at a given mass."""

DUFFY_PIVOT = 2.952465309e12  # solar masses

# Planck 2015, as in colossus, with which the relation was written down. It is not the universe of distances.
HUBBLE, MATTER, BARYONS, TEMPERATURE, SIGMA_8, TILT = 0.6774, 0.3089, 0.0486, 2.7255, 0.8159, 0.9667
DARK_ENERGY = 1.0 - MATTER
MATTER_DENSITY = 2.77536627e11 * MATTER  # (solar masses / h) / (Mpc / h)^3, today

# Ludlow et al. (2016): collapsed fraction, density over the critical one, Einasto index, threshold of collapse.
COLLAPSED, CONTRAST, EINASTO, THRESHOLD = 0.02, 650.0, 0.18, 1.686470
LARGEST = 100.0

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
NODES, WEIGHTS = (_NODES + 1.0) / 2.0, _WEIGHTS / 2.0


def duffy_concentration(mass_at_200: Any, redshift: Any) -> Any:
    """c_200 after Duffy et al. (2008), MNRAS 390, L64: all halos, 5.71 (1 + z)^-0.47 (M / 2e12 h^-1)^-0.084."""
    return 5.71 * (1.0 + redshift) ** -0.47 * (mass_at_200 / DUFFY_PIVOT) ** -0.084


def scattered(concentration: Any, scatter_sigma: Any) -> Any:
    """A concentration that lies `scatter_sigma` standard deviations of 0.15 dex above the mean relation."""
    return concentration * jnp.exp(np.log(10.0) * SCATTER * scatter_sigma)


@jax.jit
def ludlow_concentration(mass_at_200: Any, redshift: Any) -> Any:
    r"""c_200 after Ludlow et al. (2016), from the time at which the mass inside the scale radius had collapsed.

    With the Einasto profile of index 0.18 the mass fraction inside r_-2 is m(c), and c solves

    .. math:: m(c) = \mathrm{erfc} \frac{\delta_c / D(z_{-2}) - \delta_c / D(z)}
                                        {\sqrt{2 [\sigma^2(f M) - \sigma^2(M)]}},
              \qquad 200 c^3 m(c) \, \rho_c(z) = 650 \, \rho_c(z_{-2})

    with f = 0.02, the transfer function of Eisenstein & Hu (1998) and the growth D of a flat universe of matter and a
    cosmological constant. It agrees with colossus to 1e-3.

    Args:
        mass_at_200: solar masses, a number.
        redshift: of the halo.

    Source: Ludlow et al. (2016), MNRAS 460, 1214, appendix C.
    """
    mass, redshift = jnp.asarray(mass_at_200, float) * HUBBLE, jnp.asarray(redshift, float)
    spread = jnp.sqrt(2.0 * (_variance(COLLAPSED * mass) - _variance(mass)))
    rate = MATTER * (1.0 + redshift) ** 3 + DARK_ENERGY
    now = THRESHOLD / _growth(1.0 / (1.0 + redshift))
    exponent = 3.0 / EINASTO

    def mass_integral(x: Any) -> Any:
        """The lower incomplete gamma function over x^exponent."""
        return jnp.sum(WEIGHTS * NODES ** (exponent - 1.0) * jnp.exp(-x * NODES))

    def excess(log_concentration: Any) -> Any:
        # c^3 times the mass inside r_-2, over that inside r_200.
        inner = mass_integral(2.0 / EINASTO) / mass_integral(2.0 / EINASTO * jnp.exp(EINASTO * log_concentration))
        cubed = (200.0 / CONTRAST * inner * rate - DARK_ENERGY) / MATTER
        # Matter never was thinner than when dark energy rules.
        scale = jnp.maximum(cubed, 1e-2) ** (-1.0 / 3.0)
        collapsed = jax.scipy.special.erfc((THRESHOLD / _growth(scale) - now) / spread)
        return inner * jnp.exp(-3.0 * log_concentration) - collapsed

    return jnp.exp(implicit_root(excess, 0.0, np.log(LARGEST)))


def _growth(scale: Any) -> Any:
    """Growth of structure up to a scale factor, 1 today: a 2F1(1, 1/3; 11/6; -a^3 Omega_L / Omega_m)."""
    above, below = _growth_fraction()
    z = -DARK_ENERGY / MATTER * scale**3
    return scale * horner(above, z) / horner(below, z)


@cache
def _growth_fraction() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Coefficients of numerator and denominator of growth over the scale factor: numbers, nothing to compile."""
    with jax.ensure_compile_time_eval():
        above, below = pade_coefficients(1.0 / 3.0, 11.0 / 6.0, 12)
        z = -DARK_ENERGY / MATTER
        today = horner(above, z) / horner(below, z)
        return tuple(np.asarray(above / today).tolist()), tuple(np.asarray(below).tolist())


def _variance(mass: Any) -> Any:
    """sigma^2 of the linear density field today, in spheres that hold a mass (solar masses / h)."""
    wave_numbers, power = _spectrum()
    radius = (3.0 * mass / (4.0 * np.pi * MATTER_DENSITY)) ** (1.0 / 3.0)
    return jnp.sum(power * _top_hat(wave_numbers * radius) ** 2)


def _top_hat(x: Any) -> Any:
    """3 (sin x - x cos x) / x^3."""
    square = x * x
    near = square < 1e-2
    away = jnp.where(near, 1.0, x)
    series = 1.0 - square / 10.0 * (1.0 - square / 28.0 * (1.0 - square / 54.0))
    return jnp.where(near, series, 3.0 * (jnp.sin(away) - away * jnp.cos(away)) / away**3)


@cache
def _spectrum() -> tuple[np.ndarray, np.ndarray]:
    """Wave numbers, h / Mpc, and what each contributes to sigma^2, so that sigma in 8 Mpc / h is sigma_8."""
    wave_numbers = np.logspace(-5.0, 3.0, 1024)
    power = wave_numbers ** (3.0 + TILT) * _transfer(wave_numbers * HUBBLE) ** 2
    x = 8.0 * wave_numbers
    window = 3.0 * (np.sin(x) - x * np.cos(x)) / x**3
    return wave_numbers, power * SIGMA_8**2 / np.sum(power * window**2)


def _transfer(k: np.ndarray) -> np.ndarray:
    """The transfer function of Eisenstein & Hu (1998), ApJ 496, 605, equations 2 to 24; k in 1 / Mpc."""
    matter, baryons, theta = MATTER * HUBBLE**2, BARYONS * HUBBLE**2, TEMPERATURE / 2.7
    part = BARYONS / MATTER
    z_equal, k_equal = 2.5e4 * matter / theta**4, 0.0746 * matter / theta**2
    b1 = 0.313 * matter**-0.419 * (1.0 + 0.607 * matter**0.674)
    z_drag = 1291.0 * matter**0.251 / (1.0 + 0.659 * matter**0.828) * (1.0 + b1 * baryons ** (0.238 * matter**0.223))
    load_drag, load_equal = (31.5e3 * baryons / theta**4 / z for z in (z_drag, z_equal))
    ratio = (np.sqrt(1.0 + load_drag) + np.sqrt(load_drag + load_equal)) / (1.0 + np.sqrt(load_equal))
    horizon = 2.0 / (3.0 * k_equal) * np.sqrt(6.0 / load_equal) * np.log(ratio)
    silk = 1.6 * baryons**0.52 * matter**0.73 * (1.0 + (10.4 * matter) ** -0.95)
    q, ks = k / (13.41 * k_equal), k * horizon

    def pressureless(alpha: float, beta: float) -> np.ndarray:
        logarithm = np.log(np.e + 1.8 * beta * q)
        return logarithm / (logarithm + (14.2 / alpha + 386.0 / (1.0 + 69.9 * q**1.08)) * q * q)

    a1 = (46.9 * matter) ** 0.670 * (1.0 + (32.1 * matter) ** -0.532)
    a2 = (12.0 * matter) ** 0.424 * (1.0 + (45.0 * matter) ** -0.582)
    c1, c2 = 0.944 / (1.0 + (458.0 * matter) ** -0.708), (0.395 * matter) ** -0.0266
    alpha_dark = a1**-part * a2 ** -(part**3)
    beta_dark = 1.0 / (1.0 + c1 * ((1.0 - part) ** c2 - 1.0))
    mix = 1.0 / (1.0 + (ks / 5.4) ** 4)
    dark = mix * pressureless(1.0, beta_dark) + (1.0 - mix) * pressureless(alpha_dark, beta_dark)
    y = (1.0 + z_equal) / (1.0 + z_drag)
    s = np.sqrt(1.0 + y)
    alpha_baryon = 2.07 * k_equal * horizon * (1.0 + load_drag) ** -0.75
    alpha_baryon *= y * (-6.0 * s + (2.0 + 3.0 * y) * np.log((s + 1.0) / (s - 1.0)))
    beta_baryon = 0.5 + part + (3.0 - 2.0 * part) * np.sqrt((17.2 * matter) ** 2 + 1.0)
    wave = ks / (1.0 + (8.41 * matter**0.435 / ks) ** 3) ** (1.0 / 3.0)
    damped = alpha_baryon / (1.0 + (beta_baryon / ks) ** 3) * np.exp(-((k / silk) ** 1.4))
    baryonic = (pressureless(1.0, 1.0) / (1.0 + (ks / 5.2) ** 2) + damped) * np.sin(wave) / wave
    return part * baryonic + (1.0 - part) * dark
