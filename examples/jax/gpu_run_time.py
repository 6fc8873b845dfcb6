"""How long a likelihood takes on the device at hand: value, gradient, and batches of them.

    python examples/jax/gpu_run_time.py [--fast] [--device cpu|gpu]

Two Sersic-type profiles, 150 x 150 pixels of 0.05 arcsec, a mask of 3 arcsec, a PSF of 21 x 21 pixels, 4x4 points per
pixel within 0.3 arcsec and 2x2 beyond. Nothing in the likelihood knows which device it runs on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import galens.fit as af
import galens.galaxy as ag


def problem() -> tuple[af.Fitness, np.ndarray]:
    """The likelihood and a vector near its maximum."""
    galaxy = ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.Sersic((0.0, 0.0), (0.05, 0.03), intensity=1.0, effective_radius=0.6, sersic_index=3.0),
        disk=ag.lp.Exponential((0.0, 0.0), (0.15, 0.09), intensity=0.5, effective_radius=1.6),
    )
    grid = ag.Grid2D.uniform(shape_native=(150, 150), pixel_scales=0.05, over_sample_size=4)
    psf = ag.Convolver.from_gaussian(shape_native=(21, 21), sigma=0.08, pixel_scales=0.05, normalize=True)
    simulator = ag.SimulatorImaging(exposure_time=1000.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    dataset = simulator.via_galaxies_from(galaxies=ag.Galaxies([galaxy]), grid=grid)
    mask = ag.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=dataset.pixel_scales, radius=3.0)
    dataset = dataset.apply_mask(mask=mask)
    sizes = ag.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=dataset.grid, sub_size_list=[4, 2], radial_list=[0.3], centre_list=[(0.0, 0.0)]
    )
    dataset = dataset.apply_over_sampling(over_sample_size_lp=sizes)
    model = af.Collection(
        galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic, disk=ag.lp.Exponential))
    )
    bulge, disk = galaxy.bulge, galaxy.disk
    vector = [*bulge.centre, *bulge.ell_comps, bulge.intensity, bulge.effective_radius, bulge.sersic_index]
    vector += [*disk.centre, *disk.ell_comps, disk.intensity, disk.effective_radius]
    return af.Fitness(model=model, analysis=ag.AnalysisImaging(dataset=dataset)), np.array(vector, float)


def seconds(function: Callable[[Any], Any], argument: Any, repeats: int) -> tuple[float, float]:
    """Seconds of the first call, which compiles, and the median of the later ones."""
    start = time.perf_counter()
    jax.block_until_ready(function(argument))
    first = time.perf_counter() - start
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(function(argument))
        times.append(time.perf_counter() - start)
    return first, float(np.median(times))


def main(fast: bool = False, device: str | None = None) -> dict[str, Any]:
    if device is not None:
        jax.config.update("jax_default_device", jax.devices(device)[0])
    repeats = 3 if fast else 50
    where = jax.devices(device)[0]
    batches = (1, 4) if fast else (1, 4, 16, 64) if where.platform == "cpu" else (1, 16, 64, 256, 1024)
    print(f"on {where.device_kind} ({where.platform})")
    fitness, vector = problem()
    vector = jnp.asarray(vector)
    value_and_grad = jax.jit(jax.value_and_grad(fitness))
    results: dict[str, Any] = {"device": where.platform, "value": float(fitness(vector))}
    for name, function in {"value": jax.jit(fitness), "value and gradient": value_and_grad}.items():
        first, later = seconds(function, vector, repeats)
        print(f"{name:20s} first call {first:6.2f} s, then {1e3 * later:8.3f} ms")
        results[name] = later
    for size in batches:
        vectors = vector * (1 + 1e-3 * jax.random.normal(jax.random.key(0), (size, len(vector))))
        for name, function in {
            "value": jax.jit(jax.vmap(fitness)),
            "value and gradient": jax.jit(jax.vmap(jax.value_and_grad(fitness))),
        }.items():
            _, later = seconds(function, vectors, repeats)
            print(f"batch of {size:5d}: {name:20s} {1e3 * later / size:8.4f} ms each, {size / later:10.0f} per second")
            results[f"{name}, batch of {size}"] = later / size
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fast", action="store_true", help="few repetitions and small batches")
    parser.add_argument("--device", choices=("cpu", "gpu"), help="the default device of JAX, unless given")
    arguments = parser.parse_args()
    main(arguments.fast, arguments.device)
