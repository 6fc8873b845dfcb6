"""``galens fit`` from a YAML file to results, and what it says of every mistake in the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from galens.cli.dataset import dataset_from
from galens.cli.fit import read_fit_file
from galens.cli.model import PROFILES, model_from
from galens.cli.section import Section
from galens.errors import ConfigError
from galens.fit import NUTS, MultiStartLM, Nautilus
from tests.cli.conftest import FIT


def rewritten(workspace, *changes):
    text = FIT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = workspace / "galaxy.yaml"
    path.write_text(text)
    return path


def with_model(workspace, model):
    return rewritten(workspace, (FIT[FIT.index("model:") : FIT.index("search:")], model))


def test_fit_recovers_the_galaxy_and_writes_results_where_the_file_says(workspace, run):
    result = run("fit", "galaxy.yaml")
    assert result.exit_code == 0, result.stderr
    assert "galaxies.galaxy.bulge.effective_radius" in result.stdout
    assert "per pixel" in result.stdout
    (folder,) = (workspace / "results" / "galaxy").iterdir()
    for name in ("posterior.nc", "fit.fits", "image/fit.png", "report.html"):
        assert (folder / name).is_file()
    assert "image/fit.png" in result.stdout
    assert "report.html" in result.stdout
    info = json.loads((folder / "info.json").read_text())
    assert info["command"] == "galens fit galaxy.yaml"
    assert info["configuration"] == FIT
    assert info["data"]["psf_path"] == "psf.fits"
    radius = next(line for line in result.stdout.splitlines() if "effective_radius" in line).split()[1]
    assert float(radius) == pytest.approx(0.6, abs=0.03)

    again = run("fit", "galaxy.yaml")
    assert again.exit_code == 0
    assert again.stdout == result.stdout


def test_output_option_comes_before_the_file(workspace, run):
    assert run("fit", "galaxy.yaml", "--output", "elsewhere").exit_code == 0
    assert (workspace / "elsewhere" / "galaxy").is_dir()
    assert not (workspace / "results").exists()


def test_dry_run_prints_model_and_times_and_writes_nothing(workspace, run):
    result = run("fit", "galaxy.yaml", "--dry-run")
    assert result.exit_code == 0, result.stderr
    assert "Total Free Parameters = 3" in result.stdout
    assert "Time of one likelihood" in result.stdout
    assert "likelihood and gradient" in result.stdout
    assert not (workspace / "results").exists()


def test_paths_are_relative_to_the_file(workspace, run, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert run("fit", str(workspace / "galaxy.yaml"), "--dry-run").exit_code == 0


def test_numpy_files_give_the_same_dataset_as_fits(workspace):
    fits = read_fit_file(workspace / "galaxy.yaml").dataset
    numpy = read_fit_file(rewritten(workspace, (".fits", ".npy"))).dataset
    assert numpy.mask == fits.mask
    np.testing.assert_array_equal(np.asarray(numpy.data), np.asarray(fits.data))
    np.testing.assert_array_equal(np.asarray(numpy.psf.kernel), np.asarray(fits.psf.kernel))


def test_big_endian_numpy_files_are_read(workspace):
    values = np.load(workspace / "psf.npy").astype(">f8")
    np.save(workspace / "big.npy", values)
    dataset = read_fit_file(rewritten(workspace, ("psf.fits", "big.npy"))).dataset
    np.testing.assert_allclose(np.asarray(dataset.psf.kernel.native), values / values.sum(), rtol=1e-12)


def test_mask_from_a_file_excludes_where_it_is_not_zero(workspace):
    bad = np.zeros((41, 41), dtype=">i4")
    bad[:5] = 1
    np.save(workspace / "bad.npy", bad)
    dataset = read_fit_file(
        rewritten(workspace, ("mask: {shape: circular, radius: 1.6}", "mask: {file_path: bad.npy}"))
    ).dataset
    np.testing.assert_array_equal(dataset.mask.array, bad.astype(bool))


def test_several_masks_exclude_what_one_of_them_excludes(workspace):
    bad = np.zeros((41, 41))
    bad[20, 20] = 1
    np.save(workspace / "bad.npy", bad)
    one = read_fit_file(workspace / "galaxy.yaml").dataset.mask
    both = read_fit_file(
        rewritten(
            workspace, ("{shape: circular, radius: 1.6}", "[{shape: circular, radius: 1.6}, {file_path: bad.npy}]")
        )
    ).dataset.mask
    assert both.pixels_in_mask == one.pixels_in_mask - 1
    assert both.array[20, 20]


def test_noise_is_scaled_inside_a_shape_and_where_a_file_is_not_zero(workspace):
    bad = np.zeros((41, 41))
    bad[20, 20] = 1
    np.save(workspace / "bad.npy", bad)
    for region in ("shape: circular, radius: 0.05", "file_path: bad.npy"):
        path = rewritten(workspace, ("dataset:\n", f"dataset:\n  noise_scaling: {{{region}}}\n"))
        noise = np.asarray(read_fit_file(path).dataset.noise_map.native)
        assert noise[20, 20] == 1e8
        assert np.sum(noise == 1e8) == 1


@pytest.mark.parametrize(
    "size", ["2", "{sub_size_list: [4, 1], radial_list: [0.5]}"], ids=["one number", "radial bins"]
)
def test_over_sampling_of_the_file_is_respected(workspace, size):
    path = rewritten(workspace, ("dataset:\n", f"dataset:\n  over_sample_size_lp: {size}\n"))
    sizes = read_fit_file(path).dataset.over_sampling.sizes
    assert set(sizes) == ({2} if size == "2" else {1, 4})


def test_zero_point_of_the_file_is_known_and_must_be_a_number(workspace, run):
    assert read_fit_file(workspace / "galaxy.yaml").zero_point is None
    path = rewritten(workspace, ("  pixel_scales:", "  zero_point: 25.9\n  pixel_scales:"))
    assert read_fit_file(path).zero_point == 25.9
    path = rewritten(workspace, ("  pixel_scales:", "  zero_point: bright\n  pixel_scales:"))
    assert "zero_point" in run("fit", str(path)).stderr


def test_every_public_light_profile_can_be_named():
    assert {"lp.Sersic", "lp_operated.Gaussian", "lp_linear.PointSource", "lp_snr.Sersic"} <= set(PROFILES)


def test_model_of_the_file_is_the_model_composed_in_python(workspace):
    model = model_from(
        Section(
            {
                "galaxies": {
                    "galaxy": {
                        "redshift": 0.5,
                        "bulge": {
                            "class": "lp.Sersic",
                            "sersic_index": {"type": "Uniform", "lower_limit": 0.8, "upper_limit": 8.0},
                            "centre": [0.0, 0.1],
                            "ell_comps_0": 0.2,
                        },
                        "disk": "lp.Exponential",
                    }
                },
                "dataset_model": {"background_sky_level": {"type": "Gaussian", "mean": 0.0, "sigma": 0.1}},
            },
            workspace / "galaxy.yaml",
            "model",
        )
    )
    bulge = model.galaxies.galaxy.bulge
    assert bulge.sersic_index.upper_limit == 8.0
    assert (bulge.centre_0, bulge.centre_1, bulge.ell_comps_0) == (0.0, 0.1, 0.2)
    assert model.prior_count == 4 + 6 + 1
    assert model.galaxies.galaxy.redshift == 0.5


def test_a_parameter_can_be_the_same_as_another_also_through_a_third(workspace):
    model = read_fit_file(
        with_model(
            workspace,
            """
