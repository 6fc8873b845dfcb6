"""YAML files with mass in them are fits of lenses."""

from __future__ import annotations

import json

import pytest

from galens import array as aa
from galens import galaxy as ag
from galens import lens as al
from galens.cli.fit import read_fit_file
from galens.errors import ConfigError

LENS = """\
output_path: results
dataset:
  data_path: data.fits
  noise_map_path: noise_map.fits
  psf_path: psf.fits
  pixel_scales: 0.1
  mask: {shape: circular, radius: 1.6}
model:
  galaxies:
    lens:
      redshift: 0.2
      mass: {class: mp.IsothermalSph, centre: [0.0, 0.0]}
      shear: {class: mp.ExternalShear, gamma_1: 0.0, gamma_2: 0.0}
    source:
      redshift: 0.9
      bulge: {class: lp_linear.ExponentialSph, centre: [0.0, 0.0], effective_radius: 0.3}
search: {class: MultiStartLM, n_starts: 4, n_draws: 16, n_samples: 200, seed: 1}
"""
RING = """\
image: {shape_native: [41, 41], pixel_scales: 0.1, over_sample_size: 2}
simulator: {exposure_time: 1000.0, background_sky_level: 0.1, noise_seed: 1}
model:
  galaxies:
    lens:
      redshift: 0.2
      mass: {class: mp.IsothermalSph, centre: [0.0, 0.0], einstein_radius: 1.1}
    source:
      redshift: 0.9
      bulge: {class: lp.ExponentialSph, centre: [0.0, 0.0], intensity: 3.0, effective_radius: 0.1}
"""
POSITIONS = "positions: {values: [[1.0, 0.2], [-0.9, 0.1]], threshold: 0.3}\n"


@pytest.fixture
def lens_file(workspace):
    def written(more: str = "", old: str = "", new: str = ""):
        path = workspace / "lens.yaml"
        path.write_text(LENS.replace(old, new) + more)
        return path

    return written


def test_mass_in_the_model_makes_it_a_lens(lens_file, workspace):
    assert isinstance(read_fit_file(lens_file()).analysis(), al.AnalysisImaging)
    assert type(read_fit_file(workspace / "galaxy.yaml").analysis()) is ag.AnalysisImaging


def test_fixed_mass_counts_too(lens_file):
    fixed = lens_file(
        old="centre: [0.0, 0.0]}\n      shear", new="centre: [0.0, 0.0], einstein_radius: 1.0}\n      shear"
    )
    assert isinstance(read_fit_file(fixed).analysis(), al.AnalysisImaging)


def test_positions_are_a_penalty_of_the_fit(lens_file, workspace):
    (penalty,) = read_fit_file(lens_file(POSITIONS)).analysis().positions_likelihood_list
    assert penalty.threshold == 0.3
    assert penalty.positions.tolist() == [[1.0, 0.2], [-0.9, 0.1]]
    (workspace / "positions.json").write_text(json.dumps([[1.0, 0.2], [-0.9, 0.1], [0.0, 1.1]]))
    path = lens_file("positions: {file_path: positions.json, threshold: 0.2, plane_redshift: 0.9}\n")
    (penalty,) = read_fit_file(path).analysis().positions_likelihood_list
    assert (len(penalty.positions), penalty.plane_redshift) == (3, 0.9)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ("positions: {threshold: 0.3}\n", "positions: need either the key 'file_path' or the key 'values'"),
        ("positions: {values: [[1.0, 0.2]], threshold: 0.3}\n", "positions.values: .*at least two"),
        ("positions: {values: [[1.0, a], [0.0, 1.0]], threshold: 0.3}\n", "positions.values"),
        ("positions: {values: [[1.0, 0.2], [-0.9, 0.1]]}\n", "positions: the key 'threshold' is missing"),
        ("positions: {values: [[1.0, 0.2], [-0.9, 0.1]], threshold: -1}\n", "threshold is -1"),
    ],
)
def test_wrong_positions_are_told_in_words(lens_file, section, says):
    with pytest.raises(ConfigError, match=says):
        read_fit_file(lens_file(section))


def test_positions_without_mass_are_an_error(workspace):
    path = workspace / "galaxy.yaml"
    path.write_text(path.read_text() + POSITIONS)
    with pytest.raises(ConfigError, match="nothing in the model has mass"):
        read_fit_file(path)


def test_a_lens_is_fitted_by_the_command(lens_file, run):
    found = run("fit", str(lens_file()), "--json")
    assert found.exit_code == 0, found.stderr
    summary = json.loads(found.stdout)
    assert any("einstein_radius" in name for name in summary["parameters"])


def test_a_lens_is_simulated_by_the_command(workspace, run):
    (workspace / "ring.yaml").write_text(RING)
    found = run("simulate", "ring.yaml", "--json")
    assert found.exit_code == 0, found.stderr
    image = aa.Array2D.from_fits(workspace / "ring" / "data.fits", pixel_scales=0.1)
    assert image.native[20, 20] < 0.1 * image.native[20, 31]  # dark inside of the ring of 1.1 arcsec
