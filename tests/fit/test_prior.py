import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from galens.errors import ModelError, PriorError
from galens.fit.model.priors import (
    PRIORS,
    GaussianPrior,
    LogGaussianPrior,
    LogUniformPrior,
    TruncatedGaussianPrior,
    UniformPrior,
)
from galens.fit.model.width import AbsoluteWidthModifier, RelativeWidthModifier
from tests.oracle import build, excess

EXAMPLES = [
    UniformPrior(-2.0, 5.0),
    UniformPrior(0.0, 30.0),
    LogUniformPrior(1e-6, 1e6),
    LogUniformPrior(0.5, 1.0),
    GaussianPrior(0.3, 2.0),
    LogGaussianPrior(1.0, 2.0),
    TruncatedGaussianPrior(0.0, 0.3, -1.0, 1.0),
    TruncatedGaussianPrior(1.0, 2.0, 0.95, 1.05),
    TruncatedGaussianPrior(0.0, 1.0, 3.0),
    TruncatedGaussianPrior(2.0, 0.5, upper_limit=1.0),
    TruncatedGaussianPrior(0.0, 0.01, 0.5, 1.0),
]

bounded = st.floats(-1e3, 1e3)
widths = st.floats(1e-3, 1e3)
unit_values = st.floats(1e-12, 1.0 - 1e-12)
any_prior = st.one_of(
    st.builds(lambda lower, width: UniformPrior(lower, lower + width), bounded, widths),
    st.builds(lambda lower, ratio: LogUniformPrior(lower, lower * (1.0 + ratio)), widths, widths),
    st.builds(GaussianPrior, bounded, widths),
    st.builds(LogGaussianPrior, st.floats(-5.0, 5.0), st.floats(1e-2, 5.0)),
    st.builds(
        lambda mean, sigma, lower, width: TruncatedGaussianPrior(
            mean, sigma, mean + sigma * lower, mean + sigma * (lower + width)
        ),
        st.floats(-10.0, 10.0),
        st.floats(1e-2, 10.0),
        st.floats(-8.0, 8.0),
        st.floats(1e-2, 10.0),
    ),
)


def test_oracle_of_priors(oracle):
    cases = [each for each in oracle.cases("autofit", "ok") if each["id"].startswith("prior/")]
    assert cases
    for case in cases:
        prior = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"af": __import__(__name__, fromlist=["x"])})
        unit, values = oracle.input(case, "unit"), oracle.input(case, "values")
        computed = {
            "value_for": prior.value_for(unit),
            "unit_value_for": prior.unit_value_for(oracle.reference(case, "value_for")[0]),
            "log_prior_from_value": prior.log_prior_from_value(values),
            "log_normalisation": prior.log_normalisation(),
        }
        for name, got in computed.items():
            assert excess(got, *oracle.reference(case, name)) <= 1.0, (case["id"], name)


def test_uniform_prior_maps_linearly():
    np.testing.assert_allclose(UniformPrior(0.5, 1.0).value_for([0.0, 0.5, 1.0]), [0.5, 0.75, 1.0], rtol=1e-15)
    np.testing.assert_allclose(UniformPrior(1.0, 3.0).unit_value_for([1.0, 2.0, 3.0]), [0.0, 0.5, 1.0])
    assert UniformPrior(2.0, 5.0).width == 3.0
    assert UniformPrior(2.0, 5.0).log_prior_from_value(3.0) == 0.0


def test_log_uniform_prior_maps_linearly_in_the_logarithm():
    assert float(LogUniformPrior(1e-8, 1.0).value_for(0.5)) == pytest.approx(1e-4, rel=1e-13)
    assert float(LogUniformPrior(0.5, 1.0).value_for(0.5)) == pytest.approx(0.70710678, rel=1e-8)
    assert float(LogUniformPrior(1e-8, 10.0).log_prior_from_value(5.0)) == pytest.approx(-np.log(5.0))


def test_gaussian_prior_has_known_quantiles_and_densities():
    assert float(GaussianPrior(0.0, 1.0).value_for(0.1)) == pytest.approx(-1.281551, abs=1e-6)
    assert float(GaussianPrior(0.5, 2.0).value_for(0.9)) == pytest.approx(3.0631031, rel=1e-7)
    assert float(GaussianPrior(1.0, 2.0).log_prior_from_value(0.0)) == -0.125
    assert float(GaussianPrior(0.0, 1.0).log_prior_from_value(2.0)) == -2.0
    np.testing.assert_allclose(GaussianPrior(0.0, 3.0).unit_value_for([-np.inf, 0.0, np.inf]), [0.0, 0.5, 1.0])


