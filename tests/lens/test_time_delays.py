"""Time delays: against reference numbers, Fermat's principle, and what must not play a part."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import galens.lens as al
from tests.lens.lenses import POINTS, sis

LENS = al.Galaxy(redshift=0.2, mass=al.mp.Isothermal(ell_comps=(0.0, -0.111111), einstein_radius=2.0))
PAIR = np.array([[0.7, 0.5], [1.0, 1.0]])


def test_delays_are_those_of_the_reference():
    delays = al.Tracer([LENS, al.Galaxy(redshift=0.7)]).time_delays_from(al.Grid2DIrregular(PAIR))
    np.testing.assert_allclose(np.diff(delays), [-29.0176387 - 8.52966247], rtol=1e-4)
    np.testing.assert_allclose(delays, [8.52966247, -29.0176387], rtol=1e-4)


def test_mass_of_the_source_plays_no_part():
    dark = al.Tracer([LENS, al.Galaxy(redshift=0.7)])
    heavy = al.Tracer([LENS, sis(0.7, 0.3)])
    np.testing.assert_array_equal(dark.time_delays_from(PAIR), heavy.time_delays_from(PAIR))


def test_delays_scale_with_the_hubble_constant():
    delays = [
        al.Tracer([LENS, al.Galaxy(redshift=0.7)], al.cosmo.FlatLambdaCDM(H0=H0, Tcmb0=0.0)).time_delays_from(PAIR)
        for H0 in (70.0, 35.0)
    ]
    np.testing.assert_allclose(2 * delays[0], delays[1], rtol=1e-12)


def test_rays_through_two_lens_planes_are_where_arrival_is_stationary():
    """The arrival time as a function of where a path crosses the planes, written out, has no slope at a ray."""
    tracer = al.Tracer([sis(0.3, 1.2), sis(0.8, 0.5, (0.3, -0.2)), al.Galaxy(redshift=2.0)])
    cosmology = al.cosmo.Planck15()
    to = cosmology.angular_diameter_distance_to_earth_in_kpc_from
    between = cosmology.angular_diameter_distance_between_redshifts_in_kpc_from
    near, far, last = 0.3, 0.8, 2.0

    def arrival(at_near, at_far, at_source):
        first, second = (tracer.galaxies[i].mass for i in (0, 1))
        return (1 + near) * to(near) * (
            to(far) / between(near, far) * 0.5 * jnp.sum((at_near - at_far) ** 2)
            - to(last) / between(near, last) * first.potential_at(*at_near)
        ) + (1 + far) * to(far) * to(last) / between(far, last) * (
            0.5 * jnp.sum((at_far - at_source) ** 2) - second.potential_at(*at_far)
        )

    slopes = jax.jit(jax.value_and_grad(arrival, argnums=(0, 1)))
    times = []
    for point in POINTS:
        ray = [jnp.stack(each) for each in tracer.traced_at(*point)]
        time, (by_near, by_far) = slopes(*ray)
        scale = abs(time)
        np.testing.assert_allclose(by_near / scale, 0.0, atol=1e-12)
        np.testing.assert_allclose(by_far / scale, 0.0, atol=1e-12)
        times.append(time)
    delays = np.asarray(tracer.time_delays_from(POINTS))
    np.testing.assert_allclose(delays / delays[0], np.array(times) / times[0], rtol=1e-12)
    # A source in the second plane sees the first alone.
    inner = al.Tracer([sis(0.3, 1.2), al.Galaxy(redshift=0.8), al.Galaxy(redshift=2.0)])
    rays, mass = inner.traced_at(*POINTS.T), inner.galaxies[0].mass
    factor = cosmology.scaling_factor_between_redshifts_from(near, far, last)
    square = sum((a - b) ** 2 for a, b in zip(rays[0], rays[1], strict=True))
    shape = 0.5 * square - factor * mass.potential_at(*POINTS.T)
    delays = np.asarray(tracer.time_delays_from(POINTS, plane_index=1))
    np.testing.assert_allclose(delays / delays[0], shape / shape[0], rtol=1e-12)
