import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import FitError, ModelError, PrecisionError
from galens.fit import fitness as fitness_module
from tests.fit.problems import TRUTH, Gaussian, gaussian_fit, gaussian_model

VECTOR = np.array([48.0, 20.0, 11.0])


class Counted(type(gaussian_fit())):
    traces = 0

    def residuals(self, instance):
        type(self).traces += 1
        return super().residuals(instance)


@pytest.fixture
def fitness():
    return af.Fitness(gaussian_model(), gaussian_fit())


def by_hand(vector, analysis=None):
    analysis = analysis or gaussian_fit()
    residuals = (analysis.data - np.asarray(Gaussian(*vector).profile(analysis.x))) / analysis.noise
    return -0.5 * np.sum(residuals**2 + np.log(2 * np.pi * analysis.noise**2))


def test_value_is_the_log_likelihood(fitness):
    assert float(fitness(VECTOR)) == pytest.approx(by_hand(VECTOR), rel=1e-12)
    assert float(jax.jit(fitness)(VECTOR)) == pytest.approx(by_hand(VECTOR), rel=1e-12)


def test_log_posterior_adds_the_normalised_prior():
    posterior = af.Fitness(gaussian_model(), gaussian_fit(), fom_is_log_likelihood=False)
    log_prior = -np.log(100.0) - np.log(20.0 * np.log(1e4)) - np.log(30.0)
    assert float(posterior(VECTOR)) == pytest.approx(by_hand(VECTOR) + log_prior, rel=1e-12)
    outside = np.array([48.0, 20.0, 31.0])
    assert float(posterior(outside)) == -np.inf
    assert np.all(np.isfinite(jax.grad(posterior)(outside)))


def test_gradient_agrees_with_finite_differences(fitness):
    gradient = jax.jit(jax.grad(fitness))(VECTOR)
    for index in range(3):
        step = np.zeros(3)
        step[index] = 1e-5 * VECTOR[index]
        slope = (by_hand(VECTOR + step) - by_hand(VECTOR - step)) / (2 * step[index])
        assert float(gradient[index]) == pytest.approx(slope, rel=1e-6)
    value, same = fitness.value_and_grad(VECTOR)
    assert float(value) == pytest.approx(by_hand(VECTOR), rel=1e-12)
    np.testing.assert_allclose(same, gradient, rtol=1e-12)


def test_it_composes_with_every_transformation(fitness):
    vectors = VECTOR * np.linspace(0.9, 1.1, 7)[:, None]
    expected = [by_hand(vector) for vector in vectors]
    np.testing.assert_allclose(jax.vmap(fitness)(vectors), expected, rtol=1e-12)
    np.testing.assert_allclose(jax.jit(jax.vmap(fitness))(vectors), expected, rtol=1e-12)
    np.testing.assert_allclose(jax.vmap(jax.grad(fitness))(vectors)[3], jax.grad(fitness)(VECTOR), rtol=1e-9)
    np.testing.assert_allclose(jax.jacfwd(fitness)(VECTOR), jax.grad(fitness)(VECTOR), rtol=1e-9)
    hessian = jax.hessian(fitness)(VECTOR)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-9)
    as_argument = jax.jit(lambda one, vector: one(vector))(fitness, VECTOR)
    assert float(as_argument) == pytest.approx(by_hand(VECTOR), rel=1e-12)


@pytest.mark.parametrize("count", [1, 5, 16, 17])
def test_batches_of_any_length_give_the_same_values(fitness, count):
    vectors = VECTOR * np.linspace(0.9, 1.1, count)[:, None]
    expected = [by_hand(vector) for vector in vectors]
    np.testing.assert_allclose(fitness.batched(vectors), expected, rtol=1e-12)
    np.testing.assert_allclose(fitness.batched(vectors, batch_size=3), expected, rtol=1e-12)
    program = fitness.program
    unit, normal = program.unit_from_physical(vectors), program.normal_from_physical(vectors)
    np.testing.assert_allclose(fitness.log_likelihood_from_unit(unit), expected, rtol=1e-8)
    np.testing.assert_allclose(fitness.log_likelihood_from_normal(normal), expected, rtol=1e-8)
    np.testing.assert_allclose(fitness.log_prior(vectors), [float(program.log_prior(one)) for one in vectors])


def test_residuals_are_those_of_the_analysis(fitness):
    analysis = gaussian_fit()
    np.testing.assert_allclose(fitness.residuals(VECTOR), analysis.residuals(Gaussian(*VECTOR)), rtol=1e-12)


def test_broken_assertion_gives_minus_infinity_and_no_gradient():
    model = gaussian_model()
    model.add_assertion(model.sigma < model.normalization)
    fitness = af.Fitness(model, gaussian_fit())
    good, bad = np.array([48.0, 20.0, 11.0]), np.array([48.0, 10.0, 11.0])
    assert float(fitness(good)) == pytest.approx(by_hand(good), rel=1e-12)
    value, gradient = fitness.value_and_grad(bad)
    assert float(value) == -np.inf
    np.testing.assert_array_equal(gradient, 0.0)
    np.testing.assert_array_equal(fitness.batched([good, bad])[1], -np.inf)
    assert np.all(np.isinf(fitness.residuals(bad)))


