"""Small problems that the tests of this folder fit."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from galens import fit as af


class Gaussian:
    def __init__(self, centre=0.0, normalization=1.0, sigma=1.0):
        self.centre = centre
        self.normalization = normalization
        self.sigma = sigma

    def profile(self, x):
        return self.normalization * jnp.exp(-0.5 * ((x - self.centre) / self.sigma) ** 2)


class ProfileFit(af.Analysis):
    """A one-dimensional profile with equal noise."""

    def __init__(self, x, data, noise):
        super().__init__()
        self.x, self.data, self.noise = x, data, noise

    def residuals(self, instance):
        return (self.data - instance.profile(self.x)) / self.noise

    @property
    def log_likelihood_constant(self):
        return -0.5 * jnp.sum(jnp.log(2 * jnp.pi * self.noise**2))


class Pair:
    def __init__(self, first=0.0, second=0.0):
        self.first = first
        self.second = second


class LinearFit(af.Analysis):
    """data = matrix @ (first, second) + noise of unit variance: all is known in closed form."""

    def __init__(self, matrix, data):
        super().__init__()
        self.matrix, self.data = matrix, data

    def residuals(self, instance):
        return self.data - self.matrix @ jnp.stack([jnp.asarray(instance.first), jnp.asarray(instance.second)])

    @property
    def log_likelihood_constant(self):
        return -0.5 * len(self.data) * jnp.log(2 * jnp.pi)


TRUTH = (50.0, 25.0, 10.0)


def gaussian_model():
    return af.Model(
        Gaussian,
        centre=af.UniformPrior(lower_limit=0.0, upper_limit=100.0),
        normalization=af.LogUniformPrior(lower_limit=1e-2, upper_limit=1e2),
        sigma=af.UniformPrior(lower_limit=0.0, upper_limit=30.0),
    )


def gaussian_fit(seed=1, size=100):
    x = np.arange(float(size))
    noise = np.ones(size)
    data = np.asarray(Gaussian(*TRUTH).profile(x)) + noise * np.random.default_rng(seed).standard_normal(size)
    return ProfileFit(x, data, noise)


def linear_model():
    return af.Model(Pair, first=af.GaussianPrior(mean=0.5, sigma=2.0), second=af.GaussianPrior(mean=-1.0, sigma=0.5))


def linear_fit(seed=3):
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((20, 2))
    return LinearFit(matrix, matrix @ np.array([1.0, -0.7]) + rng.standard_normal(20))


def linear_posterior(analysis):
    """Mean, covariance and log evidence of the linear problem, in closed form."""
    mean, variance = np.array([0.5, -1.0]), np.array([4.0, 0.25])
    precision = analysis.matrix.T @ analysis.matrix + np.diag(1 / variance)
    covariance = np.linalg.inv(precision)
    posterior_mean = covariance @ (analysis.matrix.T @ analysis.data + mean / variance)
    of_data = np.eye(len(analysis.data)) + analysis.matrix @ np.diag(variance) @ analysis.matrix.T
    apart = analysis.data - analysis.matrix @ mean
    log_evidence = -0.5 * (
        apart @ np.linalg.solve(of_data, apart) + np.linalg.slogdet(of_data)[1] + len(apart) * np.log(2 * np.pi)
    )
    return posterior_mean, covariance, log_evidence
