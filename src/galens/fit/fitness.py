"""A model and an analysis as one function of the parameter vector, compiled once per structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens import runtime
from galens.errors import FitError, ModelError
from galens.fit.analysis import Analysis
from galens.numerics.tangents import is_zero

__all__ = ["Batched", "Fitness", "Problem", "default_batch_size", "one_by_one"]


def default_batch_size() -> int:
    """Vectors evaluated at once: what the caches of a core bear, or what fills an accelerator."""
    return 8 if jax.default_backend() == "cpu" else 256


class Problem:
    """What is fixed when a likelihood is compiled: the model, and all of the analysis but its arrays.

    Hashable and equal by content: two analyses that differ in the numbers in their arrays only have equal
    problems, and share every function that was compiled for one of them.
    """

    def __init__(self, program: Any, analysis: Analysis, fom_is_log_likelihood: bool) -> None:
        leaves, structure = jax.tree.flatten(analysis)
        self.program = program
        self.fom_is_log_likelihood = fom_is_log_likelihood
        self._structure = structure
        self._is_array = tuple(isinstance(leaf, jax.Array) for leaf in leaves)
        self._fixed = tuple(None if isinstance(leaf, jax.Array) else leaf for leaf in leaves)
        self._key = (program, fom_is_log_likelihood, structure, self._is_array, self._fixed)
        try:
            self._hash = hash(self._key)
        except TypeError as error:
            raise FitError(
                f"analysis {type(analysis).__name__} holds something that is neither an array nor hashable "
                f"({error}): it cannot be fixed when the likelihood is compiled. Make it an array or a tuple."
            ) from None

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Problem) and self._hash == other._hash and self._key == other._key)

    def analysis(self, arrays: Iterable[jax.Array]) -> Analysis:
        given = iter(arrays)
        leaves = [
            next(given) if is_array else fixed for is_array, fixed in zip(self._is_array, self._fixed, strict=True)
        ]
        return jax.tree.unflatten(self._structure, leaves)

    def log_likelihood(self, arrays: Any, vector: jax.Array) -> jax.Array:
        """log L; -inf where assertions or physics forbid the point or log L is not a number."""
        value = _finite_gradient(self, arrays, vector)
        return jnp.where(jnp.isnan(value), -jnp.inf, value)

    def figure_of_merit(self, arrays: Any, vector: jax.Array) -> jax.Array:
        value = self.log_likelihood(arrays, vector)
        return value if self.fom_is_log_likelihood else value + self.program.log_prior(vector)

    def residuals(self, arrays: Any, vector: jax.Array) -> jax.Array:
        """Whitened residuals (m,), all infinite where the point is forbidden."""
        instance, is_valid = self.program.instance_and_validity(vector)
        return jnp.where(is_valid, jnp.ravel(self.analysis(_kept(arrays)).residuals(instance)), jnp.inf)


# Traced once for the check, values, batches and gradients; inlined, it leaves no trace in their programs.
@partial(jax.jit, static_argnums=0, inline=True)
def _log_likelihood(problem: Problem, arrays: Any, vector: jax.Array) -> jax.Array:
    instance, is_valid = problem.program.instance_and_validity(vector)
    value = jnp.asarray(problem.analysis(_kept(arrays)).log_likelihood_function(instance), float)
    return jnp.where(is_valid, value, -jnp.inf)


def _kept(arrays: Any) -> Any:
    """The arrays, out of the compiler's sight.

    In ``jax.jit(fitness)`` they are constants. XLA's CPU back end would draw them into its fused kernels, where the sum
    of chi-squared over 11 304 pixels takes 150 microseconds instead of 5.
    """
    return jax.lax.optimization_barrier(arrays)


# The analysis' log likelihood, whose derivative by the vector is zero where it is not finite.
# A `where` after a NaN protects the value but not the gradient (0 * NaN): the tangent is masked before and after it
# goes through the likelihood, which holds in forward and in reverse mode.
_finite_gradient = jax.custom_jvp(_log_likelihood, nondiff_argnums=(0,))


def _finite_gradient_jvp(problem: Problem, primals: Any, tangents: Any) -> tuple[jax.Array, jax.Array]:
    (arrays, vector), (data_tangents, tangent) = primals, tangents
    of_data = jax.tree.leaves(data_tangents, is_leaf=is_zero)
    if not all(is_zero(leaf) for leaf in of_data):
        raise FitError(
            "Fitness is differentiated with respect to its data; differentiate "
            "analysis.log_likelihood_function(instance) instead."
        )
    value, push = jax.linearize(partial(_log_likelihood, problem, arrays), vector)
    finite = jnp.isfinite(value)
    return value, jnp.where(finite, push(jnp.where(finite, tangent, 0.0)), 0.0)


_finite_gradient.defjvp(_finite_gradient_jvp, symbolic_zeros=True)


# Compiled once per problem and shape, for all data of that problem.


class Batched:
    """A function of a problem, its arrays and points (S, n), compiled for the whole device and for one core.

    It gives arrays (S, ...), or a pytree of them; `Fitness.in_batches` calls it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self.on_device = jax.jit(function, static_argnums=0)
        self.on_core = jax.jit(function, static_argnums=0, compiler_options=runtime.ONE_CORE)


