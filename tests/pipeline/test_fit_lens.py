"""From files to a report, on a small simulated lens."""

import json
import multiprocessing
import os
import shutil
import signal

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table
from typer.testing import CliRunner

from galens.cli.main import app
from galens.errors import DatasetError, SearchError
from galens.galaxy.convert import axis_ratio_from
from galens.lens import LensCalc
from galens.pipeline import Settings, fit_lens, model_lenses, read_exposure
from galens.pipeline.folder import _over_processes
from tests.pipeline.lenses import SCALE, SHAPE, exposure, galaxies

RUNNER = CliRunner()
FAST = Settings(n_samples=64, power_law=False)


def write_files(folder, of):
    folder.mkdir(parents=True)
    for name, values in (("image", of.data), ("noise", of.noise_map), ("psf", of.psf)):
        fits.writeto(folder / f"{name}.fits", values)


@pytest.fixture(scope="module")
def lenses(tmp_path_factory):
    """A folder with a lens, a galaxy that is none and a broken image, and what became of it."""
    root = tmp_path_factory.mktemp("lenses")
    write_files(root / "data" / "lens", exposure())
    write_files(root / "data" / "galaxy", exposure(with_source=False))
    write_files(root / "data" / "broken", exposure())
    fits.writeto(root / "data" / "broken" / "psf.fits", np.zeros((9, 9)), overwrite=True)
    rows = model_lenses(root / "data", root / "out", SCALE, FAST)
    return root, {row["name"]: row for row in rows}


def test_a_lens_is_found_and_measured(lenses):
    root, rows = lenses
    lens = rows["lens"]
    assert lens["verdict"] == "lens"
    assert lens["einstein_radius_lower"] < lens["einstein_radius"] < lens["einstein_radius_upper"]
    assert lens["explained"] > 0.95
    assert lens["chi_squared"] < 1.5
    assert lens["images"] >= 2
    truth = {
        "einstein_radius": float(LensCalc(galaxies()[0]).effective_einstein_radius),
        "axis_ratio": float(axis_ratio_from(SHAPE)),
        "source_flux": float(galaxies()[1].total_flux_from((SCALE, SCALE))),
    }
    for name, value in truth.items():
        error = 0.5 * (lens[f"{name}_upper"] - lens[f"{name}_lower"])
        assert lens[name] == pytest.approx(value, abs=3 * error), name
    assert (lens["slope_lower"], lens["slope"], lens["slope_upper"]) == (2.0, 2.0, 2.0)
    assert lens["magnification"] == pytest.approx(lens["lensed_flux"] / lens["source_flux"], rel=0.01)
    assert (
        json.loads((root / "out" / "lens" / "summary.json").read_text())["einstein_radius"] == lens["einstein_radius"]
    )
    with fits.open(root / "out" / "lens" / "fit.fits") as file:
        assert "MODEL_DATA" in [unit.name for unit in file]


def test_a_galaxy_that_is_no_lens_gets_no_einstein_radius(lenses):
    root, rows = lenses
    assert rows["galaxy"]["verdict"] == "no lens"
    assert "einstein_radius" not in rows["galaxy"]
    page = (root / "out" / "galaxy" / "report.html").read_text()
    assert "No convincing strong lens" in page
    assert "Effective Einstein radius" not in page


def test_a_broken_image_does_not_stop_the_others(lenses):
    _, rows = lenses
    assert rows["broken"]["verdict"] == "failed"
    assert "psf of shape (9, 9)" in rows["broken"]["findings"][0]


def test_tables_and_index_have_every_lens(lenses):
    root, _ = lenses
    table = Table.read(root / "out" / "lenses.ecsv")
    assert list(table["name"]) == ["broken", "galaxy", "lens"]
    assert str(table["einstein_radius"].unit) == "arcsec"
    assert np.isnan(table["einstein_radius"][:2]).all()
    assert len(Table.read(root / "out" / "lenses.csv")) == 3
    page = (root / "out" / "index.html").read_text()
    assert 'href="lens/report.html"' in page
    assert page.count("data:image/png") == 2


def test_the_report_says_what_was_found(lenses):
    root, _ = lenses
    page = (root / "out" / "lens" / "report.html").read_text()
    for words in ("Effective Einstein radius", "separate images", "starts of the isothermal lens", "Time, isothermal"):
        assert words in page
    assert page.count("<svg") >= 9
    assert 'src="http' not in page


def test_finished_stages_are_not_computed_again(lenses, monkeypatch):
    root, rows = lenses
    for name in ("fit_lens_light", "guess"):
        monkeypatch.setattr(f"galens.pipeline.lens.{name}", lambda *_: pytest.fail("computed again"))
    monkeypatch.setattr("galens.fit.MultiStartLM.fit", lambda *_: pytest.fail("fitted again"))
    files = [root / "data" / "lens" / f"{name}.fits" for name in ("image", "noise", "psf")]
    fit = fit_lens(read_exposure(*files, SCALE), root / "out" / "lens", FAST)
    assert fit.einstein_radius[0] == rows["lens"]["einstein_radius"]


def test_a_folder_is_gone_on_with(lenses, monkeypatch):
    root, rows = lenses
    monkeypatch.setattr("galens.pipeline.folder.model_lens", lambda *_, **__: pytest.fail("modelled again"))
    again = {row["name"]: row for row in model_lenses(root / "data", root / "out", SCALE, FAST)}
    assert again["lens"] == rows["lens"]


