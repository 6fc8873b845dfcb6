import numpy as np
import pytest


def test_nucleus_and_sky_are_found_again(example, tmp_path):
    module = example("light_profiles.py")
    nucleus = module.unresolved_nucleus(tmp_path)
    assert nucleus["flux PointSource"] == pytest.approx(300.0, rel=0.02)
    assert nucleus["chi_squared PointSource"] < 1.05
    assert nucleus["chi_squared PointSource"] <= min(value for key, value in nucleus.items() if "chi" in key) + 1e-3
    sky = module.tilted_sky(tmp_path)
    assert sky["chi_squared tilted"] < 1.05 < sky["chi_squared flat"] < sky["chi_squared none"]
    assert sky["sky"] == pytest.approx(0.05, abs=0.005)
    assert len(list(tmp_path.glob("*.png"))) == 2


def test_shapelets_take_the_shape_of_clumps(example, tmp_path):
    shapelets = example("light_profiles.py").clumps(order=7, output=tmp_path)
    assert np.isfinite(list(shapelets.values())).all()
    # Both sets of one order span the same functions.
    assert shapelets["chi_squared polar"] == pytest.approx(shapelets["chi_squared cartesian"], rel=1e-6)
    assert shapelets["flux polar"] == pytest.approx(1.0, abs=0.05)


def test_galaxy_beside_a_neighbour_of_raised_noise_is_found_again(example, tmp_path):
    from galens.config import conf

    before = conf.instance.output_path
    try:
        results = example("extra_galaxies.py").main(output=tmp_path, n_starts=2, only=("noise raised",))
    finally:
        conf.instance.output_path = before
    assert results["noise raised"]["chi_squared"] < 1.15
    assert results["noise raised"]["index"] == pytest.approx(2.0, abs=0.2)
    assert results["noise raised"]["radius"] == pytest.approx(0.6, rel=0.05)


def test_ways_to_deal_with_a_neighbour_have_the_pixels_and_parameters_they_say(example):
    cases = example("extra_galaxies.py").cases()
    pixels = {name: dataset.mask.pixels_in_mask for name, (dataset, _) in cases.items()}
    assert pixels["masked"] < pixels["ignored"] == pixels["noise raised"] == pixels["modelled"]
    assert {name: model.prior_count for name, (_, model) in cases.items()} == {
        "ignored": 7,
        "masked": 7,
        "noise raised": 7,
        "modelled": 9,
    }
