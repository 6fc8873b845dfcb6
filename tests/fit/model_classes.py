"""Classes that tests make models of: plain ones, equinox modules, and profiles as the reference models have them."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp


class Gaussian:
    """A plain class, not a pytree."""

    def __init__(self, centre=30.0, normalization=1.0, sigma=5.0):
        self.centre = centre
        self.normalization = normalization
        self.sigma = sigma

    def values_from(self, x):
        return self.normalization * jnp.exp(-0.5 * ((x - self.centre) / self.sigma) ** 2)


class Exponential:
    def __init__(self, centre=30.0, normalization=1.0, rate=0.01):
        self.centre = centre
        self.normalization = normalization
        self.rate = rate


class WithTuple:
    def __init__(self, tup=(0.0, 0.0), one=1.0, two=2.0):
        self.tup = tup
        self.one = one
        self.two = two


class Disk(eqx.Module):
    """Physical inside a radius of 1."""

    position: tuple[float, float] = (0.0, 0.0)
    flux: float = 1.0
    order: int = eqx.field(static=True, default=3)

    def is_physical(self):
        return self.position[0] ** 2 + self.position[1] ** 2 < 1.0


class Sersic:
    def __init__(
        self,
        centre=(0.0, 0.0),
        ell_comps=(0.0, 0.0),
        intensity=0.1,
        effective_radius=0.6,
        sersic_index=4.0,
    ):
        self.centre = centre
        self.ell_comps = ell_comps
        self.intensity = intensity
        self.effective_radius = effective_radius
        self.sersic_index = sersic_index


class ExponentialDisk(Sersic):
    def __init__(self, centre=(0.0, 0.0), ell_comps=(0.0, 0.0), intensity=0.1, effective_radius=0.6):
        super().__init__(centre, ell_comps, intensity, effective_radius, 1.0)


ExponentialDisk.__name__ = "Exponential"


class LinearGaussian:
    def __init__(self, centre=(0.0, 0.0), ell_comps=(0.0, 0.0), sigma=1.0):
        self.centre = centre
        self.ell_comps = ell_comps
        self.intensity = 1.0
        self.sigma = sigma


LinearGaussian.__name__ = "Gaussian"


class Isothermal:
    def __init__(self, centre=(0.0, 0.0), ell_comps=(0.0, 0.0), einstein_radius=1.0):
        self.centre = centre
        self.ell_comps = ell_comps
        self.einstein_radius = einstein_radius


class ExternalShear:
    def __init__(self, gamma_1=0.0, gamma_2=0.0):
        self.gamma_1 = gamma_1
        self.gamma_2 = gamma_2


class NFWSph:
    def __init__(self, centre=(0.0, 0.0), kappa_s=0.05, scale_radius=1.0):
        self.centre = centre
        self.kappa_s = kappa_s
        self.scale_radius = scale_radius


class Basis:
    def __init__(self, profile_list, regularization=None):
        self.profile_list = profile_list
        self.regularization = regularization


class DatasetModel:
    def __init__(self, background_sky_level=0.0, grid_offset=(0.0, 0.0), grid_rotation_angle=0.0):
        self.background_sky_level = background_sky_level
        self.grid_offset = grid_offset
        self.grid_rotation_angle = grid_rotation_angle


class Galaxy:
    def __init__(self, redshift, **components):
        self.redshift = redshift
        self.components = components
        for name, each in components.items():
            setattr(self, name, each)


PRIORS = """
x-centre: &centre {type: Gaussian, mean: 0.0, sigma: 0.3, width_modifier: {type: Absolute, value: 0.05}}
x-near: &near {type: Gaussian, mean: 0.0, sigma: 0.1, width_modifier: {type: Absolute, value: 0.05}}
x-ell: &ell {type: TruncatedGaussian, mean: 0.0, sigma: 0.3, lower_limit: -1.0, upper_limit: 1.0}
x-round: &round {type: Gaussian, mean: 0.0, sigma: 0.3}
x-shear: &shear {type: Uniform, lower_limit: -0.3, upper_limit: 0.3}
x-nought: &nought {type: Constant, value: 0.0}
x-intensity: &intensity {type: LogUniform, lower_limit: 1.0e-6, upper_limit: 1.0e+6}
x-radius: &radius
  {type: Uniform, lower_limit: 0.0, upper_limit: 30.0, width_modifier: {type: Relative, value: 1.0},
   limits: {lower: 0.0, upper: inf}}
Sersic:
  centre_0: *centre
  centre_1: *centre
  ell_comps_0: *round
  ell_comps_1: *round
  intensity: *intensity
  effective_radius: *radius
  sersic_index: {type: Uniform, lower_limit: 0.8, upper_limit: 5.0}
Exponential:
  ell_comps_0: *ell
  ell_comps_1: *ell
Gaussian:
  centre_0: *centre
  centre_1: *centre
  ell_comps_0: *ell
  ell_comps_1: *ell
  centre:
    {type: Uniform, lower_limit: 0.0, upper_limit: 100.0, width_modifier: {type: Relative, value: 0.1}}
  normalization:
    {type: LogUniform, lower_limit: 1.0e-6, upper_limit: 1.0e+6, width_modifier: {type: Relative, value: 0.5},
     limits: {lower: 0.0, upper: 50.0}}
  sigma: {type: Uniform, lower_limit: 0.0, upper_limit: 25.0, width_modifier: {type: Absolute, value: 2.0}}
Isothermal:
  centre_0: *near
  centre_1: *near
  ell_comps_0: *ell
  ell_comps_1: *ell
  einstein_radius: {type: Uniform, lower_limit: 0.0, upper_limit: 8.0}
ExternalShear:
  gamma_1: *shear
  gamma_2: *shear
NFWSph:
  centre_0: *near
  centre_1: *near
  kappa_s: {type: Uniform, lower_limit: 0.0, upper_limit: 1.0}
  scale_radius: {type: Uniform, lower_limit: 0.0, upper_limit: 30.0}
DatasetModel:
  background_sky_level: *nought
  grid_offset_0: *nought
  grid_offset_1: *nought
  grid_rotation_angle: *nought
WithTuple:
  tup_0: {type: Uniform, lower_limit: 0.0, upper_limit: 1.0}
  tup_1: {type: Uniform, lower_limit: 0.0, upper_limit: 1.0}
  one: {type: Uniform, lower_limit: 0.0, upper_limit: 1.0}
  two: {type: Uniform, lower_limit: 0.0, upper_limit: 1.0}
Disk:
  position_0: {type: Uniform, lower_limit: -2.0, upper_limit: 2.0}
  position_1: {type: Uniform, lower_limit: -2.0, upper_limit: 2.0}
  flux: {type: LogGaussian, mean: 0.0, sigma: 1.0}
"""
"""Default priors of these classes, in the format of configuration files."""
