"""Masks, arrays, grids and imaging datasets: what is known of an image, and nothing of galaxies."""

from galens.array import preprocess, util
from galens.array.array_2d import Array2D
from galens.array.dataset import Imaging, ImagingOperator, SimulatorImaging
from galens.array.dataset_model import DatasetModel
from galens.array.evaluate import evaluate, evaluate_vectors, moved_grids
from galens.array.geometry import Geometry2D
from galens.array.grid_2d import Grid2D
from galens.array.header import Header
from galens.array.irregular import ArrayIrregular, Grid2DIrregular
from galens.array.mask import Mask2D
from galens.array.over_sampler import OverSampler
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver
from galens.array.vector_yx import VectorYX2D, VectorYX2DIrregular
from galens.array.zoom import Zoom2D

__all__ = [
    "Array2D",
    "ArrayIrregular",
    "Convolver",
    "DatasetModel",
    "Geometry2D",
    "Grid2D",
    "Grid2DIrregular",
    "Header",
    "Imaging",
    "ImagingOperator",
    "Mask2D",
    "OverSampler",
    "OverSampling",
    "SimulatorImaging",
    "VectorYX2D",
    "VectorYX2DIrregular",
    "Zoom2D",
    "evaluate",
    "evaluate_vectors",
    "moved_grids",
    "preprocess",
    "util",
]
