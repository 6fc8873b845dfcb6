"""The closed form of a cored isothermal ellipsoid against the integral, and its identities."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from galens.numerics.cored_isothermal import cored_isothermal_deflection, cored_isothermal_potential

Y, X = np.random.default_rng(2).normal(scale=2.0, size=(2, 12))
deflection = jax.jit(cored_isothermal_deflection)
slopes = jax.jit(jax.vmap(jax.grad(cored_isothermal_potential, (1, 2)), (None, 0, 0, None)))
hessian = jax.jit(
    jax.vmap(jax.jacfwd(lambda c, y, x, e: jnp.stack(deflection(c, y, x, e)), (1, 2)), (None, 0, 0, None))
)


@pytest.mark.parametrize(("axis_ratio", "bound"), [(0.1, 1e-9), (0.5, 1e-13), (1.0, 1e-13)])
@pytest.mark.parametrize("core", [0.0, 0.3])
def test_deflection_is_the_integral(axis_ratio, bound, core):
    ell_comps = (0.0, (1 - axis_ratio) / (1 + axis_ratio))
    points = [(0.0, 0.7), (0.7, 0.0), (0.3, -0.4), (-2.0, 1e-3), (1e-3, 40.0)]
    found = deflection(core, *np.transpose(points), ell_comps)

    def integral(y, x, power):
        # Schramm (1990) with u = t^2, which takes the cusp out.
        def integrand(t):
            stretch = 1 - (1 - axis_ratio**2) * t * t
            return 2 * t / np.sqrt(t * t * (x * x + y * y / stretch) + core**2) / stretch ** (power / 2)

        return axis_ratio * quad(integrand, 0, 1, epsabs=1e-13, epsrel=1e-12, limit=200)[0]

    expected = [[y * integral(y, x, 3) for y, x in points], [x * integral(y, x, 1) for y, x in points]]
    np.testing.assert_allclose(found, expected, atol=bound)


@pytest.mark.parametrize("ell_comps", [(0.0, 0.0), (1e-9, -1e-9), (0.2, -0.3)])
def test_deflection_is_the_gradient_of_the_potential_and_has_the_divergence(ell_comps):
    core = 0.3
    alpha = deflection(core, Y, X, ell_comps)
    np.testing.assert_allclose(slopes(core, Y, X, ell_comps), alpha, atol=1e-12)
    by_y, by_x = hessian(core, Y, X, ell_comps)
    np.testing.assert_allclose(by_y[:, 1], by_x[:, 0], atol=1e-12)
    e0, e1 = ell_comps
    q = (1 - np.hypot(e0, e1)) / (1 + np.hypot(e0, e1))
    w = (1 - e1) * X - e0 * Y, (1 + e1) * Y - e0 * X
    radius = (1 + q) / (2 * q) * np.hypot(*w)
    np.testing.assert_allclose(0.5 * (by_y[:, 0] + by_x[:, 1]), 1 / np.hypot(radius, core), rtol=1e-11)
    assert cored_isothermal_potential(core, 0.0, 0.0, ell_comps) == pytest.approx(0.0, abs=1e-15)
