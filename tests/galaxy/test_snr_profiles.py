"""Profiles by signal to noise: the intensity of an exposure, in simulations and by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import galens.galaxy as ag
from galens.errors import ProfileError
from tests.oracle import build, excess

GRID = ag.Grid2D.uniform(shape_native=(41, 41), pixel_scales=0.2, over_sample_size=4)


@pytest.mark.parametrize("name", ag.lp_snr.__all__)
def test_profile_agrees_with_the_reference(oracle, name):
    grids = {
        size: ag.Grid2D.uniform(shape_native=(12, 13), pixel_scales=0.25, over_sample_size=size) for size in (1, 4)
    }
    cases = [each for each in oracle.cases("light_profiles") if each["cls"] == f"lp_snr.{name}"]
    assert cases
    for case in cases:
        profile = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"lp_snr": ag.lp_snr})
        exposure = case["info"]["set_intensity_from"]
        arguments = (exposure["exposure_time"], exposure["background_sky_level"], exposure["psf"])
        found = profile.with_intensity_from(grids[4], *arguments)
        assert type(found) is getattr(ag.lp, name)
        images = {
            "intensity": found.intensity,
            "image_irr": found.image_2d_from(oracle.input(case, "grid_irr")),
            "image_uni": found.image_2d_from(grids[1]),
            "image_uni_os4": found.image_2d_from(grids[4]),
        }
        for output in images.keys() & case["arrays"].keys():
            reference, rule = oracle.reference(case, output)
            if name == "ChameleonSph":
                rule = {**rule, "rtol": 5e-5}  # the reference limits the axis ratio to 0.99999
            assert excess(np.asarray(images[output]), reference, rule) <= 1, (case["id"], output)


@pytest.mark.parametrize("name", ag.lp_snr.__all__)
def test_signal_to_noise_stands_first_in_the_place_of_the_intensity(name):
    fields = [each.name for each in dataclasses.fields(getattr(ag.lp, name))]
    fields.remove("intensity")
    profile = getattr(ag.lp_snr, name)()
    assert [each.name for each in dataclasses.fields(profile)] == ["signal_to_noise_ratio", *fields]
    assert profile.signal_to_noise_ratio == 10.0
    assert profile.intensity == 1.0


def test_simulated_image_has_the_signal_to_noise():
    psf = ag.Convolver.from_gaussian(shape_native=(11, 11), pixel_scales=0.2, sigma=0.3)
    simulator = ag.SimulatorImaging(
        exposure_time=300.0, psf=psf, background_sky_level=10.0, add_poisson_noise_to_data=False
    )
    galaxy = ag.Galaxy(
        redshift=0.5, bulge=ag.lp_snr.Sersic(signal_to_noise_ratio=25.0, effective_radius=1.0), centre_of_light=1.0
    )
    for source in ([galaxy], ag.Galaxies([galaxy])):
        dataset = simulator.via_galaxies_from(galaxies=source, grid=GRID)
        assert float(np.max(np.asarray(dataset.signal_to_noise_map))) == pytest.approx(25.0, rel=1e-3)
    known = galaxy.snr_light_profiles_to_light_profiles_from(GRID, 300.0, 10.0, psf)
    assert type(known.bulge) is ag.lp.Sersic
    assert known.centre_of_light == 1.0
    assert known.snr_light_profiles_to_light_profiles_from(GRID, 300.0) is known


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ag.lp_snr.Sersic(signal_to_noise_ratio=0.0), "signal_to_noise_ratio is 0.0, but must be above 0"),
        (lambda: ag.lp_snr.Sersic().with_intensity_from(GRID, 0.0), "exposure_time must be above 0"),
        (lambda: ag.lp_snr.Sersic().with_intensity_from(GRID, 1.0, -1.0), "background_sky_level at least 0"),
        (lambda: ag.lp_snr.Gaussian(centre=(99.0, 0.0)).intensity_from(GRID, 1.0), "its image on the grid is dark"),
        (
            lambda: ag.FitImaging(
                ag.Imaging.from_arrays(np.ones((9, 9)), np.ones((9, 9)), 0.1, psf=np.ones((3, 3))),
                [ag.Galaxy(0.5, bulge=ag.lp_snr.Sersic())],
            ),
            "a fit needs intensities, but lp_snr.Sersic has none: use lp.Sersic",
        ),
    ],
)
def test_bad_input_is_refused(make, message):
    with pytest.raises(ProfileError, match=message):
        make()
