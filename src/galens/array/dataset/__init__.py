"""Datasets: what a telescope recorded, checked and ready to be fitted, and its simulation."""

from galens.array.dataset.imaging import Imaging
from galens.array.dataset.operator import ImagingOperator
from galens.array.dataset.simulator import SimulatorImaging

__all__ = ["Imaging", "ImagingOperator", "SimulatorImaging"]
