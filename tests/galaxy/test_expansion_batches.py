"""Batches of likelihoods of expansions in many Gaussians end, on two cores and without any flag, and are right."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from galens.galaxy.imaging import light
from galens.galaxy.imaging.light import light_of, model_of
from galens.galaxy.imaging.sight import sight_of


@pytest.fixture(scope="module")
def fitness():
    shape = (61, 61)
    truth = ag.Galaxies([ag.Galaxy(redshift=0.5, bulge=ag.lp.Sersic(intensity=0.2, effective_radius=0.6))])
    grid = ag.Grid2D.uniform(shape_native=shape, pixel_scales=0.1, over_sample_size=2)
    psf = ag.Convolver.from_gaussian(shape_native=(9, 9), sigma=0.15, pixel_scales=0.1, normalize=True)
    simulator = ag.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    dataset = simulator.via_galaxies_from(galaxies=truth, grid=grid)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=shape, pixel_scales=0.1, radius=2.5))
    galaxy = af.Model(
        ag.Galaxy,
        redshift=0.5,
        stars=ag.model_util.mge_model_from(mask_radius=2.5, total_gaussians=20, gaussian_per_basis=2),
        nucleus=ag.model_util.mge_point_model_from(pixel_scales=0.1),
        halo=af.Model(ag.lp_linear.ExponentialSph, centre=(0.0, 0.0), effective_radius=1.0),
    )
    return af.Fitness(af.Collection(galaxies=af.Collection(galaxy=galaxy)), ag.AnalysisImaging(dataset))


@pytest.fixture(scope="module")
def vectors(fitness):
    units = np.random.default_rng(0).uniform(0.3, 0.7, (6, fitness.program.n))
    return np.asarray(fitness.program.physical_from_unit(units))


def test_groups_in_one_loop_shine_as_they_do_one_by_one(fitness, monkeypatch):
    # Of unequal length, so that the shorter are filled up.
    sight = sight_of(fitness.analysis.dataset.operator, None, None)
    random = np.random.default_rng(6)
    amplitudes = jnp.asarray(random.uniform(0.1, 1.0, 11))
    weights = random.normal(size=fitness.analysis.dataset.shape_slim)

    def observed(tilts):
        gaussians = [
            ag.lp_linear.Gaussian(ell_comps=(tilt, 0.1), sigma=0.2 * (number + 1))
            for tilt, count in zip(tilts, (4, 3, 4), strict=True)
            for number in range(count)
        ]
        return model_of(sight, light_of(gaussians), amplitudes) @ weights

    value_and_grad = jax.value_and_grad(observed)
    tilts = jnp.array([0.05, -0.2, 0.3])
    assert light.MOST_FILLING * len(amplitudes) >= 3 * 4  # they go through the loop
    together = value_and_grad(tilts)
    monkeypatch.setattr(light, "MOST_FILLING", 0.0)
    apart = value_and_grad(tilts)
    np.testing.assert_allclose(together[0], apart[0], rtol=1e-12)
    np.testing.assert_allclose(together[1], apart[1], rtol=1e-11)


def test_batch_on_all_threads_of_the_device_equals_single_values(fitness, vectors):
    # The compiled program may use every thread, unlike the batches of searches, which have one core each.
    batch = jax.jit(jax.vmap(fitness))
    for _ in range(5):
        found = np.asarray(batch(jnp.asarray(vectors)))
    np.testing.assert_allclose(found, [float(fitness(vector)) for vector in vectors], rtol=1e-9)
    np.testing.assert_allclose(found, fitness.batched(vectors), rtol=1e-9)


def test_batch_of_gradients_equals_single_gradients(fitness, vectors):
    batch = jax.jit(jax.vmap(jax.grad(fitness)))
    for _ in range(3):
        found = np.asarray(batch(jnp.asarray(vectors[:2])))
    _, expected = fitness.value_and_grad(vectors[1])
    np.testing.assert_allclose(found[1], expected, rtol=1e-6, atol=1e-6 * np.max(np.abs(expected)))


def test_batch_of_joint_likelihoods_ends_and_is_the_sum_over_datasets(fitness):
    analysis = fitness.analysis
    galaxy = af.Model(ag.Galaxy, redshift=0.5, disk=ag.lp.Exponential)
    model = af.Collection(galaxies=af.Collection(galaxy=galaxy))
    graph = af.FactorGraphModel(*[af.AnalysisFactor(prior_model=model, analysis=analysis) for _ in range(2)])
    joint, single = af.Fitness(graph.global_prior_model, graph), af.Fitness(model, analysis)
    units = np.random.default_rng(0).uniform(0.3, 0.7, (6, joint.program.n))
    vectors = np.asarray(joint.program.physical_from_unit(units))
    batch = jax.jit(jax.vmap(joint))
    for _ in range(5):
        found = np.asarray(batch(jnp.asarray(vectors)))
    np.testing.assert_allclose(found, 2.0 * single.batched(vectors), rtol=1e-12)
