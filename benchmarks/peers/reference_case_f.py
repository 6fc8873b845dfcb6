"""Case F in the reference library, run by its interpreter: jitted where its profile can be, with NumPy otherwise."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["JAX_COMPILATION_CACHE_DIR"] = ""
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import autolens as al
import jax
import jax.numpy as jnp
import numpy as np

import problem_f as problem
from timing import first_and_fastest, report

CLASSES = {
    "isothermal": al.mp.Isothermal,
    "power law": al.mp.PowerLaw,
    "NFW": al.mp.NFW,
    "gNFW": al.mp.gNFW,
    "Sersic": al.mp.Sersic,
    "Chameleon": al.mp.Chameleon,
    "dPIE": al.mp.dPIEMassB0,
}
POINTS = problem.points()


def deflections(cls, parameters, points, xp):
    grid = al.Grid2DIrregular(values=points, xp=xp)
    mass = cls(centre=problem.CENTRE, ell_comps=problem.ELL_COMPS, **parameters)
    vectors = mass.deflections_yx_2d_from(grid=grid, xp=xp)
    return getattr(vectors, "array", vectors)


for name in sys.argv[1:]:
    cls = CLASSES[name]
    perturbed = problem.perturbed(problem.PARAMETERS[name])
    points = jnp.asarray(POINTS)
    jitted = jax.jit(lambda parameters, points, cls=cls: deflections(cls, parameters, points, jnp))
    numpy = lambda parameters, points, cls=cls: deflections(cls, parameters, np.asarray(points), np)  # noqa: E731
    for function in (jitted, numpy):
        try:
            arguments = [({k: jnp.asarray(v) for k, v in each.items()}, points) for each in perturbed]
            if function is numpy:
                arguments = [(each, points) for each in perturbed]
            vectors = np.asarray(function(*arguments[0]))
            report(f"reference {name}", **first_and_fastest(function, arguments), error=problem.error_of(name, vectors))
            break
        except Exception as error:
            print(f"{name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
