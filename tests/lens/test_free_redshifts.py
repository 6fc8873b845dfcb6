"""Redshifts and cosmologies as parameters: derivatives, batches, and planes whose order nobody knows."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.lens as al
from tests.lens.lenses import POINTS, shining, sis


@jax.jit
def observables(parameters):
    """Rays, image and delay of a lens with three planes; every redshift and the cosmology are free."""
    near, far, last, H0, Om0, w0 = parameters
    cosmology = al.cosmo.FlatwCDM(H0=H0, Om0=Om0, w0=w0)
    tracer = al.Tracer([sis(near, 1.2), sis(far, 0.4, (0.3, -0.2)), shining(last, centre=(0.1, 0.1))], cosmology)
    rays = jnp.stack([jnp.stack(each) for each in tracer.traced_at(*POINTS.T)])
    image = tracer.image_2d_from(grid=POINTS)
    return jnp.concatenate([rays.ravel(), image, tracer.time_delays_from(grid=POINTS)])


TRUTH = jnp.array([0.4, 1.1, 2.3, 70.0, 0.3, -0.9])


def test_derivatives_by_redshifts_and_cosmology_are_finite_differences():
    columns = np.asarray(jax.jit(jax.jacfwd(observables))(TRUTH))
    gradient = jax.jit(jax.grad(lambda p: jnp.sum(observables(p) ** 2)))(TRUTH)
    np.testing.assert_allclose(gradient, 2.0 * np.asarray(observables(TRUTH)) @ columns, rtol=1e-10)
    for index, value in enumerate(np.asarray(TRUTH)):
        step = 1e-5 * abs(value)
        above, below = (np.asarray(observables(TRUTH.at[index].add(sign * step))) for sign in (1, -1))
        np.testing.assert_allclose(columns[:, index], (above - below) / (2 * step), rtol=2e-6, atol=2e-7)
    assert np.all(np.linalg.norm(columns, axis=0) > 0.0)


def test_a_batch_of_redshifts_is_a_loop():
    batch = TRUTH + jnp.array([[0.0], [0.05], [-0.05]]) * jnp.array([1.0, 1.0, 1.0, 10.0, 1.0, 1.0])
    together = jax.jit(jax.vmap(observables))(batch)
    np.testing.assert_allclose(together, [observables(each) for each in batch], rtol=1e-11)


@jax.jit
def freely(first, second, last):
    """Two masses of free redshifts in front of a source, and whether that is possible."""
    tracer = al.Tracer([sis(first, 1.2), sis(second, 0.4, (0.3, -0.2)), shining(last)])
    *_, ray = tracer.traced_at(*POINTS.T)
    return ray, tracer.time_delays_from(grid=POINTS), tracer.is_physical()


@pytest.mark.parametrize("second", [1.1, 0.2, 0.4])
def test_free_redshifts_may_have_any_order(second):
    ray, delays, physical = freely(0.4, second, 2.3)
    known = al.Tracer([sis(0.4, 1.2), sis(second, 0.4, (0.3, -0.2)), shining(2.3)])
    np.testing.assert_allclose(ray, known.traced_at(*POINTS.T)[-1], rtol=1e-12)
    np.testing.assert_allclose(delays, known.time_delays_from(POINTS), rtol=1e-11)
    assert physical


def test_a_source_in_front_of_its_lenses_is_impossible_but_finite():
    ray, delays, physical = freely(0.4, 1.1, 0.3)
    assert not physical
    assert np.all(np.isfinite(ray))
    assert np.all(np.isfinite(delays))
    gradient = jax.grad(lambda z: sum(jnp.sum(each**2) for each in freely(0.4, 1.1, z)[:2][1:]))(0.3)
    assert np.isfinite(gradient)


def test_a_model_becomes_a_tracer():
    halo = af.Model(al.mp.IsothermalSph, centre=(0.8, 0.3), einstein_radius=0.2)
    model = af.Collection(
        galaxies=af.Collection(
            lens=af.Model(al.Galaxy, redshift=0.5, mass=al.mp.IsothermalSph),
            source=af.Model(al.Galaxy, redshift=2.0, light=al.lp.Sersic),
            subhalo=af.Model(al.Galaxy, redshift=af.UniformPrior(0.1, 1.9), mass=halo),
        ),
        extra_galaxies=[al.Galaxy(redshift=0.5, mass=al.mp.PointMass(centre=(1.0, 1.0), einstein_radius=0.1))],
        fields=af.Collection(around=af.Model(al.MassField, redshift=0.5, shear=al.mp.ExternalShear)),
        cosmology=af.Model(al.cosmo.FlatLambdaCDM, H0=af.UniformPrior(60.0, 80.0), Om0=0.3),
    )
    instance = model.instance_from_prior_medians()
    tracer = al.tracer_via_instance_from(instance)
    assert tracer.galaxies.names == ("lens", "source", "subhalo", "extra_galaxy_0")
    assert float(tracer.cosmology.H0) == pytest.approx(70.0)
    assert [float(z) for z in tracer.plane_redshifts] == [0.5, 1.0, 2.0]
    # The subhalo is where a ray that is seen at (0.8, 0.3) is at its redshift.
    lens, source = instance.galaxies.lens, instance.galaxies.source
    without = al.Tracer([lens, source, instance.extra_galaxies[0]], instance.cosmology, instance.fields)
    np.testing.assert_allclose(
        tracer.galaxies["subhalo"].mass.centre, without.ray_at_redshift(0.8, 0.3, 1.0), rtol=1e-12
    )
    assert instance.galaxies.subhalo.mass.centre == (0.8, 0.3)

    # With its redshift traced it may be in front of the lens, and the source is still the last plane.
    @jax.jit
    def ray(redshift):
        galaxies = {"lens": lens, "source": source, "subhalo": al.Galaxy(redshift, mass=instance.galaxies.subhalo.mass)}
        moved = al.tracer_via_instance_from(af.ModelInstance({"galaxies": galaxies, "fields": instance.fields}))
        return moved.traced_at(*POINTS.T)[-1]

    for redshift in (0.3, 1.0):
        halo = al.Galaxy(redshift, mass=al.mp.IsothermalSph(einstein_radius=0.2))
        centre = al.Tracer([lens, source], fields=instance.fields).ray_at_redshift(0.8, 0.3, redshift)
        known = al.Tracer([lens, source, sis(redshift, 0.2, tuple(map(float, centre)))], fields=instance.fields)
        np.testing.assert_allclose(ray(redshift), known.traced_at(*POINTS.T)[-1], rtol=1e-9)