class Root:
    """Real, with a gradient, where `inside` is positive only."""

    def __init__(self, inside=1.0):
        self.inside = inside

    def is_physical(self):
        return self.inside < 4.0


class RootFit(af.Analysis):
    def log_likelihood_function(self, instance):
        return -jnp.sqrt(instance.inside)


@pytest.mark.parametrize("value", [-1.0, 5.0])
def test_likelihood_that_is_no_number_or_unphysical_has_no_gradient(value):
    model = af.Model(Root, inside=af.UniformPrior(lower_limit=-10.0, upper_limit=10.0))
    fitness = af.Fitness(model, RootFit())
    for transform in (lambda f: f, jax.jit):
        merit, gradient = transform(jax.value_and_grad(fitness))(np.array([value]))
        assert float(merit) == -np.inf
        np.testing.assert_array_equal(gradient, 0.0)
    np.testing.assert_array_equal(jax.jacfwd(fitness)(np.array([value])), 0.0)
    assert float(jax.grad(fitness)(np.array([1.0]))[0]) == pytest.approx(-0.5)


def test_other_data_of_the_same_shape_compile_nothing():
    def fitted(seed):
        analysis = gaussian_fit(seed)
        return af.Fitness(gaussian_model(), Counted(analysis.x, analysis.data, analysis.noise))

    first, second = fitted(1), fitted(2)
    first(VECTOR), first.value_and_grad(VECTOR), first.batched([VECTOR])
    before, sizes = Counted.traces, fitness_module._value._cache_size()
    values = second(VECTOR), second.value_and_grad(VECTOR)[0], second.batched([VECTOR])[0]
    np.testing.assert_allclose(values, by_hand(VECTOR, gaussian_fit(2)), rtol=1e-12)
    assert Counted.traces == before
    assert fitness_module._value._cache_size() == sizes


def test_other_settings_and_models_are_other_problems():
    class Powered(type(gaussian_fit())):
        power = 2

    def problem(model, analysis, **options):
        return af.Fitness(model, analysis, **options).problem

    base = problem(gaussian_model(), gaussian_fit())
    assert base == problem(gaussian_model(), gaussian_fit(seed=2))
    assert hash(base) == hash(problem(gaussian_model(), gaussian_fit(seed=2)))
    linked = gaussian_model()
    linked.sigma = linked.normalization
    tagged = gaussian_fit()
    tagged.settings = ("a", 2)
    others = [
        problem(linked, gaussian_fit()),
        problem(gaussian_model(), tagged),
        problem(gaussian_model(), Powered(*[np.ones(3)] * 3)),
        problem(gaussian_model(), gaussian_fit(), fom_is_log_likelihood=False),
    ]
    assert all(base != other for other in others)


def test_vector_of_wrong_length_names_the_parameters(fitness):
    with pytest.raises(ModelError, match="centre, normalization, sigma"):
        fitness(np.zeros(2))


def test_model_without_free_parameters_cannot_be_fitted():
    with pytest.raises(ModelError, match="no free parameters"):
        af.Fitness(af.Model(Gaussian, centre=1.0, normalization=1.0, sigma=1.0), gaussian_fit())


def test_single_precision_is_refused():
    with jax.enable_x64(False), pytest.raises(PrecisionError):
        af.Fitness(gaussian_model(), gaussian_fit())


class NumpyGaussian(Gaussian):
    def profile(self, x):
        return self.normalization * np.exp(-0.5 * ((x - self.centre) / self.sigma) ** 2)


def test_numpy_in_a_likelihood_is_found_before_the_search():
    model = af.Model(NumpyGaussian, **{name: gaussian_model().sigma for name in ("centre", "normalization", "sigma")})
    with pytest.raises(FitError, match=r"jax\.numpy"):
        af.Fitness(model, gaussian_fit()).check()


def test_likelihood_of_wrong_shape_is_found_before_the_search():
    class Vector(type(gaussian_fit())):
        def log_likelihood_function(self, instance):
            return self.residuals(instance)

    with pytest.raises(FitError, match=r"shape \(100,\)"):
        af.Fitness(gaussian_model(), Vector(*vars(gaussian_fit()).values())).check()


def test_unhashable_setting_is_refused():
    class Setting:
        __hash__ = None

    analysis = gaussian_fit()
    analysis.setting = Setting()
    with pytest.raises(FitError, match="neither an array nor hashable"):
        af.Fitness(gaussian_model(), analysis)


def test_truth_is_likelier_than_elsewhere(fitness):
    assert float(fitness(np.array(TRUTH))) > float(fitness(VECTOR))
