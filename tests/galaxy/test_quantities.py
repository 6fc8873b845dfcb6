"""Profiles from astropy Quantities."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from astropy import units as u

from galens import galaxy as ag
from galens.errors import ProfileError


def test_a_profile_of_quantities_is_the_one_in_arcsec():
    given = ag.lp.Sersic(
        centre=(100 * u.mas, (0.2 / 60) * u.arcmin),
        ell_comps=(0.1, 0.05 * u.dimensionless_unscaled),
        intensity=2.0,
        effective_radius=(0.6 / 3600) * u.deg,
        sersic_index=3 * u.dimensionless_unscaled,
    )
    plain = ag.lp.Sersic(
        centre=(0.1, 0.2), ell_comps=(0.1, 0.05), intensity=2.0, effective_radius=0.6, sersic_index=3.0
    )
    np.testing.assert_allclose(jax.tree.leaves(given), jax.tree.leaves(plain), rtol=1e-14)
    assert all(type(leaf) is float for leaf in jax.tree.leaves(given))


def test_a_centre_may_be_one_quantity_of_two():
    assert ag.lp.Gaussian(centre=[0.5, -0.5] * u.arcsec, sigma=1 * u.arcsec).centre == (0.5, -0.5)


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (ag.lp.Sersic, {"effective_radius": 3 * u.kpc}, "Sersic: effective_radius is 3.0 kpc, but must be an angle"),
        (ag.lp.Sersic, {"centre": (1 * u.pix, 0.0)}, "centre is 1.0 pix, but must be an angle"),
        (ag.lp.Sersic, {"sersic_index": 3 * u.arcsec}, "sersic_index is 3.0 arcsec, but must be a pure number"),
        (ag.lp.Sersic, {"intensity": 3 * u.Jy}, "intensity is 3.0 Jy, but must be a plain number, in the unit of"),
        (ag.lp.Sersic, {"effective_radius": -1 * u.arcsec}, "effective_radius is -1.0, but must be at least 0"),
        (ag.lp.Moffat, {"alpha": 1 * u.kpc}, "Moffat: alpha is 1.0 kpc"),
        (ag.lp.MoffatSph, {"beta": 1 * u.arcsec}, "beta is 1.0 arcsec, but must be a pure number"),
    ],
)
def test_a_wrong_unit_names_profile_parameter_and_what_is_allowed(cls, arguments, message):
    with pytest.raises(ProfileError, match=message):
        cls(**arguments)
