"""Functions under the names that scripts know: ``aa.util.over_sample``, ``aa.util.geometry``."""

from galens.array import geometry
from galens.array import over_sample_sizes as over_sample

__all__ = ["geometry", "over_sample"]
