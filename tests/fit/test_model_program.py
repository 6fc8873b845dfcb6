"""The compiled model: transforms, densities, instances and validity under jit, grad and vmap; its identity."""

import copy

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galens import fit as af
from galens.errors import ModelError
from galens.fit.model.priors import PRIORS
from galens.fit.model.program import ModelProgram
from tests.fit.model_classes import Disk, Gaussian, WithTuple

PRIOR_EXAMPLES = {
    "Uniform": (-2.0, 5.0),
    "LogUniform": (1e-3, 1e3),
    "Gaussian": (0.3, 2.0),
    "TruncatedGaussian": (0.0, 0.3, -1.0, 1.0),
    "LogGaussian": (1.0, 2.0),
}


def mixed_model():
    """Ten parameters, two of every kind of prior, in an order that is not that of their kinds."""
    priors = [PRIORS[name](*PRIOR_EXAMPLES[name]) for _ in range(2) for name in PRIOR_EXAMPLES]
    return af.Collection(
        first=af.Model(Gaussian, centre=priors[0], normalization=priors[1], sigma=priors[2]),
        second=af.Model(Gaussian, centre=priors[3], normalization=priors[4], sigma=priors[5]),
        third=af.Model(WithTuple, tup=(priors[6], priors[7]), one=priors[8], two=priors[9]),
    )


def disk_model(**limits):
    model = af.Collection(
        disk=af.Model(
            Disk,
            position=(af.UniformPrior(-2.0, 2.0), af.UniformPrior(-2.0, 2.0)),
            flux=af.LogUniformPrior(1e-2, 1e2),
        )
    )
    model.add_assertion(model.disk.position_0 < model.disk.position_1)
    return model


def test_vectorised_transforms_equal_those_of_each_prior():
    model = mixed_model()
    units = np.random.default_rng(0).uniform(size=(4, 3, model.prior_count))
    program = model.program
    physical = program.physical_from_unit(units)
    assert physical.shape == units.shape
    normal = program.normal_from_physical(physical)
    for index, prior in enumerate(model.priors_ordered_by_id):
        np.testing.assert_allclose(physical[..., index], prior.value_for(units[..., index]), rtol=1e-14)
        log_density = prior.log_prior_from_value(physical[..., index])
        np.testing.assert_allclose(program.log_densities(physical)[..., index], log_density, rtol=1e-14)
    np.testing.assert_allclose(program.unit_from_physical(physical), units, rtol=1e-11)
    np.testing.assert_allclose(program.physical_from_normal(normal), physical, rtol=1e-11, atol=1e-14)
    expected = sum(
        prior.log_prior_from_value(physical[..., index]) + prior.log_normalisation()
        for index, prior in enumerate(model.priors_ordered_by_id)
    )
    np.testing.assert_allclose(program.log_prior(physical), expected, rtol=1e-13)


def test_transforms_of_vectors_are_the_same_compiled_mapped_and_eager():
    program = mixed_model().program
    normals = jnp.asarray(np.random.default_rng(1).normal(size=(5, program.n)))
    eager = program.physical_from_normal(normals)
    np.testing.assert_allclose(jax.jit(jax.vmap(program.physical_from_normal))(normals), eager, rtol=1e-14)
    np.testing.assert_allclose(jax.vmap(program.log_prior)(eager), program.log_prior(eager), rtol=1e-14)


def test_log_prior_is_minus_infinity_outside_with_finite_gradient():
    program = mixed_model().program
    inside = program.physical_from_unit(np.full(program.n, 0.3))
    outside = inside.at[0].set(6.0).at[4].set(-1.0)
    assert program.log_prior(outside) == -jnp.inf
    assert np.all(np.isfinite(jax.grad(program.log_prior)(outside)))
    assert np.isfinite(program.log_prior(inside))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-30.0, 30.0), min_size=10, max_size=10))
def test_values_and_gradients_of_transforms_are_finite_far_into_the_tails(normals):
    program = mixed_model().program
    normals = jnp.asarray(normals)
    assert np.all(np.isfinite(program.physical_from_normal(normals)))
    gradient = jax.grad(lambda z: jnp.sum(jnp.arcsinh(program.physical_from_normal(z))))(normals)
    assert np.all(np.isfinite(gradient))


