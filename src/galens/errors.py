"""Every exception that galens raises for a user's input.

All derive from `GalensError`, so that one ``except`` catches what is the input's fault and nothing else.
A message names the argument, its value, what is allowed and, for files, the path and HDU.
"""

__all__ = [
    "ArrayError",
    "ConfigError",
    "CosmologyError",
    "DatasetError",
    "FitError",
    "FitWarning",
    "GalensError",
    "GridError",
    "KernelError",
    "MaskError",
    "ModelAttributeError",
    "ModelError",
    "PlotError",
    "PrecisionError",
    "PriorError",
    "ProfileError",
    "RayTracingError",
    "RayTracingWarning",
    "SamplesError",
    "SearchError",
]


class GalensError(Exception):
    """Base of all errors about input; never raised itself."""


class ConfigError(GalensError, ValueError):
    """A configuration file or key is unknown, misplaced or of the wrong type."""


class PrecisionError(GalensError, RuntimeError):
    """JAX runs in 32-bit precision where results need 64 bits."""


class ArrayError(GalensError, ValueError):
    """Values do not fit their mask or shape."""


class GridError(GalensError, ValueError):
    """Coordinates do not have the shape or spacing that is needed."""


class MaskError(GalensError, ValueError):
    """A mask is empty, of the wrong shape, or reaches where it must not."""


class KernelError(GalensError, ValueError):
    """A point spread function is even-sized, too large, not finite or sums to zero."""


class DatasetError(GalensError, ValueError):
    """Data, noise map, PSF and mask do not form a usable dataset."""


class ProfileError(GalensError, ValueError):
    """A light or mass profile got a parameter outside its physical range."""


class CosmologyError(GalensError, ValueError):
    """A cosmology got a parameter that no universe has."""


class RayTracingError(GalensError, ValueError):
    """Galaxies, planes or redshifts through which light cannot be traced as asked."""


class RayTracingWarning(UserWarning):
    """Light can be traced, but galaxies or redshifts are probably not what was meant."""


class ModelError(GalensError, ValueError):
    """A model is composed wrongly; also a vector of the wrong length."""


class ModelAttributeError(ModelError, AttributeError):
    """A model has no such parameter or component; an `AttributeError` too, so that `hasattr` says False."""


class PriorError(GalensError, ValueError):
    """A prior's limits or widths are impossible."""


class FitError(GalensError, ValueError):
    """A model instance breaks an assertion, or a fit cannot be formed."""


class FitWarning(UserWarning):
    """A fit is possible, but probably not what was meant."""


class SearchError(GalensError, RuntimeError):
    """A search cannot start, resume or finish."""


class SamplesError(GalensError, ValueError):
    """Samples are empty, inconsistent or of another model."""


class PlotError(GalensError, ValueError):
    """A figure cannot be drawn from these arguments."""