model:
  galaxies:
    galaxy:
      a: {class: lp.Exponential, centre: galaxies.galaxy.b.centre}
      b: {class: lp.Exponential, centre: galaxies.galaxy.c.centre, intensity: galaxies.galaxy.a.intensity}
      c: lp.Exponential
""",
        )
    ).model
    galaxy = model.galaxies.galaxy
    assert galaxy.a.centre_0 is galaxy.b.centre_0 is galaxy.c.centre_0
    assert galaxy.a.intensity is galaxy.b.intensity
    assert model.prior_count == 3 * 6 - 2 * 2 - 1


def test_the_file_of_the_documentation_works(workspace):
    page = (Path(__file__).parents[2] / "docs" / "command_line.md").read_text()
    path = workspace / "page.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0])
    specification = read_fit_file(path)
    assert specification.model.prior_count == 5 + 4 + 5 + 1
    assert specification.dataset.shape_slim > 500


def test_search_gets_its_arguments_and_the_name_of_the_file(workspace):
    search = read_fit_file(workspace / "galaxy.yaml").search
    assert search == MultiStartLM(name="galaxy", n_starts=4, n_draws=16, n_samples=200, seed=1)
    search = read_fit_file(
        rewritten(workspace, (FIT[FIT.index("search:") :], "search: {class: Nautilus, n_live: 100, name: n}"))
    ).search
    assert search == Nautilus(name="n", n_live=100)
    search = read_fit_file(
        rewritten(
            workspace, (FIT[FIT.index("search:") :], "search: {class: NUTS, n_chains: 2, target_acceptance: 0.95}")
        )
    ).search
    assert search == NUTS(name="galaxy", n_chains=2, target_acceptance=0.95)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dataset:", "datset:", "galaxy.yaml: the key 'dataset' is missing (is 'datset' meant to be it?)"),
        ("search:", "serch:", "unknown key 'serch'. Did you mean 'search'?"),
        ("  psf_path:", "  psf_pth:", "dataset: unknown key 'psf_pth'. Did you mean 'psf_path'?"),
        ("pixel_scales: 0.1", "pixel_scales: small", "dataset.pixel_scales: is 'small', but must be a number"),
        ("pixel_scales: 0.1", "pixel_scales: 0.0", "dataset.pixel_scales: is 0.0, but must be the side of a pixel"),
        ("data.fits", "dat.fits", "dat.fits does not exist"),
        ("data.fits", "galaxy.yaml", "cannot be read as FITS"),
        ("psf.fits\n", "psf.fits\n  psf_hdu: 3\n", "has no HDU 3"),
        ("noise_map.fits", "psf.fits", "noise_map has shape (5, 5), but data has shape (41, 41)"),
        ("shape: circular", "shape: circel", "dataset.mask.shape: is 'circel'. Did you mean 'circular'? Allowed:"),
        ("radius: 1.6", "raduis: 1.6", "the key 'radius' is missing (is 'raduis' meant to be it?)"),
        ("radius: 1.6", "radius: 0.001, centre: [0.03, 0.03]", "dataset.mask: "),
        ("lp.Exponential", "lp.Exponental", "bulge.class: is 'lp.Exponental'. Did you mean 'lp.Exponential'?"),
        ("class: lp.Exponential", "cls: lp.Exponential", "bulge: the key 'class' is missing"),
        ("        centre:", "        center:", "galaxies.galaxy.bulge.center: "),
        ("        centre:", "        center:", "Did you mean 'centre'"),
        ("type: Gaussian", "type: Gausian", "unknown prior type 'Gausian'. Did you mean 'Gaussian'?"),
        ("sigma: 0.1", "sgma: 0.1", "unknown key 'sgma' of a Gaussian prior. Did you mean 'sigma'?"),
        ("ell_comps: [0.0, 0.0]", "ell_comps: [0.0]", "ell_comps: "),
        ("ell_comps: [0.0, 0.0]", "ell_comps: [0.0, true]", "ell_comps[1]: is True, but must be a number"),
        ("ell_comps: [0.0, 0.0]", "ell_comps: galaxies.galaxy.buldge.centre", "Did you mean 'bulge'?"),
        ("class: MultiStartLM", "class: MultiStart", "search.class: is 'MultiStart'. Did you mean 'MultiStartLM'?"),
        ("n_starts: 4", "n_strats: 4", "search: unknown key 'n_strats'. Did you mean 'n_starts'?"),
        ("n_starts: 4", "n_starts: four", "search.n_starts: is 'four', but must be a whole number"),
        ("n_starts: 4", "n_starts: 0", "search: n_starts = 0"),
        ("  galaxies:", "  galaxys:", "model: the key 'galaxies' is missing (is 'galaxys' meant to be it?)"),
        ("sigma: 0.1", "sigma: -0.1", "sigma must be above 0"),
        ("redshift: 0.5", "redshift: -0.5", "redshift"),
        ("model:", "model: {", "line "),
    ],
)
def test_a_mistake_is_one_readable_paragraph_and_an_exit_code(workspace, run, old, new, message):
    rewritten(workspace, (old, new))
    result = run("fit", "galaxy.yaml")
    assert result.exit_code == 1
    assert message in result.stderr
    assert "galaxy.yaml" in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr + result.stdout


def test_bad_pixels_are_an_error_only_where_the_mask_keeps_them(workspace, run):
    values = np.load(workspace / "noise_map.npy")
    values[0, 0] = 0.0
    np.save(workspace / "with_corner.npy", values)
    rewritten(workspace, ("noise_map.fits", "with_corner.npy"))
    assert run("fit", "galaxy.yaml", "--dry-run").exit_code == 0
    values[20, 20] = np.nan
    np.save(workspace / "with_corner.npy", values)
    result = run("fit", "galaxy.yaml", "--dry-run")
    assert result.exit_code == 1
    assert "row 20, column 20" in result.stderr


def test_a_numpy_file_with_objects_is_refused_without_running_code_from_it(workspace, run):
    np.save(workspace / "objects.npy", np.array([[{}]], dtype=object), allow_pickle=True)
    rewritten(workspace, ("data.fits", "objects.npy"))
    result = run("fit", "galaxy.yaml")
    assert result.exit_code == 1
    assert "cannot be read as a NumPy array" in result.stderr


def test_a_missing_file_is_a_readable_error(workspace, run):
    result = run("fit", "nothing.yaml")
    assert result.exit_code == 1
    assert "nothing.yaml cannot be read: No such file" in result.stderr


def test_debug_shows_the_traceback(workspace, run):
    rewritten(workspace, ("lp.Exponential", "lp.Exponental"))
    result = run("fit", "galaxy.yaml", "--debug")
    assert result.exit_code != 0
    assert isinstance(result.exception, ConfigError)


def test_an_internal_error_is_told_as_one(workspace, run, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("nothing to see")

    monkeypatch.setattr("galens.cli.fit.read_fit_file", broken)
    result = run("fit", "galaxy.yaml")
    assert result.exit_code == 1
    assert "Internal error, ZeroDivisionError: nothing to see" in result.stderr
    assert "--debug" in result.stderr


def test_real_galaxies_with_masks_from_files_are_read(shared):
    folder = shared / "real" / "hsc"
    if not folder.is_dir():
        pytest.skip("real data ('shared/real' beside the checkout) are not here")
    section = {
        "data_path": "gal1_im.npy",
        "noise_map_path": "gal1_sig.npy",
        "psf_path": "gal1_psf.npy",
        "pixel_scales": 0.168,
        "mask": {"file_path": "gal1_mask.npy"},
    }
    dataset = dataset_from(Section(section, folder / "here.yaml", "dataset"))
    assert dataset.shape_slim == np.sum(np.load(folder / "gal1_mask.npy") == 0)
