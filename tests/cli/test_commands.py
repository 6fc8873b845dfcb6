"""The commands as a user types them: results on the right path, one readable paragraph on every other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import galens.galaxy as ag
from galens.array.fits import write_image
from galens.cli.main import app

SHAPE, SIDE = (41, 41), 0.1

CONFIG = """\
output_path: output
dataset:
  data_path: data.fits
  noise_map_path: noise.fits
  psf_path: psf.fits
  pixel_scales: 0.1
  mask: {shape: circular, radius: 1.8}
model:
  galaxies:
    galaxy:
      redshift: 0.5
      bulge:
        class: lp.ExponentialSph
        centre: [0.0, 0.0]
        effective_radius: {type: Uniform, lower_limit: 0.1, upper_limit: 2.0}
        intensity: {type: LogUniform, lower_limit: 0.1, upper_limit: 100.0}
search: {class: MultiStartLM, seed: 3, n_starts: 4, n_draws: 8, n_samples: 500}
"""


@pytest.fixture(scope="module")
def exposure(tmp_path_factory):
    """Folder with a simulated galaxy and a YAML file that fits it."""
    folder = tmp_path_factory.mktemp("exposure")
    galaxy = ag.Galaxy(0.5, bulge=ag.lp.ExponentialSph(intensity=3.0, effective_radius=0.6))
    psf = ag.Convolver.from_gaussian(shape_native=(7, 7), pixel_scales=SIDE, sigma=0.1, normalize=True)
    simulator = ag.SimulatorImaging(exposure_time=500.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    dataset = simulator.via_galaxies_from([galaxy], grid=ag.Grid2D.uniform(SHAPE, SIDE))
    dataset.output_to_fits(
        data_path=folder / "data.fits", noise_map_path=folder / "noise.fits", psf_path=folder / "psf.fits"
    )
    (folder / "fit.yaml").write_text(CONFIG)
    return folder


def run(*arguments):
    """(exit code, printed, complaint) of the command in this process."""
    from typer.testing import CliRunner

    result = CliRunner().invoke(app, [str(each) for each in arguments])
    return result.exit_code, result.stdout, result.stderr


def changed(exposure, before, after, name="changed.yaml"):
    assert before in CONFIG
    path = exposure / name
    path.write_text(CONFIG.replace(before, after))
    return path


def test_fit_prints_parameters_near_the_truth_and_writes_what_it_names(exposure):
    code, printed, _ = run("fit", exposure / "fit.yaml")
    assert code == 0
    assert "galaxies.galaxy.bulge.effective_radius" in printed
    folder = next((exposure / "output").glob("**/posterior.nc")).parent
    names = {path.name for path in folder.rglob("*")}
    assert {"model.info", "model.json", "search.json", "fit.fits", "fit.png", "corner.png", "model.results"} <= names
    again = run("fit", exposure / "fit.yaml")
    assert again[0] == 0
    assert again[1].split("Parameters")[1] == printed.split("Parameters")[1]


def test_dry_run_prints_the_model_and_times_and_writes_nothing(exposure):
    path = changed(exposure, "output_path: output", "output_path: dry")
    code, printed, _ = run("fit", path, "--dry-run")
    assert code == 0
    assert "Total Free Parameters = 2" in printed
    assert "ms (first call, with compilation" in printed
    assert not (exposure / "dry").exists()


def test_numpy_arrays_serve_as_well_as_fits(exposure):
    for name in ("data", "noise", "psf"):
        values, _ = ag.Array2D.from_fits(exposure / f"{name}.fits", SIDE), None
        np.save(exposure / f"{name}.npy", np.asarray(values.native, dtype=">f4"))
    path = exposure / "arrays.yaml"
    path.write_text(CONFIG.replace(".fits", ".npy").replace("output_path: output", "output_path: arrays"))
    assert run("fit", path, "--dry-run")[0] == 0


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("data_path: data.fits", "data_path: date.fits", ["date.fits", "data_path"]),
        ("pixel_scales: 0.1", "pixel_scale: 0.1", ["pixel_scale", "pixel_scales"]),
        ("pixel_scales: 0.1", "pixel_scales: -0.1", ["pixel_scales", "-0.1"]),
        ("shape: circular", "shape: circle", ["circle", "circular"]),
        ("radius: 1.8", "radius: 0.0", ["mask"]),
        ("lp.ExponentialSph", "lp.ExponentalSph", ["lp.ExponentalSph", "lp.ExponentialSph"]),
        ("effective_radius:", "efective_radius:", ["efective_radius", "effective_radius"]),
        ("type: Uniform", "type: Uniforn", ["Uniforn", "Uniform"]),
        ("lower_limit: 0.1, upper_limit: 2.0", "lower_limit: 3.0, upper_limit: 2.0", ["lower_limit = 3"]),
        ("class: MultiStartLM", "class: MultiStart", ["MultiStart", "MultiStartLM"]),
        ("n_starts: 4", "n_start: 4", ["n_start", "n_starts"]),
        ("n_starts: 4", "n_starts: many", ["n_starts", "many"]),
        ("galaxies:", "galaxy:", ["galaxies"]),
        ("psf_path: psf.fits", "psf_path: data.fits\n  psf_hdu: 7", ["data.fits", "7"]),
        ("redshift: 0.5", "redshift: -0.5", ["redshift", "-0.5"]),
    ],
)
def test_wrong_input_ends_in_one_paragraph_that_names_it(exposure, before, after, words):
    code, _, complaint = run("fit", changed(exposure, before, after))
    assert code == 1
    assert complaint.startswith("Error: ")
    assert len(complaint.strip().splitlines()) == 1
    assert "Traceback" not in complaint
    for word in words:
        assert word in complaint


def test_bad_pixels_are_counted_and_the_first_is_named(exposure):
    noise = np.ones(SHAPE)
    noise[20, 21:23] = 0.0
    write_image(exposure / "bad_noise.fits", noise, overwrite=True)
    code, _, complaint = run("fit", changed(exposure, "noise_map_path: noise.fits", "noise_map_path: bad_noise.fits"))
    assert code == 1
    assert "2" in complaint
    assert "20" in complaint
    assert "21" in complaint


def test_broken_yaml_is_an_error_with_its_line(exposure):
    path = exposure / "broken.yaml"
    path.write_text("dataset: {data_path: [\n")
    code, _, complaint = run("fit", path)
    assert code == 1
    assert "broken.yaml" in complaint


def test_missing_file_is_an_error_with_its_name(tmp_path):
    code, _, complaint = run("fit", tmp_path / "nothing.yaml")
    assert code == 1
    assert "nothing.yaml" in complaint


def test_installed_command_says_its_version_and_debug_shows_the_traceback(exposure):
    command = Path(sys.executable).parent / "galens"
    options = {"capture_output": True, "text": True, "env": {**os.environ, "COLUMNS": "80"}, "check": False}
    assert subprocess.run([command, "--version"], **options).stdout.startswith("galens ")
    broken = subprocess.run([command, "fit", str(exposure / "absent.yaml"), "--debug"], **options)
    assert broken.returncode != 0
    assert "Traceback" in broken.stderr