@pytest.mark.parametrize("changed", ["settings", "radius", "image"])
def test_a_lens_of_other_data_or_settings_is_done_again(lenses, tmp_path, monkeypatch, changed):
    root, _ = lenses
    shutil.copytree(root / "data" / "lens", tmp_path / "data" / "lens")
    shutil.copytree(root / "out" / "lens", tmp_path / "out" / "lens")
    if changed == "image":
        fits.writeto(tmp_path / "data" / "lens" / "image.fits", exposure().data * 1.01, overwrite=True)
    settings = Settings(n_samples=65, power_law=False) if changed == "settings" else FAST
    done = []
    monkeypatch.setattr(
        "galens.pipeline.folder.model_lens", lambda _, out, name, **__: done.append(name) or finished(out, name)
    )
    model_lenses(tmp_path / "data", tmp_path / "out", SCALE, settings, 2.0 if changed == "radius" else None)
    assert done == ["lens"]


def test_a_damaged_summary_is_written_anew(lenses, tmp_path):
    root, rows = lenses
    shutil.copytree(root / "data" / "galaxy", tmp_path / "data" / "galaxy")
    shutil.copytree(root / "out" / "galaxy", tmp_path / "out" / "galaxy")
    summary = tmp_path / "out" / "galaxy" / "summary.json"
    summary.write_text(summary.read_text()[:100])
    (row,) = model_lenses(tmp_path / "data", tmp_path / "out", SCALE, FAST)
    assert row == rows["galaxy"]


def finished(out, name):
    (out / "summary.json").write_text(json.dumps({"name": name, "verdict": "lens"}))


def test_an_internal_error_of_one_lens_does_not_stop_the_others(lenses, tmp_path, monkeypatch):
    root, _ = lenses

    def broken(*_, **__):
        raise ZeroDivisionError("here")

    monkeypatch.setattr("galens.pipeline.folder.model_lens", broken)
    rows = model_lenses(root / "data", tmp_path / "out", SCALE, FAST)
    assert [row["verdict"] for row in rows] == ["failed"] * 3
    assert "ZeroDivisionError: here" in rows[1]["findings"][0]
    error = tmp_path / "out" / "lens" / "error.txt"
    assert "in broken" in error.read_text()
    monkeypatch.setattr("galens.pipeline.folder.model_lens", lambda _, out, name, **__: finished(out, name))
    model_lenses(root / "data", tmp_path / "out", SCALE, FAST)
    assert not error.exists()


def test_processes_give_the_same_rows(lenses, tmp_path):
    root, rows = lenses
    shutil.copytree(root / "out", tmp_path / "out")
    for summary in (tmp_path / "out").glob("*/summary.json"):
        summary.unlink()
    said = []
    again = model_lenses(root / "data", tmp_path / "out", SCALE, FAST, processes=2, say=said.append)
    assert again == list(rows.values())
    assert said[0] == "3 lenses over 2 processes"
    assert sorted(said[1:]) == ["broken: failed", "galaxy: no lens", "lens: lens"]


def end_at_once():
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_told():
    with pytest.raises(SearchError, match="ended from outside"):
        list(_over_processes([end_at_once], 2, lambda text: None))
    assert not multiprocessing.active_children()


def test_the_command_says_what_is_missing(tmp_path):
    said = RUNNER.invoke(app, ["lens", "--image", "image.fits"])
    assert said.exit_code == 1
    assert "--noise, --psf missing" in said.output
    write_files(tmp_path / "data", exposure())
    files = [f"--{name}={tmp_path / 'data' / name}.fits" for name in ("image", "noise", "psf")]
    said = RUNNER.invoke(app, ["lens", *files, "--out", str(tmp_path / "out")])
    assert "Give --pixel-scale" in " ".join(said.output.split())
    said = RUNNER.invoke(app, ["lens", *files, "--pixel-scale", "0.1", "--redshift-lens", "0.5"])
    assert "come together" in said.output
    said = RUNNER.invoke(app, ["lens", *files, "--pixel-scale", "0.1", "--processes", "2"])
    assert "for a folder of lenses" in " ".join(said.output.split())
    said = RUNNER.invoke(app, ["lens", str(tmp_path / "nowhere")])
    assert "there is no folder" in said.output
    said = RUNNER.invoke(app, ["lens", str(tmp_path), "--redshift-lens", "0.5", *files[:1]])
    assert "--image, --redshift-lens of one lens" in " ".join(said.output.split())


def test_a_folder_without_lenses_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="has no lens"):
        model_lenses(tmp_path, tmp_path / "out")


def test_the_command_says_why_a_lens_of_a_folder_failed(tmp_path):
    write_files(tmp_path / "data" / "cut", exposure())
    image = tmp_path / "data" / "cut" / "image.fits"
    image.write_bytes(image.read_bytes()[:3000])
    said = RUNNER.invoke(app, ["lens", str(tmp_path / "data"), "--pixel-scale", "0.1", "--out", str(tmp_path / "out")])
    assert said.exit_code == 0
    assert "cut: failed, image: " in said.output
    assert "cannot be read as FITS" in said.output