def test_log_gaussian_prior_has_known_quantiles_and_densities():
    np.testing.assert_allclose(
        LogGaussianPrior(1.0, 2.0).value_for([0.1, 0.5, 0.9]), [0.2095, 2.71828, 35.27], rtol=1e-4
    )
    np.testing.assert_allclose(
        LogGaussianPrior(0.0, 1.0).log_prior_from_value([0.0, 0.5]), [-np.inf, 0.45292], rtol=1e-4
    )


def test_truncated_gaussian_prior_has_known_quantiles_and_density():
    prior = TruncatedGaussianPrior(1.0, 2.0, 0.95, 1.05)
    np.testing.assert_allclose(prior.value_for([0.001, 0.5, 0.999]), [0.95, 1.0, 1.05], atol=2e-4)
    density = float(prior.log_prior_from_value(1.0)) + prior.log_normalisation()
    assert density == pytest.approx(2.30269, abs=1e-5)


@pytest.mark.parametrize("prior", EXAMPLES, ids=repr)
def test_density_is_the_slope_of_the_unit_value_and_vanishes_outside(prior):
    units = jnp.asarray([1e-6, 0.01, 0.3, 0.5, 0.8, 0.99])
    values = prior.value_for(units)
    density = jnp.exp(prior.log_prior_from_value(values) + prior.log_normalisation())
    np.testing.assert_allclose(jax.vmap(jax.grad(prior.value_for))(units), 1.0 / density, rtol=1e-9)
    np.testing.assert_allclose(jax.vmap(jax.grad(prior.unit_value_for))(values), density, rtol=1e-9)
    for limit, outwards in zip(prior.limits, (-1.0, 1.0), strict=True):
        if np.isfinite(limit):
            assert prior.log_prior_from_value(limit + 1e-6 * outwards) == -np.inf
            assert float(prior.unit_value_for(limit + outwards)) == (outwards > 0.0)


def test_truncated_gaussian_agrees_with_scipy():
    for prior in EXAMPLES[6:]:
        limits = [(each - prior.mean) / prior.sigma for each in prior.limits]
        reference = scipy.stats.truncnorm(*limits, loc=prior.mean, scale=prior.sigma)
        units = np.array([0.01, 0.2, 0.5, 0.8, 0.99])
        values = prior.value_for(units)
        np.testing.assert_allclose(values, reference.ppf(units), rtol=1e-10)
        density = prior.log_prior_from_value(values) + prior.log_normalisation()
        np.testing.assert_allclose(density, reference.logpdf(values), rtol=1e-9, atol=1e-9)


@settings(max_examples=300, deadline=None)
@given(any_prior, unit_values)
def test_unit_value_inverts_value_within_the_rounding_of_the_value(prior, unit):
    value = float(prior.value_for(unit))
    assert prior.lower_limit <= value <= prior.upper_limit
    density = np.exp(float(prior.log_prior_from_value(value)) + prior.log_normalisation())
    rounding = 8 * np.finfo(float).eps * (abs(value) + abs(getattr(prior, "mean", 0.0))) * density
    assert float(prior.unit_value_for(value)) == pytest.approx(unit, rel=1e-9, abs=rounding + 1e-15)


@settings(max_examples=300, deadline=None)
@given(any_prior, st.floats(-7.0, 7.0))
def test_normal_value_is_inverted_within_the_rounding_of_the_value(prior, normal):
    value = type(prior).from_normal(jnp.asarray(normal), *prior.columns)
    slope = float(jax.grad(lambda z: type(prior).from_normal(z, *prior.columns))(normal))
    rounding = 16 * np.finfo(float).eps * (abs(float(value)) + abs(getattr(prior, "mean", 0.0)))
    if rounding < 1e-3 * slope:
        back = float(type(prior).to_normal(value, *prior.columns))
        assert back == pytest.approx(normal, rel=1e-9, abs=1e-9 + 2 * rounding / slope)


