"""Case C: the lens of case B by 80 Gaussians: the lens galaxy's light by two sets of 30 up to 3 arcsec, the source's by
one of 20 up to 1 arcsec, behind an isothermal mass with shear.

NumPy only, so that every library's environment can import it. Priors are the default ones of `mge_model_from`.
"""

from __future__ import annotations

import numpy as np

import problem
import problem_b
from problem import ell_comps

LENS_SETS = {"mask_radius": problem.MASK_RADIUS, "total_gaussians": 30, "gaussian_per_basis": 2}
SOURCE_SET = {"mask_radius": 1.0, "total_gaussians": 20, "centre_prior_is_uniform": False}

# In the order of the model's parameters: light of the lens (centre, two ell_comps), mass and shear, source.
VECTOR = np.array(
    [
        *problem.CENTRE,
        *ell_comps(problem.BULGE),
        *ell_comps(problem.DISK),
        *problem.CENTRE,
        *ell_comps(problem_b.MASS),
        problem_b.MASS["einstein_radius"],
        *problem_b.SHEAR.values(),
        *problem_b.SOURCE_CENTRE,
        *ell_comps(problem_b.SOURCE),
    ]
)


def perturbed(count: int, seed: int = 0, scale: float = 1e-3) -> np.ndarray:
    """`count` vectors near `VECTOR`, all different, so that nothing can be cached."""
    return VECTOR * (1 + scale * np.random.default_rng(seed).standard_normal((count, len(VECTOR))))
