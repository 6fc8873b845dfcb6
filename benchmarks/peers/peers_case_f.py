"""Case F in jaxtronomy, herculens and lenstronomy, run by their interpreter: the profiles that each of them has with
an elliptical convergence; where the only one has an elliptical potential, that, whose error then says so.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["JAX_COMPILATION_CACHE_DIR"] = ""
os.environ["JAX_ENABLE_X64"] = "True"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import jax
import jax.numpy as jnp
import numpy as np

import problem_f as problem
from timing import first_and_fastest, report

jax.config.update("jax_enable_x64", True)

Y, X = problem.points().T
E_SIN, E_COS = problem.ELL_COMPS
ELLIPSE = {"e1": E_COS, "e2": E_SIN, "center_x": problem.CENTRE[1], "center_y": problem.CENTRE[0]}
SIE = {"theta_E": 1.6, **ELLIPSE}
INTERMEDIATE = np.sqrt(problem.AXIS_RATIO)
HALO = problem.PARAMETERS["NFW"]
CUT = problem.PARAMETERS["dPIE"]
CHAMELEON = problem.PARAMETERS["Chameleon"]
JAXTRONOMY = {
    "isothermal": ("SIE", SIE),
    "power law": ("EPL", {**SIE, "gamma": 2.1}),
    "NFW": ("NFW_ELLIPSE_CSE", {**ELLIPSE, "Rs": HALO["scale_radius"] * INTERMEDIATE, "alpha_Rs": 2.0}),
    "dPIE": ("PJAFFE_ELLIPSE_POTENTIAL", {**ELLIPSE, "sigma0": 1.0, "Ra": CUT["ra"], "Rs": CUT["rs"]}),
}
LENSTRONOMY = {
    **JAXTRONOMY,
    "power law": ("EPL_NUMBA", JAXTRONOMY["power law"][1]),
    "gNFW": ("GNFW", {"Rs": 10.0, "kappa_s": 0.1, "gamma_inner": 1.3, **dict(list(ELLIPSE.items())[2:])}),
    "Sersic": (
        "SERSIC_ELLIPSE_GAUSS_DEC",
        {**ELLIPSE, "k_eff": 0.2, "R_sersic": 0.8, "n_sersic": 3.5},
    ),
    "Chameleon": (
        "CHAMELEON",
        {**ELLIPSE, "alpha_1": 1.0, "w_c": CHAMELEON["core_radius_0"], "w_t": CHAMELEON["core_radius_1"]},
    ),
}
HERCULENS = {"isothermal": ("SIE", SIE), "power law": ("EPL", JAXTRONOMY["power law"][1])}


def time_one(library: str, profile: str, function, keywords: dict) -> None:
    try:
        arguments = [(each,) for each in problem.perturbed(keywords)]
        vectors = np.stack([np.asarray(each) for each in function(arguments[0][0])], axis=-1)[:, ::-1]
        report(
            f"{library} {profile}",
            **first_and_fastest(function, arguments),
            error=problem.error_of(profile, vectors),
        )
    except Exception as error:
        print(f"{library} {profile}: {type(error).__name__}: {str(error)[:300]}", file=sys.stderr)


def jitted(model):
    y, x = jnp.asarray(Y), jnp.asarray(X)
    function = jax.jit(lambda keywords, y, x: model.alpha(x, y, [keywords]))
    return lambda keywords: function({k: jnp.asarray(v, float) for k, v in keywords.items()}, y, x)


def jaxtronomy(profile: str) -> None:
    from jaxtronomy.LensModel.lens_model import LensModel

    name, keywords = JAXTRONOMY[profile]
    time_one("jaxtronomy", profile, jitted(LensModel([name])), keywords)


def herculens(profile: str) -> None:
    # Keywords of jnp.clip that current jax has renamed.
    clip = jnp.clip
    jnp.clip = lambda x, a_min=None, a_max=None, **rest: clip(x, rest.get("min", a_min), rest.get("max", a_max))
    from herculens.MassModel.mass_model import MassModel

    name, keywords = HERCULENS[profile]
    time_one("herculens", profile, jitted(MassModel([name])), keywords)


def lenstronomy(profile: str) -> None:
    from lenstronomy.LensModel.lens_model import LensModel

    name, keywords = LENSTRONOMY[profile]
    model = LensModel([name])
    time_one("lenstronomy", profile, lambda keywords: model.alpha(X, Y, [keywords]), keywords)


for profile in sys.argv[1:]:
    for library, profiles in ((jaxtronomy, JAXTRONOMY), (herculens, HERCULENS), (lenstronomy, LENSTRONOMY)):
        if profile in profiles:
            try:
                library(profile)
            except Exception as error:
                print(f"{library.__name__} {profile}: {type(error).__name__}: {error}", file=sys.stderr)
