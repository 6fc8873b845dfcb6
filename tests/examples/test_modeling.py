import numpy as np
import pytest


def test_models_have_the_number_of_parameters_of_the_reference(example):
    module = example("modeling.py")
    assert module.bulge_and_disk().total_free_parameters == 13
    assert module.bulge_and_disk(one_centre=True).total_free_parameters == 11
    assert module.bulge_and_disk(one_centre=True, disk_radius=1.6).total_free_parameters == 10


def test_ten_gaussians_follow_one_law_of_two_parameters(example):
    module = example("modeling.py")
    model = module.ten_gaussians()
    assert model.total_free_parameters == 6
    instance = model.instance_from_prior_medians()
    galaxy = instance.galaxies.galaxy
    sigmas = [float(getattr(galaxy, f"gaussian_{index}").sigma) for index in range(10)]
    assert sigmas == pytest.approx(0.1 + 5.0 * np.log10(np.arange(1, 11)), rel=1e-12)
    assert {tuple(map(float, getattr(galaxy, f"gaussian_{index}").centre)) for index in range(10)} == {(0.0, 0.0)}


@pytest.fixture
def _output_path():
    """The setting that the example changes is as before, afterwards."""
    from galens.config import conf

    before = conf.instance.output_path
    yield
    conf.instance.output_path = before


@pytest.mark.usefixtures("_output_path")
@pytest.mark.parametrize("source", ["founding", "simulated"])
def test_fit_finds_the_true_parameters_within_three_sigma(example, request, tmp_path, source):
    data = request.getfixturevalue("founding")("simple") if source == "founding" else None
    found = example("modeling.py").main(data=data, output=tmp_path, fast=True)
    assert found["counts"] == {
        "bulge and disk": 13,
        "on one centre": 11,
        "and the disk's radius fixed": 10,
        "ten Gaussians": 6,
    }
    assert not found["outside"]
    assert {"fit.png", "corner.png"} <= {path.name for path in tmp_path.iterdir()}
    (folder,) = (tmp_path / "multi_start").iterdir()
    assert {path.name for path in (folder / "image").iterdir()} == {
        "corner.png",
        "dataset.png",
        "fit.png",
        "galaxies.png",
    }
