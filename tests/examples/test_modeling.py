import numpy as np
import pytest


def test_models_have_the_number_of_parameters_of_the_reference(example):
    module = example("modeling.py")
    model, galaxy = module.bulge_and_disk()
    assert model.total_free_parameters == 13
    galaxy.disk.centre = galaxy.bulge.centre
    assert model.total_free_parameters == 11
    galaxy.disk.effective_radius = 1.6
    assert model.total_free_parameters == 10


def test_ten_gaussians_follow_one_law_of_two_parameters(example):
    module = example("modeling.py")
    model = module.ten_gaussians()
    assert model.total_free_parameters == 6
    instance = model.instance_from_prior_medians()
    galaxy = instance.galaxies.galaxy
    sigmas = [float(getattr(galaxy, f"gaussian_{index}").sigma) for index in range(10)]
    assert sigmas == pytest.approx(0.1 + 5.0 * np.log10(np.arange(1, 11)), rel=1e-12)
    assert {tuple(map(float, getattr(galaxy, f"gaussian_{index}").centre)) for index in range(10)} == {(0.0, 0.0)}
