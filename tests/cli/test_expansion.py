"""Linear light and multi-Gaussian expansions in the YAML file of a fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from galens.cli.model import model_from
from galens.cli.section import Section
from galens.errors import ConfigError


def model(stars):
    document = {"galaxies": {"galaxy": {"stars": stars, "nucleus": "lp_linear_operated.Gaussian"}}}
    return model_from(Section(document, Path("fit.yaml"), "model"))


def test_expansion_takes_the_arguments_of_the_function():
    found = model({"class": "mge", "mask_radius": 2.0, "total_gaussians": 3, "centre": [0.1, 0.2]})
    assert found.prior_count == 4 + 5
    stars = found.instance_from_prior_medians().galaxies.galaxy.stars
    assert [round(each.sigma, 6) for each in stars.profile_list] == [0.0001, 0.014142, 2.0]
    assert tuple(stars.centre) == pytest.approx((0.1, 0.2))


@pytest.mark.parametrize(
    ("stars", "words"),
    [
        ({"class": "mge", "mask_radius": 2.0, "gaussians": 3}, "model.galaxies.galaxy.stars.gaussians"),
        ({"class": "mge"}, "mask_radius"),
        ({"class": "mge", "mask_radius": -1.0}, "widths must be above 0"),
        ({"class": "lp_linear.Sersc"}, "lp_linear.Sersic"),
    ],
)
def test_mistakes_in_an_expansion_are_told_with_their_place(stars, words):
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        model(stars)
