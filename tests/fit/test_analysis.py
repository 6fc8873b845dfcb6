import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import FitError
from tests.fit.problems import TRUTH, Gaussian, gaussian_fit


def test_analysis_is_a_pytree_of_its_attributes():
    analysis = gaussian_fit()
    leaves = jax.tree_util.tree_leaves_with_path(analysis)
    assert [jax.tree_util.keystr(path) for path, _ in leaves] == [".data", ".noise", ".x"]
    doubled = jax.tree.map(lambda leaf: 2 * leaf, analysis)
    assert type(doubled) is type(analysis)
    np.testing.assert_array_equal(doubled.data, 2 * analysis.data)


def test_analysis_passes_through_jit_and_grad():
    analysis, instance = gaussian_fit(), Gaussian(*TRUTH)
    value = analysis.log_likelihood_function(instance)
    np.testing.assert_allclose(jax.jit(lambda one: one.log_likelihood_function(instance))(analysis), value, rtol=1e-12)
    gradient = jax.grad(lambda one: one.log_likelihood_function(instance))(jax.tree.map(jnp.asarray, analysis))
    np.testing.assert_allclose(gradient.data, -analysis.residuals(instance), rtol=1e-12)


def test_likelihood_follows_from_residuals():
    analysis, instance = gaussian_fit(), Gaussian(*TRUTH)
    chi_squared = np.sum(np.asarray(analysis.residuals(instance)) ** 2)
    expected = -0.5 * chi_squared - 0.5 * len(analysis.data) * np.log(2 * np.pi)
    assert float(analysis.log_likelihood_function(instance)) == pytest.approx(expected, rel=1e-12)


def test_subclass_of_an_analysis_and_equinox_module_are_pytrees():
    class Special(type(gaussian_fit())):
        pass

    class Module(eqx.Module, af.Analysis):
        data: np.ndarray

        def residuals(self, instance):
            return self.data - instance

    special = Special(*[np.ones(3)] * 3)
    assert len(jax.tree.leaves(special)) == 3
    module = Module(np.array([3.0, 4.0]))
    assert module.has_residuals
    assert float(jax.jit(lambda one: one.log_likelihood_function(0.0))(module)) == -12.5


def test_remembered_results_are_no_leaves():
    from functools import cached_property

    class Remembering(af.Analysis):
        def __init__(self):
            super().__init__(use_jax=True)
            self.data = np.ones(3)

        @cached_property
        def total(self):
            return self.data.sum()

    analysis = Remembering()
    assert analysis.total == 3.0
    assert len(jax.tree.leaves(analysis)) == 1


def test_analysis_without_likelihood_says_what_to_define():
    class Empty(af.Analysis):
        pass

    assert not Empty().has_residuals
    with pytest.raises(FitError, match="Empty defines neither residuals"):
        Empty().log_likelihood_function(None)