@pytest.mark.parametrize("prior", EXAMPLES, ids=repr)
def test_values_and_gradients_are_finite_over_and_outside_the_support(prior):
    units = jnp.asarray([0.0, 1e-300, 1e-12, 0.3, 0.5, 0.9, 1.0 - 1e-12, 1.0])
    normals = jnp.asarray([-40.0, -8.0, -1.0, 0.0, 2.0, 8.0, 40.0])
    values = jnp.concatenate([prior.value_for(units), jnp.asarray([-1e3, -1.0, 0.0, 1.0, 1e3])])
    for function, points in (
        (prior.value_for, units),
        (lambda z: type(prior).from_normal(z, *prior.columns), normals),
        (prior.unit_value_for, values),
        (lambda x: type(prior).to_normal(x, *prior.columns), values),
    ):
        assert np.all(np.isfinite(jax.vmap(function)(points)))
        assert np.all(np.isfinite(jax.vmap(jax.grad(function))(points)))
    assert not np.any(np.isnan(prior.log_prior_from_value(values)))
    assert np.all(np.isfinite(jax.vmap(jax.grad(prior.log_prior_from_value))(values)))


def test_transforms_work_in_jit_vmap_and_for_any_shape():
    for prior in EXAMPLES:
        units = np.linspace(0.1, 0.9, 6).reshape(2, 3)
        values = prior.value_for(units)
        assert values.shape == (2, 3)
        np.testing.assert_allclose(jax.jit(jax.vmap(prior.value_for))(units), values, rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: UniformPrior(1.0, 0.0), "lower_limit must be below upper_limit"),
        (lambda: UniformPrior(1.0, 1.0), "lower_limit = 1.0"),
        (lambda: UniformPrior(0.0, np.inf), "finite"),
        (lambda: UniformPrior(0.0, np.nan), "upper_limit = nan"),
        (lambda: UniformPrior("0", 1.0), "lower_limit = '0'"),
        (lambda: LogUniformPrior(0.0, 1.0), "above 0"),
        (lambda: LogUniformPrior(2.0, 1.0), "lower_limit must be below"),
        (lambda: GaussianPrior(0.0, 0.0), "sigma = 0.0"),
        (lambda: GaussianPrior(np.inf, 1.0), "mean = inf"),
        (lambda: LogGaussianPrior(0.0, -1.0), "sigma = -1.0"),
        (lambda: TruncatedGaussianPrior(0.0, 1.0, 2.0, 1.0), "lower_limit must be below"),
        (lambda: RelativeWidthModifier(0.0), "value = 0.0"),
        (lambda: AbsoluteWidthModifier(-1.0), "value = -1.0"),
        (lambda: setattr(UniformPrior(0.0, 1.0), "lower_limit", 0.5), "a prior does not change"),
    ],
)
def test_impossible_numbers_are_refused(make, words):
    with pytest.raises(PriorError, match=words):
        make()


def test_width_modifiers_give_the_width_at_a_mean():
    assert AbsoluteWidthModifier(2.0)(-5.0) == 2.0
    assert RelativeWidthModifier(0.5)(-4.0) == 2.0
    assert RelativeWidthModifier(0.5, absolute_floor=0.1)(0.01) == 0.1


def test_limits_can_be_replaced_and_the_parameter_stays_the_same():
    uniform = UniformPrior(0.0, 1.0, width_modifier=RelativeWidthModifier(2.0))
    narrowed = uniform.with_limits(0.3, 0.5)
    assert narrowed == uniform
    assert narrowed.limits == (0.3, 0.5)
    assert narrowed.width_modifier == RelativeWidthModifier(2.0)
    gaussian = GaussianPrior(5.0, 1.0).with_limits(0.0, 2.0)
    assert (gaussian.mean, gaussian.sigma) == (1.0, 2.0)
    assert LogUniformPrior(0.1, 1.0).with_limits(0.0, 2.0).lower_limit == 1e-6


def test_new_is_another_parameter_with_the_same_distribution():
    for prior in EXAMPLES:
        other = prior.new()
        assert other != prior
        assert (type(other), repr(other)) == (type(prior), repr(prior))
        assert other.id > prior.id


def test_random_value_needs_an_origin_and_repeats():
    prior = GaussianPrior(0.0, 1.0)
    assert prior.random(seed=3) == prior.random(seed=3) == prior.random(key=jax.random.key(3))
    assert prior.random(seed=3) != prior.random(seed=4)
    with pytest.raises(ModelError, match="seed"):
        prior.random()


def test_every_prior_has_a_name_for_files():
    assert {type(each) for each in EXAMPLES} == set(PRIORS.values())
