"""`galens simulate`, `show` and `config`, and what programs read of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from astropy.io import fits

from galens.cli.main import app
from galens.config import conf

SIMULATION = """\
output_path: there
image: {shape_native: [31, 31], pixel_scales: 0.1, over_sample_size: 2}
psf: {sigma: 0.1}
simulator: {exposure_time: 300.0, background_sky_level: 0.1, noise_seed: 1}
model:
  galaxies:
    galaxy:
      bulge: {class: lp.Exponential, centre: [0.0, 0.0], ell_comps: [0.1, 0.0], intensity: 1.0, effective_radius: 0.6}
"""


@pytest.fixture
def fitted(workspace, run):
    """A finished fit; its folder of results is ``results``."""
    result = run("fit", "galaxy.yaml", "--json")
    assert result.exit_code == 0, result.stderr
    # Standard error is no terminal here: progress is plain lines.
    assert "finished after" in result.stderr
    assert not {"\x1b", "\r", "\b"} & set(result.stderr)
    return json.loads(result.stdout)


def test_simulation_writes_what_the_file_describes_once(workspace, run):
    (workspace / "sim.yaml").write_text(SIMULATION)
    result = run("simulate", "sim.yaml")
    assert result.exit_code == 0, result.stderr
    data = fits.getdata(workspace / "there" / "data.fits")
    assert data.shape == (31, 31)
    assert data[15, 15] > 1.0 > data[0, 0]
    assert fits.getdata(workspace / "there" / "psf.fits").sum() == pytest.approx(1.0)

    again = run("simulate", "sim.yaml")
    assert again.exit_code == 1
    assert "exists" in again.stderr
    assert run("simulate", "sim.yaml", "--overwrite").exit_code == 0
    assert (fits.getdata(workspace / "there" / "data.fits") == data).all()


def test_simulation_tells_a_program_its_files(workspace, run):
    (workspace / "sim.yaml").write_text(SIMULATION.replace("psf: {sigma: 0.1}\n", ""))
    files = json.loads(run("simulate", "sim.yaml", "--output", "elsewhere", "--json").stdout)
    assert files["pixel_scales"] == [0.1, 0.1]
    assert (workspace / files["data_path"]).is_file()
    assert "psf_path" not in files


def test_simulation_of_the_documentation_is_one(workspace, run):
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text()
    example = next(each for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "simulator:" in each)
    (workspace / "sim.yaml").write_text(example.replace("[141, 141]", "[31, 31]"))
    result = run("simulate", "sim.yaml")
    assert result.exit_code == 0, result.stderr
    assert (workspace / "simulated" / "data.fits").is_file()


def test_every_command_is_on_its_page(run):
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text()
    for command in app.registered_commands:
        assert f"`galens {command.name or command.callback.__name__}" in page


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "intensity: 1.0, ",
            "",
            "every parameter; without one are: galaxies.galaxy.bulge.intensity",
        ),
        ("sigma: 0.1", "sgma: 0.1", "psf: the key 'sigma' is missing (is 'sgma' meant to be it?)"),
        ("exposure_time: 300.0", "exposure_time: 0.0", "exposure_time must be above 0"),
        ("[31, 31]", "[31]", "shape_native must be two whole numbers"),
        ("noise_seed: 1", "noise_sed: 1", "unknown key 'noise_sed'. Did you mean 'noise_seed'?"),
    ],
)
def test_a_mistake_in_a_simulation_is_one_paragraph(workspace, run, old, new, message):
    assert old in SIMULATION
    (workspace / "sim.yaml").write_text(SIMULATION.replace(old, new))
    result = run("simulate", "sim.yaml")
    assert result.exit_code == 1
    assert message in result.stderr
    assert "sim.yaml" in result.stderr
    assert result.stderr.count("\n") == 1


def test_fit_and_show_give_a_program_the_same_numbers(workspace, run, fitted):
    assert fitted["parameters"]["galaxies.galaxy.bulge.effective_radius"]["median_pdf"] == pytest.approx(0.6, abs=0.03)
    assert fitted["class"] == "MultiStartLM"
    assert "posterior.nc" in fitted["files"]
    for place in (fitted["path"], "results", "results/galaxy"):
        assert json.loads(run("show", place, "--json").stdout) == fitted


def test_show_prints_parameters_and_loads_no_data(workspace, run, fitted):
    text = run("show", "results").stdout
    for part in (
        "galaxies.galaxy.bulge.centre_1",
        "bulge.half_light_radius",
        "arcsec",
        "MultiStartLM",
        "Maximum log likelihood",
        "Log evidence",
    ):
        assert part in text
    show = "import sys, pathlib; from galens.cli.show import show_result; show_result(pathlib.Path('results'))"
    code = f"{show}; assert 'galens.array' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=workspace, capture_output=True)


def test_report_is_written_anew_into_the_result(workspace, run, fitted):
    page = workspace / fitted["path"] / "report.html"
    page.unlink(missing_ok=True)
    result = run("report", "results")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.strip() == f"Report: {page.relative_to(workspace)}"
    assert "effective_radius" in page.read_text()
    assert json.loads(run("report", "results", "--json").stdout)["report"] == str(page)
    assert "there is no folder 'nowhere'" in run("report", "nowhere").stderr


def test_a_folder_with_several_results_lists_them(workspace, run, fitted):
    copy = workspace / "results" / "other"
    copy.mkdir()
    for name in ("model.json", "search.json"):
        (copy / name).write_text((workspace / fitted["path"] / name).read_text())
    several = run("show", "results")
    assert several.exit_code == 1
    assert "holds 2 results" in several.stderr
    assert "other (not finished)" in several.stderr
    assert run("show", "results/galaxy").exit_code == 0
    assert "is not finished: run the same 'galens fit' again" in run("show", "results/other").stderr


def test_a_place_without_a_result_is_told(workspace, run):
    assert "holds no result" in run("show", ".").stderr
    assert "there is no folder 'nowhere'" in run("show", "nowhere").stderr
    assert "is a file" in run("show", "galaxy.yaml").stderr


def test_dry_run_gives_a_program_the_problem_and_its_cost(workspace, run):
    document = json.loads(run("fit", "galaxy.yaml", "--dry-run", "--json").stdout)
    assert document["dataset"]["shape_native"] == [41, 41]
    assert len(document["parameters"]) == 3
    assert document["seconds"]["one_likelihood"]["each"] > 0.0
    assert document["search"]["n_starts"] == 4


def test_config_says_where_each_setting_comes_from(workspace, run, monkeypatch):
    (workspace / "config").mkdir()
    (workspace / "config" / "general.yaml").write_text("output: {path: from_the_workspace}")
    monkeypatch.setattr(conf, "instance", conf.Config())
    text = run("config").stdout
    assert "general.output.path = from_the_workspace" in text
    assert f"from {workspace / 'config' / 'general.yaml'}" in text
    document = json.loads(run("config", "--json").stdout)
    assert document["settings"]["general.output.path"]["value"] == "from_the_workspace"
    assert document["folders"][0] == str(workspace / "config")


def test_config_of_a_profile_prints_its_default_priors(workspace, run):
    priors = json.loads(run("config", "lp.Sersic", "--json").stdout)["priors"]
    assert priors["sersic_index"]["lower_limit"] == 0.8
    assert "profiles.yaml" in priors["sersic_index"]["source"]
    assert "sersic_index" in run("config", "lp.Sersic").stdout
    assert "Did you mean 'lp.Sersic'?" in run("config", "lp.Sersc").stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered_for_shells(shell, monkeypatch):
    command = [sys.executable, "-c", "from galens.cli import main; main()"]
    monkeypatch.setenv("_GALENS_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "galens sho")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    monkeypatch.setenv("COMP_WORDS", "galens sho")
    monkeypatch.setenv("COMP_CWORD", "1")
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "show" in found.stdout


def test_a_full_disk_is_told_in_words(workspace, run, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device", "/results/state.npz")

    monkeypatch.setattr("galens.cli.fit.read_fit_file", full)
    result = run("fit", "galaxy.yaml")
    assert result.exit_code == 1
    assert "'/results/state.npz': No space left on device" in result.stderr


def test_results_cannot_go_where_a_file_is(workspace, run):
    (workspace / "results").write_text("")
    for arguments in (("--dry-run",), ()):
        result = run("fit", "galaxy.yaml", *arguments)
        assert result.exit_code == 1
        assert "results is a file. Choose another folder with --output." in result.stderr