def one_by_one(function: Callable[[Any], Any], points: Any) -> Any:
    """`function` of each point, on a CPU one after the other: what is large gains nothing there from a batch.

    Such a program is the one of a single point, which is traced and compiled in less time than that of a batch.
    """
    return jax.lax.map(function, points) if jax.default_backend() == "cpu" else jax.vmap(function)(points)


@partial(jax.jit, static_argnums=0)
def _value(problem: Problem, arrays: Any, vector: jax.Array) -> jax.Array:
    return problem.figure_of_merit(arrays, vector)


@partial(jax.jit, static_argnums=0)
def _value_and_grad(problem: Problem, arrays: Any, vector: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(partial(problem.figure_of_merit, arrays))(vector)


@Batched
def _values(problem: Problem, arrays: Any, vectors: jax.Array) -> jax.Array:
    return jax.vmap(partial(problem.figure_of_merit, arrays))(vectors)


@Batched
def _log_likelihoods_from_unit(problem: Problem, arrays: Any, units: jax.Array) -> jax.Array:
    vectors = problem.program.physical_from_unit(units)
    return jax.vmap(partial(problem.log_likelihood, arrays))(vectors)


@Batched
def _log_likelihoods_from_normal(problem: Problem, arrays: Any, normals: jax.Array) -> jax.Array:
    vectors = problem.program.physical_from_normal(normals)
    return jax.vmap(partial(problem.log_likelihood, arrays))(vectors)


@Batched
def _log_priors(problem: Problem, arrays: Any, vectors: jax.Array) -> jax.Array:
    del arrays
    return jax.vmap(problem.program.log_prior)(vectors)


@partial(jax.jit, static_argnums=0)
def _residuals(problem: Problem, arrays: Any, vector: jax.Array) -> jax.Array:
    return problem.residuals(arrays, vector)


@jax.tree_util.register_pytree_node_class
class Fitness:
    """Vector of parameters -> figure of merit: log likelihood, or log posterior.

    It composes with JAX: ``jax.jit(jax.grad(fitness))(vector)``, ``jax.vmap(fitness)(vectors)``. Called as it is, it
    runs a compiled function that takes the data as arguments, so that other data of the same geometry and the same
    model do not compile again.

    A point that the model's assertions or its components' physics forbid, or where the likelihood is not a
    number, has -inf and a gradient of zero. The limits of priors count for the log posterior only.

    Args:
        model: a Model or Collection.
        analysis: the data and their likelihood.
        fom_is_log_likelihood: True: log likelihood; False: plus the normalised log prior.

    Raises:
        ModelError: the model has no free parameter.
        PrecisionError: JAX is in 32-bit mode.
    """

    def __init__(self, model: Any, analysis: Analysis, fom_is_log_likelihood: bool = True) -> None:
        runtime.require_x64()
        program = model.program
        if program.n == 0:
            raise ModelError("model has no free parameters: there is nothing to fit.")
        analysis = jax.tree.map(_on_device, analysis)
        self.problem = Problem(program, analysis, fom_is_log_likelihood)
        self.arrays = [leaf for leaf in jax.tree.leaves(analysis) if isinstance(leaf, jax.Array)]

    @property
    def program(self) -> Any:
        return self.problem.program

    @property
    def analysis(self) -> Analysis:
        return self.problem.analysis(self.arrays)

    def __call__(self, vector: Any) -> jax.Array:
        return _value(self.problem, self.arrays, self._vector(vector))

    def value_and_grad(self, vector: Any) -> tuple[jax.Array, jax.Array]:
        """Figure of merit and its gradient (n,)."""
        return _value_and_grad(self.problem, self.arrays, self._vector(vector))

    def residuals(self, vector: Any) -> jax.Array:
        """Whitened residuals (m,) of an analysis that defines them."""
        return _residuals(self.problem, self.arrays, self._vector(vector))

    def batched(self, vectors: Any, batch_size: int | None = None) -> np.ndarray:
        """Figures of merit (S,) of vectors (S, n), `batch_size` at once."""
        return self.in_batches(_values, vectors, batch_size)

    def log_likelihood_from_unit(self, units: Any, batch_size: int | None = None) -> np.ndarray:
        """Log likelihoods (S,) of points (S, n) of the unit cube, which the priors map to parameters."""
        return self.in_batches(_log_likelihoods_from_unit, units, batch_size)

    def log_likelihood_from_normal(self, normals: Any, batch_size: int | None = None) -> np.ndarray:
        """Log likelihoods (S,) of points (S, n) of the space in which every prior is a unit normal."""
        return self.in_batches(_log_likelihoods_from_normal, normals, batch_size)

    def log_prior(self, vectors: Any) -> np.ndarray:
        """Normalised log prior densities (S,) of vectors (S, n)."""
        return self.in_batches(_log_priors, vectors, None)

    def check(self) -> None:
        """Traces the likelihood once, without computing it, so that its errors show before a search starts.

        Raises:
            FitError: it is not written in `jax.numpy`, or its value is not a scalar.
        """
        vector = jax.ShapeDtypeStruct((self.program.n,), float)
        name = type(self.analysis).__name__
        try:
            value = jax.eval_shape(partial(_log_likelihood, self.problem, self.arrays), vector)
        except (
            jax.errors.ConcretizationTypeError,
            jax.errors.NonConcreteBooleanIndexError,
            jax.errors.TracerArrayConversionError,
        ) as error:
            raise FitError(
                f"{name}.log_likelihood_function (or a class of the model) uses numpy or Python control flow on "
                f"traced values: write it in jax.numpy. {str(error).splitlines()[0]}"
            ) from error
        if value.shape != ():
            raise FitError(f"{name}.log_likelihood_function returns shape {value.shape}: it must be a scalar.")

    def tree_flatten(self) -> tuple[tuple[list[jax.Array]], Problem]:
        return (self.arrays,), self.problem

    @classmethod
    def tree_unflatten(cls, problem: Problem, children: tuple[list[jax.Array]]) -> Fitness:
        fitness = object.__new__(cls)
        fitness.problem, (fitness.arrays,) = problem, children
        return fitness

    def _vector(self, vector: Any) -> jax.Array:
        vector = jnp.asarray(vector, float)
        if vector.shape != (self.program.n,):
            raise ModelError(
                f"vector has shape {vector.shape}: the model has {self.program.n} free parameters "
                f"({', '.join(self.program.names)})."
            )
        return vector

    def in_batches(self, function: Batched, points: Any, batch_size: int | None = None) -> Any:
        """What a function gives for points (S, n), `batch_size` at once, as NumPy arrays (S, ...).

        The last batch is filled up with copies of its last point, so that one shape is compiled. On a CPU each core
        works on a batch of its own.
        """
        points = np.atleast_2d(np.asarray(points, float))
        size = batch_size or default_batch_size()
        batches = [points[start : start + size] for start in range(0, len(points), size)]
        on_cpu = jax.default_backend() == "cpu"

        def values(batch: np.ndarray) -> Any:
            padded = np.pad(batch, ((0, size - len(batch)), (0, 0)), mode="edge")
            compiled = function.on_core if on_cpu else function.on_device
            found = compiled(self.problem, self.arrays, padded)
            return jax.tree.map(lambda leaf: np.asarray(leaf)[: len(batch)], found)

        if on_cpu:
            found = runtime.on_every_core(values, batches, (function.name, size, self.problem))
        else:
            found = [values(batch) for batch in batches]
        return jax.tree.map(lambda *leaves: np.concatenate(leaves), *found) if found else np.empty(0)


def _on_device(leaf: Any) -> Any:
    """Numbers of the data move to the device once, not at every call; other leaves stay what they are."""
    is_number = isinstance(leaf, (np.ndarray, np.floating)) and leaf.dtype.kind in "biufc"
    return jnp.asarray(leaf) if is_number else leaf
