"""Times the Einstein radius of lenses: compiled, its gradient, of 16 lenses at once, and by contours as for figures.

python benchmarks/einstein_radius.py
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

import galens.lens as al
from timing import first_and_fastest

BATCH = 16
SHEAR = (0.03, -0.02)  # gamma_1, gamma_2


def lens(kind: str, radius: float) -> al.Galaxy:
    shear = al.mp.ExternalShear(*SHEAR)
    if kind == "power law":
        return al.Galaxy(
            redshift=0.5, mass=al.mp.PowerLaw(ell_comps=(0.1, 0.05), einstein_radius=radius, slope=2.1), shear=shear
        )
    stars = al.mp.Sersic(ell_comps=(0.1, 0.05), intensity=0.6, effective_radius=0.8, sersic_index=3.5)
    halo = al.mp.NFW(ell_comps=(0.05, 0.0), kappa_s=0.12 * radius, scale_radius=10.0)
    return al.Galaxy(redshift=0.5, stars=stars, halo=halo, shear=shear)


def main() -> None:
    jax.config.update("jax_compilation_cache_dir", None)
    for kind in ("power law", "Sersic and NFW"):

        def radius(scale: jax.Array, kind: str = kind) -> jax.Array:
            return al.LensCalc(lens(kind, scale)).effective_einstein_radius

        singles = [(jnp.asarray(1.2 + 0.01 * each),) for each in range(8)]
        batches = [(jnp.linspace(1.0, 1.4, BATCH) + 0.01 * each,) for each in range(3)]
        measured = {
            "value": first_and_fastest(jax.jit(radius), singles),
            "value and gradient": first_and_fastest(jax.jit(jax.value_and_grad(radius)), singles),
            f"{BATCH} lenses": first_and_fastest(jax.jit(jax.vmap(radius)), batches),
        }
        for what, times in measured.items():
            words = "  ".join(f"{name} {value:8.2f} ms" for name, value in times.items())
            print(f"{kind:15} {what:18} {words}")
        calc = al.LensCalc(lens(kind, 1.2))
        grid = al.Grid2D.uniform(shape_native=(200, 200), pixel_scales=0.03)
        by_contours = calc.einstein_radius_from(grid)
        print(f"{kind:15} relative to that by contours: {float(np.asarray(radius(1.2)) / by_contours - 1):.1e}")


if __name__ == "__main__":
    main()
