"""Case C: the galaxy of case A fitted by 80 Gaussians: two sets of 30 up to 3 arcsec and one of 20 up to 1 arcsec.

NumPy only, so that every library's environment can import it. Priors are the default ones of `mge_model_from`.
"""

from __future__ import annotations

import numpy as np

import problem

SETS = {"mask_radius": problem.MASK_RADIUS, "total_gaussians": 30, "gaussian_per_basis": 2}
THIRD_SET = {"mask_radius": 1.0, "total_gaussians": 20, "centre_prior_is_uniform": False}
GAUSSIANS = 80

# Centre and ellipticities of the sets in the order of the model's parameters: (centre, e, e) and (centre, e).
VECTOR = np.array(
    [
        *problem.CENTRE,
        *problem.ell_comps(problem.BULGE),
        *problem.ell_comps(problem.DISK),
        *problem.CENTRE,
        *problem.ell_comps({"axis_ratio": 0.7, "angle": 110.0}),
    ]
)


def perturbed(count: int, seed: int = 0, scale: float = 1e-3) -> np.ndarray:
    """`count` vectors near `VECTOR`, all different, so that nothing can be cached."""
    return VECTOR * (1 + scale * np.random.default_rng(seed).standard_normal((count, len(VECTOR))))
