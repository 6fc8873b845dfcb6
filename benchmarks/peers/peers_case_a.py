"""Case A in jaxtronomy, herculens and pysersic, run by their interpreter. Fair play: the over-sampling nearest to the
case's that each offers (2 x 2 everywhere; pysersic's own default), flux only where the PSF brings it into the mask
where the library can do that.
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

import problem
from timing import first_and_fastest, report

jax.config.update("jax_enable_x64", True)


def measure(peer: str, function, singles, batches) -> None:
    jitted = {
        "value": (jax.jit(function), singles),
        "value and gradient": (jax.jit(jax.value_and_grad(function)), singles),
        "batch": (jax.jit(jax.vmap(function)), batches),
    }
    for what, (compiled, arguments) in jitted.items():
        report(f"{peer} {what}", **first_and_fastest(compiled, arguments))


def jaxtronomy() -> None:
    from jax.flatten_util import ravel_pytree
    from jaxtronomy.Data.imaging_data import ImageData
    from jaxtronomy.ImSim.image_model import ImageModel
    from jaxtronomy.LightModel.light_model import LightModel
    from lenstronomy.Data.psf import PSF

    data, noise, _ = problem.data()
    half = (problem.SHAPE[0] - 1) / 2 * problem.PIXEL_SCALE
    y, x = problem.axes()
    reach = problem.MASK_RADIUS + problem.PSF_SHAPE[0] / 2 * problem.PIXEL_SCALE
    model = ImageModel(
        ImageData(
            image_data=data[::-1],
            noise_map=noise[::-1],
            ra_at_xy_0=-half,
            dec_at_xy_0=-half,
            transform_pix2angle=problem.PIXEL_SCALE * np.eye(2),
        ),
        PSF(psf_type="PIXEL", kernel_point_source=problem.psf()),
        lens_light_model_class=LightModel(["SERSIC_ELLIPSE", "SERSIC_ELLIPSE"]),
        kwargs_numerics={
            "supersampling_factor": 2,
            "supersampling_convolution": False,
            "flux_evaluate_indexes": (y**2 + x**2 < reach**2)[::-1],
        },
        likelihood_mask=~problem.mask()[::-1],
    )
    keywords = []
    for profile in (problem.BULGE, problem.DISK):
        e_sin, e_cos = problem.ell_comps(profile)
        keywords.append(
            {
                "amp": profile["intensity"] / problem.PIXEL_SCALE**2,
                "R_sersic": profile["effective_radius"],
                "n_sersic": profile.get("sersic_index", 1.0),
                "e1": e_cos,
                "e2": e_sin,
                "center_x": problem.CENTRE[1],
                "center_y": problem.CENTRE[0],
            }
        )
    flat, unravel = ravel_pytree(jax.tree.map(jnp.asarray, keywords))

    def function(vector):
        bulge, disk = unravel(vector)
        return model.likelihood_data_given_model(kwargs_lens_light=[bulge, {**disk, "n_sersic": 1.0}])

    scatter = np.random.default_rng(0).standard_normal((8 + 3 * problem.BATCH, flat.size))
    vectors = np.asarray(flat) * (1 + 1e-3 * scatter)
    batches = [(jnp.asarray(b),) for b in np.split(vectors[8:], 3)]
    measure("jaxtronomy", function, [(jnp.asarray(v),) for v in vectors[:8]], batches)


def pysersic() -> None:
    from pysersic.rendering import PixelRenderer

    data, noise, _ = problem.data()
    data, noise, kept = jnp.asarray(data), jnp.asarray(noise), jnp.asarray(~problem.mask(), float)
    names = ["xc", "yc", "flux", "f_1", "r_eff_1", "ellip_1", "r_eff_2", "n", "ellip_2", "theta"]
    middle = (problem.SHAPE[0] - 1) / 2
    pixels = 1 / problem.PIXEL_SCALE
    radii = problem.BULGE["effective_radius"] * pixels, problem.DISK["effective_radius"] * pixels
    base = np.array([middle + 0.2, middle - 0.2, 3e4, 0.6, radii[0], 0.15, radii[1], 3.5, 0.4, 0.7])
    renderer = PixelRenderer(problem.SHAPE, jnp.asarray(problem.psf()))

    def function(vector):
        image = renderer.render_source(dict(zip(names, vector, strict=True)), "sersic_exp")
        return -0.5 * jnp.sum(kept * (((data - image) / noise) ** 2 + jnp.log(2 * jnp.pi * noise**2)))

    vectors = base * (1 + 1e-3 * np.random.default_rng(0).standard_normal((8 + 3 * problem.BATCH, len(base))))
    batches = [(jnp.asarray(b),) for b in np.split(vectors[8:], 3)]
    measure("pysersic", function, [(jnp.asarray(v),) for v in vectors[:8]], batches)


for peer in (jaxtronomy, pysersic):
    try:
        peer()
    except Exception as error:
        print(f"{peer.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
