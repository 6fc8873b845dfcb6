"""Functions of few numbers as one kernel: the same results, and one kernel."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.numerics.one_kernel import LARGEST, one_kernel

VALUES = np.random.default_rng(0).normal(size=(3, 20))


def in_order(values):
    """Values by size: a loop with slices at places that are computed."""
    index = jnp.arange(len(values))

    def step(state):
        rest, done, count = state
        place = jnp.argmin(rest)
        return jnp.where(index == place, jnp.inf, rest), done.at[count].set(rest[place]), count + 1

    return jax.lax.while_loop(lambda state: state[2] < len(values), step, (values, jnp.zeros_like(values), 0))[1]


def program(function, *arguments):
    return jax.jit(function).lower(*arguments).compile().as_text()


def test_it_is_one_call_of_a_compiled_program():
    def within_others(function, values):
        return jnp.sin(function(jnp.cos(values)))

    plain, one = (program(partial(within_others, each), VALUES[0]) for each in (in_order, one_kernel(in_order)))
    assert plain.count("xla_cpu_small_call") == 0
    calls = [line for line in one.splitlines() if " call(" in line]
    assert len(calls) == 1
    assert 'xla_cpu_small_call="true"' in calls[0]


def test_results_are_those_of_the_function():
    one = one_kernel(in_order)
    np.testing.assert_array_equal(one(VALUES[0]), np.sort(VALUES[0]))
    np.testing.assert_array_equal(jax.jit(one)(VALUES[1]), np.sort(VALUES[1]))


def test_batches_are_as_many_lanes():
    batch = jax.jit(jax.vmap(one_kernel(in_order)))
    np.testing.assert_array_equal(batch(VALUES), np.sort(VALUES, axis=1))
    assert "xla_cpu_small_call" not in program(jax.vmap(one_kernel(in_order)), VALUES)


def test_only_what_does_not_follow_an_argument_is_differentiated():
    def product(values):
        return values[0] * one_kernel(in_order)(values)[0]

    expected = np.zeros(20)
    expected[0] = VALUES[0].min()
    np.testing.assert_array_equal(jax.grad(product)(jnp.asarray(VALUES[0])), expected)
    np.testing.assert_array_equal(jax.jacfwd(product)(jnp.asarray(VALUES[0])), expected)


@pytest.mark.parametrize("size", [LARGEST, LARGEST + 1])
def test_arrays_that_no_cache_holds_are_left_to_many_kernels(size):
    one = one_kernel(lambda values: jnp.where(values > 0, values, values[0]))
    text = program(lambda values: one(values) + 1.0, jax.ShapeDtypeStruct((size,), float))
    assert ("xla_cpu_small_call" in text) == (size == LARGEST)


def test_other_versions_of_jax_run_the_function_as_it_is(monkeypatch):
    monkeypatch.setattr(jax, "__version_info__", (99, 0, 0))
    assert "xla_cpu_small_call" not in program(one_kernel(in_order), VALUES[0])