def test_density_in_the_normal_space_is_standard_normal():
    program = mixed_model().program
    normals = jnp.linspace(-1.5, 2.0, program.n)
    slope = jnp.diagonal(jax.jacfwd(program.physical_from_normal)(normals))
    density = program.log_prior(program.physical_from_normal(normals)) + jnp.sum(jnp.log(slope))
    assert float(density) == pytest.approx(float(jnp.sum(jax.scipy.stats.norm.logpdf(normals))), rel=1e-12)


def test_plain_classes_that_are_no_pytrees_are_built_inside_compiled_functions():
    model = af.Collection(gaussian=af.Model(Gaussian, centre=1.0, normalization=af.UniformPrior(), sigma=2.0))
    model.gaussian.sigma = af.UniformPrior(1.0, 3.0)
    program = model.program
    x = jnp.linspace(0.0, 4.0, 7)

    def total(vector):
        return jnp.sum(program.instance(vector).gaussian.values_from(x))

    vector = jnp.asarray([0.5, 2.0])
    step = 1e-6
    slope = (total(vector.at[1].add(step)) - total(vector.at[1].add(-step))) / (2 * step)
    assert float(jax.jit(total)(vector)) == pytest.approx(float(total(vector)))
    assert float(jax.jit(jax.grad(total))(vector)[1]) == pytest.approx(float(slope), rel=1e-6)
    np.testing.assert_allclose(
        jax.vmap(total)(jnp.stack([vector, 2.0 * vector])), [total(vector), total(2.0 * vector)], rtol=1e-12
    )


def test_eager_instances_hold_python_numbers_and_pass_through_jit():
    program = disk_model().program
    for vector in ([-0.1, 0.2, 3.0], np.array([-0.1, 0.2, 3.0]), jnp.array([-0.1, 0.2, 3.0])):
        instance = program.instance(vector)
        assert isinstance(instance.disk.flux, float)
        assert instance.disk.position == (-0.1, 0.2)
    gradient = jax.grad(lambda each: each.disk.flux * each.disk.position[1])(instance)
    assert (float(gradient.disk.flux), float(gradient.disk.position[1])) == (0.2, 3.0)


def test_a_vector_may_be_a_list_with_traced_numbers():
    program = disk_model().program
    assert float(jax.grad(lambda flux: program.instance([0.0, 0.1, flux]).disk.flux ** 2)(3.0)) == 6.0


def test_validity_asks_assertions_and_components():
    program = disk_model().program
    vectors = jnp.asarray([[-0.1, 0.2, 3.0], [0.2, -0.1, 3.0], [0.8, 0.9, 3.0]])
    expected = [True, False, False]
    assert [program.is_valid(each) for each in vectors] == expected
    assert [bool(each) for each in jax.jit(jax.vmap(program.is_valid))(vectors)] == expected
    assert [program.assertions_hold(each) for each in vectors] == [True, False, True]
    instance, is_valid = program.instance_and_validity(vectors[0])
    assert isinstance(instance.disk, Disk)
    assert is_valid is True
    assert af.Collection(a=af.UniformPrior()).program.is_valid([0.5]) is True


def test_wrong_shapes_are_refused():
    program = disk_model().program
    for act in (program.instance, program.is_valid, program.physical_from_unit, program.log_prior):
        with pytest.raises(ModelError, match="3 free parameters"):
            act(np.zeros(4))
        with pytest.raises(ModelError, match="3 free parameters"):
            jax.jit(act)(jnp.zeros(4))
        with pytest.raises(ModelError, match="3 free parameters"):
            act(0.5)
    with pytest.raises(ModelError, match="3 free parameters"):
        jax.jit(program.instance)(jnp.zeros((3, 3)))


def test_a_model_without_parameters_has_an_instance():
    model = af.Collection(fixed=af.Model(Gaussian, centre=1.0, normalization=2.0, sigma=3.0))
    assert model.prior_count == 0
    assert model.instance_from_prior_medians().fixed.sigma == 3.0
    assert model.program.log_prior(np.zeros(0)) == 0.0


# Identity


