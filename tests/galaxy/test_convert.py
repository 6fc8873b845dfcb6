"""Conversions between ways to write an ellipticity, a shear and a multipole."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.errors import ProfileError
from galens.galaxy import convert
from tests.oracle import excess


def test_conversions_agree_with_the_reference(oracle):
    (case,) = (each for each in oracle.cases("geometry") if each["id"] == "convert")
    given = {name: oracle.input(case, name) for name in case["inputs"]}
    axis_ratio, angle, orders = given["axis_ratio"], given["angle_deg"], [int(m) for m in given["m"]]
    gamma_1, gamma_2 = given["gamma_1_2"].T
    got = {
        "axis_ratio_from": [convert.axis_ratio_from(tuple(e)) for e in given["ell_comps"]],
        "angle_from": [convert.angle_from(tuple(e)) for e in given["ell_comps"]],
        "ell_comps_from": [convert.ell_comps_from(q, phi) for q, phi in zip(axis_ratio, angle, strict=True)],
        "shear_magnitude_from": convert.shear_magnitude_from(gamma_1, gamma_2),
        "shear_angle_from": convert.shear_angle_from(gamma_1, gamma_2),
        "shear_gamma_1_2_from": np.transpose(convert.shear_gamma_1_2_from(0.3 * axis_ratio, angle)),
        "multipole_k_m_and_phi_m_from": [
            convert.multipole_k_m_and_phi_m_from(tuple(c), m)
            for c, m in zip(given["multipole_comps"], orders, strict=True)
        ],
        "multipole_comps_from": [
            convert.multipole_comps_from(0.2 * q, phi, m) for q, phi, m in zip(axis_ratio, angle, orders, strict=True)
        ],
    }
    assert set(got) == set(case["arrays"])
    for name, values in got.items():
        assert excess(values, *oracle.reference(case, name)) <= 1, name


@pytest.mark.parametrize(
    ("ell_comps", "angle"), [((0, 1), 0), ((1, 0), 45), ((0, -1), 90), ((-1, 0), -45), ((-1, -1), 112.5)]
)
def test_longest_ellipticities_are_shortened(ell_comps, angle):
    assert convert.axis_ratio_and_angle_from(ell_comps) == pytest.approx((0.001 / 1.999, angle))


def test_ellipticity_survives_a_round_trip():
    for axis_ratio, angle in ((0.5, 30.0), (0.9, -40.0), (0.2, 130.0)):
        ell_comps = convert.ell_comps_from(axis_ratio, angle)
        assert convert.axis_ratio_and_angle_from(ell_comps) == pytest.approx((axis_ratio, angle), rel=1e-13)
    assert convert.ell_comps_from(axis_ratio=0.5, angle=30.0) == pytest.approx((0.288675, 0.166667), abs=1e-6)


def test_concrete_results_are_python_floats():
    assert all(type(each) is float for each in convert.ell_comps_from(0.9, 45.0))
    assert type(convert.angle_from((0.1, 0.2))) is float


@pytest.mark.parametrize(("shear", "angle"), [((-0.05, 0.0), 90.0), ((0.0, -0.05), 135.0), ((0.05, -0.05), -22.5)])
def test_shear_angles_are_above_minus_45_and_up_to_135(shear, angle):
    assert convert.shear_angle_from(*shear) == pytest.approx(angle)


@pytest.mark.parametrize("angle", [0.0, 45.0, 90.0, 135.0, -40.0])
def test_shear_survives_a_round_trip(angle):
    gamma_1, gamma_2 = convert.shear_gamma_1_2_from(0.05, angle)
    assert convert.shear_magnitude_and_angle_from(gamma_1, gamma_2) == pytest.approx((0.05, angle), abs=1e-10)


def test_multipole_of_known_orientation():
    assert convert.multipole_k_m_and_phi_m_from((0.1, 0.0), 1) == pytest.approx((0.1, 90.0))
    assert convert.multipole_k_m_and_phi_m_from((0.1, 0.0), 2) == pytest.approx((0.1, 45.0))
    assert convert.multipole_k_m_and_phi_m_from((-0.1, -0.1), 2) == pytest.approx((0.1414213562, 112.5))


@pytest.mark.parametrize("order", [1, 3, 4])
def test_shape_angle_survives_a_round_trip(order):
    ell_comps = convert.ell_comps_from(0.7, 100.0)
    comps = convert.multipole_comps_from(0.03, None, order, shape_angle=11.0, ellipse_angle=100.0)
    by_comps = convert.multipole_k_m_phi_m_and_shape_angle_from(comps, order, ell_comps=ell_comps)
    by_angle = convert.multipole_k_m_phi_m_and_shape_angle_from(comps, order, ellipse_angle=100.0)
    assert by_comps == pytest.approx(by_angle)
    assert (by_angle[0], by_angle[2]) == pytest.approx((0.03, 11.0))
    assert -180 / order <= by_angle[2] < 180 / order


def test_shape_angle_needs_one_description_of_the_ellipse():
    with pytest.raises(ProfileError, match="ellipse_angle"):
        convert.multipole_k_m_phi_m_and_shape_angle_from((0.1, 0.0), 4)
    with pytest.raises(ProfileError, match="shape_angle"):
        convert.multipole_comps_from(0.1, None, 4, shape_angle=3.0)


def test_nothing_given_is_modified():
    angles = np.array([10.0, 20.0])
    convert.ell_comps_from(np.array([0.5, 0.6]), angles)
    np.testing.assert_array_equal(angles, [10.0, 20.0])


def test_gradients_are_finite_where_angles_are_undefined():
    def everything(pair):
        e = (pair[0], pair[1])
        values = [*convert.axis_ratio_and_angle_from(e), *convert.shear_magnitude_and_angle_from(*e)]
        values += [*convert.multipole_k_m_and_phi_m_from(e, 3), *convert.bounded_ell_comps(e)]
        return jnp.stack(values)

    for point in ([0.0, 0.0], [1e-200, 0.0], [0.0, 1.0], [2.0, -3.0]):
        assert jnp.all(jnp.isfinite(jax.jit(jax.jacfwd(everything))(jnp.array(point)))), point
