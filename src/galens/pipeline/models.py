"""The models that the pipeline fits: a lens galaxy with light, mass and shear, and a source, or no lens at all.

Priors are the same for every lens, so that one compilation serves all; what the data say of a lens decides where
minimisations begin.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from galens import fit as af
from galens import galaxy as ag
from galens.pipeline.exposure import Exposure

__all__ = ["LENS_NAMES", "Mass", "flattened", "lens_light_model", "lens_model", "lens_vector", "start_vector"]

Mass = Literal["isothermal", "power_law"]

LENS_NAMES = (
    "mass.einstein_radius",
    "mass.ell_comps.ell_comps_0",
    "mass.ell_comps.ell_comps_1",
    "shear.gamma_1",
    "shear.gamma_2",
    "source.light.profile_list.0.centre.centre_0",
    "source.light.profile_list.0.centre.centre_1",
)
"""Ends of the names of a lens' parameters, in the order of the scan's vectors."""

GAUSSIANS, SETS = 14, 2
SOURCE_GAUSSIANS = 12
SOURCE_WIDTHS = (0.01, 0.6)  # arcsec
LARGEST_EINSTEIN_RADIUS = 4.0  # arcsec
FLAT = 0.5  # ellipticity of a set of Gaussians that stands for arcs or a disk


def lens_light_model(exposure: Exposure, radius: float) -> af.Model:
    """A multi-Gaussian expansion of the lens galaxy, in two sets with one centre and ellipticities of their own."""
    return ag.model_util.mge_model_from(
        mask_radius=radius,
        total_gaussians=GAUSSIANS,
        gaussian_per_basis=SETS,
        centre=exposure.centre,
        sigma_min=0.4 * exposure.pixel_scale,
        ell_comps_sigma=0.2,
    )


def lens_model(
    exposure: Exposure, radius: float, redshifts: tuple[float, float], mass: Mass = "isothermal"
) -> af.Collection:
    """Lens and source.

    Mass and light of the lens share their centre. The source is a multi-Gaussian expansion too.

    Args:
        radius: of the lens light, arcsec; the same as when its light was fitted alone.
        redshifts: of lens and source.
    """
    light = lens_light_model(exposure, radius)
    profile = af.Model(ag.mp.Isothermal if mass == "isothermal" else ag.mp.PowerLaw)
    profile.centre = light.profile_list[0].centre
    profile.einstein_radius = af.UniformPrior(0.2, LARGEST_EINSTEIN_RADIUS)
    profile.ell_comps.ell_comps_0 = af.TruncatedGaussianPrior(0.0, 0.2, -0.8, 0.8)
    profile.ell_comps.ell_comps_1 = af.TruncatedGaussianPrior(0.0, 0.2, -0.8, 0.8)
    if mass == "power_law":
        profile.slope = af.TruncatedGaussianPrior(2.0, 0.25, 1.3, 2.7)
    shear = af.Model(ag.mp.ExternalShear, gamma_1=af.GaussianPrior(0.0, 0.06), gamma_2=af.GaussianPrior(0.0, 0.06))
    source = ag.model_util.mge_model_from(
        mask_radius=SOURCE_WIDTHS[1],
        total_gaussians=SOURCE_GAUSSIANS,
        centre_prior_is_uniform=False,
        centre=exposure.centre,
        centre_sigma=0.4,
        ell_comps_sigma=0.3,
        ell_comps_limit=0.8,
        sigma_min=SOURCE_WIDTHS[0],
    )
    lens = af.Model(ag.Galaxy, redshift=redshifts[0], light=light, mass=profile, shear=shear)
    return af.Collection(
        galaxies=af.Collection(lens=lens, source=af.Model(ag.Galaxy, redshift=redshifts[1], light=source))
    )


def start_vector(model: af.Collection, known: dict[str, Any]) -> np.ndarray:
    """A vector of the model with the known numbers, and the middle of the prior for others.

    Args:
        known: values by the end of a parameter's dotted name, such as "mass.einstein_radius".
    """
    vector = np.array(model.program.physical_from_normal(0.1 * (-1.0) ** np.arange(model.prior_count)))
    for index, places in enumerate(model.all_paths):
        names = [".".join(map(str, place)) for place in places]
        for end, value in known.items():
            if any(name.endswith(end) for name in names):
                vector[index] = float(value)
    return vector


def flattened(model: af.Collection, vector: np.ndarray) -> list[np.ndarray]:
    """The vector of a galaxy's light with one set of Gaussians flattened, for each set and four directions.

    With arcs in the image, light alone has several modes.
    """
    places = [index for index, name in enumerate(model.program.names) if "ell_comps" in name]
    found = []
    for pair in zip(places[::2], places[1::2], strict=True):
        for shape in ((FLAT, 0.0), (-FLAT, 0.0), (0.0, FLAT), (0.0, -FLAT)):
            other = np.array(vector)
            other[list(pair)] = shape
            found.append(other)
    return found


def lens_vector(result: Any) -> np.ndarray:
    """Where the best lens of a fit has the numbers of `LENS_NAMES`."""
    best = result.samples.max_log_likelihood(as_instance=False)
    names = [[".".join(map(str, place)) for place in places] for places in result.model.all_paths]
    return np.array(
        [
            next(value for value, known in zip(best, names, strict=True) if any(name.endswith(end) for name in known))
            for end in LENS_NAMES
        ]
    )