def variations():
    """Models that each differ from the first in one thing."""

    def gaussians(**changes):
        prior = changes.pop("prior", None) or af.UniformPrior(0.0, 1.0)
        return af.Collection(
            first=af.Model(Gaussian, **{"centre": prior, "normalization": 1.0, "sigma": af.UniformPrior(), **changes}),
            second=af.Model(Gaussian, centre=af.UniformPrior(0.0, 1.0), normalization=1.0, sigma=2.0),
        )

    base = gaussians()
    linked = gaussians()
    linked.second.centre = linked.first.centre
    asserted, asserted_otherwise, not_strict = gaussians(), gaussians(), gaussians()
    asserted.add_assertion(asserted.first.centre < asserted.second.centre)
    asserted_otherwise.add_assertion(asserted_otherwise.first.centre > asserted_otherwise.second.centre)
    not_strict.add_assertion(not_strict.first.centre <= not_strict.second.centre)
    other_class = gaussians()
    other_class.second = af.Model(WithTuple, tup=(af.UniformPrior(), 0.0), one=1.0, two=1.0)
    reordered = gaussians()
    reordered.first.centre, reordered.first.sigma = reordered.first.sigma, reordered.first.centre
    derived, other_function = gaussians(), gaussians()
    derived.second.sigma = derived.first.sigma + 1.0
    other_function.second.sigma = other_function.first.sigma * 1.0
    return [
        base,
        linked,
        asserted,
        asserted_otherwise,
        not_strict,
        other_class,
        reordered,
        derived,
        other_function,
        gaussians(prior=af.UniformPrior(0.0, 1.0 + 1e-12)),
        gaussians(prior=af.GaussianPrior(0.0, 1.0)),
        gaussians(normalization=1.5),
        gaussians(normalization=np.ones(3)),
        gaussians(normalization=np.zeros(3)),
        gaussians(normalization=Disk(flux=1.0)),
        gaussians(normalization=Disk(flux=2.0)),
        gaussians(normalization=Gaussian(1.0, 2.0, 3.0)),
        gaussians(normalization=Gaussian(1.0, 2.0, 4.0)),
        af.Collection(renamed=base.first, second=base.second),
    ]


def test_programs_are_equal_if_and_only_if_their_models_do_the_same():
    first, again = variations(), variations()
    hashes = [each.program.content_hash for each in first]
    assert len(set(hashes)) == len(hashes)
    assert hashes == [each.program.content_hash for each in again]
    assert [a.program == b.program for a in first for b in again] == [a is b for a in first for b in first]
    assert hash(first[0].program) == hash(again[0].program)
    assert first[0].program != "program"


def test_width_modifiers_do_not_change_the_program():
    model = disk_model()
    before = model.program
    model.disk.flux.width_modifier = af.RelativeWidthModifier(0.1)
    assert ModelProgram(model) == before


def test_another_class_of_the_same_name_is_another_program():
    def model_of(power):
        class Line(eqx.Module):
            slope: float

            def value(self):
                return self.slope**power

        return af.Collection(line=af.Model(Line, slope=af.UniformPrior()))

    square, cube = model_of(2).program, model_of(3).program
    assert square.content_hash == cube.content_hash
    assert square != cube

    evaluate = jax.jit(lambda program, vector: program.instance(vector).line.value(), static_argnums=0)
    assert float(evaluate(square, jnp.array([0.5]))) == 0.25
    assert float(evaluate(cube, jnp.array([0.5]))) == 0.125


def test_equal_programs_share_a_compilation():
    traces = []

    def evaluate(program, vector):
        traces.append(program)
        return program.instance(vector).disk.flux

    compiled = jax.jit(evaluate, static_argnums=0)
    for _ in range(3):
        compiled(disk_model().program, jnp.array([0.0, 0.1, 2.0]))
    assert len(traces) == 1


def test_programs_follow_changes_of_the_model_and_its_parts():
    model = disk_model()
    before = model.program
    assert model.program is before
    model.disk.flux = 2.0
    assert (before.n, model.program.n) == (3, 2)
    assert before.instance([0.0, 0.1, 5.0]).disk.flux == 5.0
    other = copy.deepcopy(model)
    other.disk.flux = af.UniformPrior(0.0, 1.0) * 2.0
    assert (model.program.n, other.program.n) == (2, 3)
