from types import SimpleNamespace

import numpy as np
import pytest

import galens.plot as aplt
from galens.errors import PlotError
from galens.plot.corner import parameter_labels

NAMES = (
    "galaxies.galaxy.bulge.centre.centre_0",
    "galaxies.galaxy.bulge.sersic_index",
    "galaxies.galaxy.disk.intensity",
)

SYMBOLS = ["y", "n", "I"]


@pytest.fixture
def samples():
    rng = np.random.default_rng(0)
    return SimpleNamespace(
        model=SimpleNamespace(parameter_labels=SYMBOLS),
        names=NAMES,
        parameters=rng.normal(size=(500, 3)) * [1e-3, 1.0, 1e4],
        weights=rng.random(500),
    )


def test_labels_name_components_by_what_tells_them_apart():
    assert parameter_labels(NAMES, SYMBOLS) == ["bulge\n$y$", "bulge\n$n$", "disk\n$I$"]
    assert parameter_labels(["centre.centre_1", "sigma"], ["x", r"\sigma"]) == ["$x$", r"$\sigma$"]
    assert parameter_labels(["galaxies.lens.bulge.ell_comps.ell_comps_0"], ["e"]) == ["$e$"]
    with_sky = ["dataset_model.sky_level", "galaxies.galaxy.bulge.n"]
    assert parameter_labels(with_sky, ["s", "n"]) == ["dataset model\n$s$", "bulge\n$n$"]
    two = ["galaxies.lens.bulge.n", "galaxies.source_of_light.bulge.n"]
    assert parameter_labels(two, ["n", "n"]) == ["lens bulge\n$n$", "source of\nlight bulge\n$n$"]


def test_corner_is_written_with_and_without_truths(samples, tmp_path):
    aplt.corner_cornerpy(samples, output_path=tmp_path)
    aplt.corner_cornerpy(samples, output_path=tmp_path, output_filename="two", truths=[0.0, None], parameters=NAMES[1:])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corner.png", "two.png"]


def test_corner_copes_with_a_constant_column_and_samples_without_weight(samples, tmp_path):
    samples.parameters[:, 1] = 2.0
    samples.parameters[:50] = 1e300
    samples.weights[:50] = 0.0
    aplt.corner_cornerpy(samples, output_path=tmp_path)
    assert (tmp_path / "corner.png").exists()


def test_wrong_names_and_truths_are_refused(samples, tmp_path):
    with pytest.raises(PlotError, match="sersic"):
        aplt.corner_cornerpy(samples, output_path=tmp_path, parameters=["sersic"])
    with pytest.raises(PlotError, match="truths"):
        aplt.corner_cornerpy(samples, output_path=tmp_path, truths=[0.0])
    samples.weights[3:] = 0.0
    with pytest.raises(PlotError, match="too few"):
        aplt.corner_cornerpy(samples, output_path=tmp_path)
