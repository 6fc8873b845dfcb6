"""Masks, arrays, grids and imaging datasets: what is known of an image, and nothing of galaxies."""

from galens.array import util
from galens.array.array_2d import Array2D
from galens.array.evaluate import evaluate
from galens.array.geometry import Geometry2D
from galens.array.grid_2d import Grid2D
from galens.array.header import Header
from galens.array.irregular import ArrayIrregular, Grid2DIrregular
from galens.array.mask import Mask2D
from galens.array.over_sampler import OverSampler
from galens.array.over_sampling import OverSampling
from galens.array.zoom import Zoom2D

__all__ = [
    "Array2D",
    "ArrayIrregular",
    "Geometry2D",
    "Grid2D",
    "Grid2DIrregular",
    "Header",
    "Mask2D",
    "OverSampler",
    "OverSampling",
    "Zoom2D",
    "evaluate",
    "util",
]
