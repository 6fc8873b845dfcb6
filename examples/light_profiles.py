"""Light that is not a plain galaxy: an unresolved nucleus, a sky that tilts, shapes without a formula.

    python examples/light_profiles.py [--output FOLDER]

Fluxes are linear, so that each fit here is one solve: no search. In a model each of these profiles is a component like
any other, with parameters that a search finds (modeling.py).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

import galens.galaxy as ag
import galens.plot as aplt
from galaxy_data import masked, simulate

NUCLEUS = (0.013, -0.027)
SERSIC = {"ell_comps": (0.1, 0.05), "effective_radius": 0.8, "sersic_index": 2.0}
ANY_SIGN = ag.Settings(use_positive_only_solver=False)


def unresolved_nucleus(output: Path | None) -> dict[str, float]:
    """A nucleus that no telescope resolves, between the centres of pixels, on a galaxy."""
    bulge = ag.lp.Sersic(**SERSIC, intensity=1.0)
    truth = ag.Galaxy(redshift=0.5, bulge=bulge, nucleus=ag.lp.PointSource(centre=NUCLEUS, intensity=300.0))
    dataset = masked(simulate(ag.Galaxies([truth])), over_sample_size=8)

    # Three ways to write it. The first is the PSF itself, moved to the centre. The second is a Gaussian that the PSF
    # blurs, far narrower than a pixel: right where it is sampled finely, here by 8 x 8 points. The third is as observed
    # already ("operated"): no PSF is applied, so that it must have the PSF's width, here 0.1 arcsec.
    ways = {
        "PointSource": ag.lp_linear.PointSource(centre=NUCLEUS),
        "narrow Gaussian": ag.lp_linear.Gaussian(centre=NUCLEUS, sigma=0.03),
        "operated Gaussian": ag.lp_linear_operated.Gaussian(centre=NUCLEUS, sigma=0.1),
    }
    results = {}
    for name, nucleus in ways.items():
        galaxy = ag.Galaxy(redshift=0.5, bulge=ag.lp_linear.Sersic(**SERSIC), nucleus=nucleus)
        fit = ag.FitImaging(dataset=dataset, galaxies=[galaxy])
        solved = fit.galaxies_linear_light_profiles_to_light_profiles[0]
        flux = float(solved.nucleus.total_flux_from(pixel_scales=0.1))
        results[f"flux {name}"] = flux
        results[f"chi_squared {name}"] = float(fit.reduced_chi_squared)
        print(f"{name:>18}: flux {flux:5.1f} of 300, reduced chi squared {fit.reduced_chi_squared:.3f}")
        if name == "PointSource":
            aplt.subplot_fit_imaging(fit=fit, output_path=output, output_filename="point_source")
    return results


def tilted_sky(output: Path | None) -> dict[str, float]:
    """What is left of the sky after a subtraction that was too simple."""
    truth = ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.Sersic(**SERSIC, intensity=1.0),
        sky=ag.lp.TiltedSky(intensity=0.05, gradient=(0.2, -0.1)),
    )
    dataset = masked(simulate(ag.Galaxies([truth])), over_sample_size=4)
    results = {}
    for name, sky in {
        "none": {},
        "flat": {"sky": ag.lp_linear.FlatSky()},
        "tilted": {"sky": ag.lp_linear.TiltedSky(gradient=(0.2, -0.1))},
    }.items():
        galaxy = ag.Galaxy(redshift=0.5, bulge=ag.lp_linear.Sersic(**SERSIC), **sky)
        # A sky that was subtracted too much is negative: intensities may have any sign.
        fit = ag.FitImaging(dataset=dataset, galaxies=[galaxy], settings=ANY_SIGN)
        solved = fit.galaxies_linear_light_profiles_to_light_profiles[0]
        results[f"bulge {name}"] = float(solved.bulge.intensity)
        results[f"chi_squared {name}"] = float(fit.reduced_chi_squared)
        bulge = solved.bulge.intensity
        print(f"sky {name:>6}: bulge of {bulge:.4f} (1), reduced chi squared {fit.reduced_chi_squared:.3f}")
    results["sky"] = float(solved.sky.intensity)
    aplt.subplot_fit_imaging(fit=fit, output_path=output, output_filename="tilted_sky")
    return results


def clumps(order: int, output: Path | None) -> dict[str, float]:
    """An irregular galaxy, which no profile has the shape of, as a sum of shapelets."""
    places = {"a": (0.4, 0.3), "b": (-0.3, 0.5), "c": (-0.2, -0.4), "d": (0.5, -0.6)}
    light = {name: ag.lp.GaussianSph(centre=place, intensity=2.0, sigma=0.25) for name, place in places.items()}
    truth = ag.Galaxy(redshift=0.5, disk=ag.lp.Gaussian(ell_comps=(0.1, 0.1), intensity=3.0, sigma=0.6), **light)
    dataset = masked(simulate(ag.Galaxies([truth])), over_sample_size=4)
    results = {}
    families = {
        "cartesian": [
            ag.lp_linear.ShapeletCartesianSph(n_y=n_y, n_x=n - n_y, beta=0.45)
            for n in range(order + 1)
            for n_y in range(n + 1)
        ],
        "polar": [
            ag.lp_linear.ShapeletPolarSph(n=n, m=m, beta=0.45) for n in range(order + 1) for m in range(-n, n + 1, 2)
        ],
    }
    for name, shapelets in families.items():
        galaxy = ag.Galaxy(redshift=0.5, shapelets=ag.lp_basis.Basis(profile_list=shapelets))
        fit = ag.FitImaging(dataset=dataset, galaxies=[galaxy], settings=ANY_SIGN)
        flux = float(fit.galaxies_linear_light_profiles_to_light_profiles.total_flux_from(pixel_scales=0.1))
        true = float(truth.total_flux_from(pixel_scales=0.1))
        results[f"chi_squared {name}"] = float(fit.reduced_chi_squared)
        results[f"flux {name}"] = flux / true
        print(
            f"{len(shapelets)} {name} shapelets: flux {flux:.0f} of {true:.0f}, reduced chi squared "
            f"{fit.reduced_chi_squared:.3f}"
        )
    aplt.subplot_fit_imaging(fit=fit, output_path=output, output_filename="shapelets")
    residuals = np.asarray(fit.normalized_residual_map)
    results["worst_residual"] = float(np.abs(residuals).max())
    return results


def main(output: Path | None = None, order: int = 12) -> dict[str, dict[str, float]]:
    return {
        "nucleus": unresolved_nucleus(output),
        "sky": tilted_sky(output),
        "shapelets": clumps(order, output),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=Path("output"), help="folder of the figures")
    main(output=parser.parse_args().output)
