"""What follows from the second derivatives of a lens: shear, magnification, critical curves, Einstein radii."""

from galens.galaxy.lens_calc.lens_calc import LensCalc

__all__ = ["LensCalc"]
