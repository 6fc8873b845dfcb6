"""`galens init` from files as surveys give them out, to a YAML file that can be fitted as it is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from astropy.io import fits

from galens.array.header import Header
from galens.array.world_coordinates import pixel_scales_in
from galens.cli.fit import read_fit_file
from galens.cli.guess import FoundImage

SCALE = 0.1


def arrays(workspace):
    return {name: np.load(workspace / f"{name}.npy") for name in ("data", "noise_map", "psf")}


def sky(header=None):
    """Cards of a world coordinate system with pixels of 0.1 arcsec."""
    header = fits.Header() if header is None else header
    for axis, (kind, value) in enumerate((("RA---TAN", 59.1), ("DEC--TAN", -30.5)), 1):
        header[f"CTYPE{axis}"], header[f"CRVAL{axis}"], header[f"CRPIX{axis}"] = kind, value, 21.0
    header["CD1_1"], header["CD2_2"] = -SCALE / 3600, SCALE / 3600
    return header


def one_file(path, units):
    """A FITS file with an empty primary HDU and images: (EXTNAME, values, cards)."""
    images = []
    for name, values, cards in units:
        image = fits.ImageHDU(values, header=sky() if values.shape == (41, 41) else None)
        image.header.update(cards)
        if name:
            image.header["EXTNAME"] = name
        images.append(image)
    fits.HDUList([fits.PrimaryHDU(), *images]).writeto(path)


def test_files_that_galens_wrote_are_recognised_and_the_fit_is_ready(workspace, run):
    result = run("init", "data.fits", "noise_map.fits", "psf.fits")
    assert result.exit_code == 0, result.stderr
    for part in ("data: data.fits", "noise map: noise_map.fits", "PSF: psf.fits", "pixel scale: 0.1 arcsec", "region:"):
        assert part in result.stdout
    read = read_fit_file(workspace / "data.yaml")
    assert read.dataset.pixel_scales == (SCALE, SCALE)
    assert read.dataset.psf.shape_native == (5, 5)
    assert 300 < read.dataset.shape_slim < 41 * 41
    assert read.model.prior_count == 7
    assert run("fit", "data.yaml", "--dry-run").exit_code == 0


def test_a_survey_file_of_several_bands_needs_only_the_band(workspace, run):
    a = arrays(workspace)
    units = []
    for band in ("G", "VIS"):
        units += [
            (f"{band}_BGSUB", a["data"], {"MAGZERO": 24.5}),
            (f"{band}_RMS", a["noise_map"], {}),
            (f"{band}_PSF", a["psf"], {}),
        ]
    one_file(workspace / "survey.fits", units)
    chosen = json.loads(run("init", "survey.fits", "--band", "vis", "--json").stdout)
    assert {role: each["hdu"] for role, each in chosen["images"].items()} == {"data": 4, "noise_map": 5, "psf": 6}
    assert any("not used: survey.fits HDU 1 'G_BGSUB'" in each for each in chosen["said"])
    assert read_fit_file(workspace / "survey.yaml").zero_point == 24.5
    refused = run("init", "survey.fits", "--band", "k", "--overwrite")
    assert refused.exit_code == 1
    assert "no image is of the band 'k'. There are: g, vis." in refused.stderr


def test_inverse_variances_are_known_by_their_cards_and_their_zeros_become_bad_pixels(workspace, run):
    a = arrays(workspace)
    inverse = 1.0 / a["noise_map"] ** 2
    inverse[20, 18] = 0.0
    units = [("", a["data"], {"IMAGETYP": "image"}), ("", inverse, {"IMAGETYP": "invvar"})]
    one_file(workspace / "cutout_59.1.fits", units)
    result = run("init", "cutout_59.1.fits", "--config", "here/first.yaml")
    assert result.exit_code == 0, result.stderr
    assert "no PSF" in result.stdout
    assert "bad pixels: 1 without data or noise" in result.stdout
    dataset = read_fit_file(workspace / "here" / "first.yaml").dataset
    assert dataset.mask.array[20, 18]
    noise = np.asarray(dataset.noise_map.native)
    np.testing.assert_allclose(noise[20, 20], a["noise_map"][20, 20], rtol=1e-6)


def test_images_without_names_are_told_by_their_shapes(workspace, run):
    a = arrays(workspace)
    bad = np.zeros((41, 41))
    bad[2, 2] = 1
    units = [("", a["data"], {}), ("", a["noise_map"], {}), ("", a["psf"], {}), ("", bad, {})]
    one_file(workspace / "x1.fits", units)
    found = json.loads(run("init", "x1.fits", "--json").stdout)["images"]
    assert {role: each["hdu"] for role, each in found.items()} == {"data": 1, "noise_map": 2, "psf": 3, "mask": 4}


def test_an_even_psf_is_resampled_and_a_mask_of_good_pixels_inverted(workspace, run):
    np.save(workspace / "psf_even.npy", np.pad(arrays(workspace)["psf"], ((0, 1), (0, 1))))
    good = np.ones((41, 41))
    good[:, :3] = 0
    np.save(workspace / "mask.npy", good)
    result = run(
        "init", "data.npy", "noise_map.npy", "psf_even.npy", "mask.npy", "--pixel-scale", "0.1", "--config", "c.yaml"
    )
    assert result.exit_code == 0, result.stderr
    assert "even-sized" in result.stdout
    assert "taken to mark the pixels to keep" in result.stdout
    dataset = read_fit_file(workspace / "c.yaml").dataset
    assert dataset.psf.shape_native[0] % 2 == 1
    assert not dataset.mask.array[20, 20]
    assert dataset.mask.array[20, 1]


def test_a_galaxy_off_the_centre_is_found(workspace, run):
    a = arrays(workspace)
    for name in ("data", "noise_map"):
        np.save(workspace / f"{name}.npy", np.roll(a[name], (-5, 7), axis=(0, 1)))
    run("init", "data.npy", "noise_map.npy", "--pixel-scale", "0.1")
    bulge = read_fit_file(workspace / "data.yaml").model.galaxies.galaxy.bulge
    assert (bulge.centre_0.mean, bulge.centre_1.mean) == pytest.approx((0.5, 0.7), abs=0.11)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("absent.fits",), "there is no file 'absent.fits'"),
        (("galaxy.yaml",), "cannot be read as FITS"),
        (("data.fits", "psf.fits"), "no noise map is among"),
        (("data.npy", "noise_map.npy"), "give it in arcsec, such as --pixel-scale 0.05"),
        (("data.fits", "noise_map.fits", "--config", "galaxy.yaml"), "'galaxy.yaml' exists; --overwrite replaces it"),
    ],
)
def test_what_init_cannot_do_is_one_paragraph(workspace, run, arguments, message):
    result = run("init", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("cards", "scales"),
    [
        (sky(), (SCALE, SCALE)),
        ({"PIXSCAY": 0.2, "PIXSCAX": 0.1}, (0.2, 0.1)),
        ({"PIXSCALE": 0.396}, (0.396, 0.396)),
        ({"PIXSCALE": "unknown"}, None),
        ({}, None),
    ],
    ids=["world coordinates", "galens", "survey", "text", "nothing"],
)
def test_pixel_scales_are_read_from_what_headers_have(cards, scales):
    found = pixel_scales_in(Header(fits.Header(cards)))
    assert (found and found[0]) == (scales if scales is None else pytest.approx(scales, rel=1e-6))


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("gal1_im", "data"),
        ("gal1_sig", "noise_map"),
        ("copsf_59", "psf"),
        ("image_mask", "mask"),
        ("wht", "ivar"),
        ("NGC4565", None),
    ],
)
def test_names_tell_what_an_image_is(tmp_path, name, role):
    found = FoundImage(tmp_path / f"{name}.fits", 0, (3, 3), Header()).role()
    assert (found and found[0]) == role


def test_real_survey_files_are_ready_for_a_fit(shared, workspace, run):
    folder = shared / "real"
    if not folder.is_dir():
        pytest.skip("real data ('shared/real' beside the checkout) are not here")
    sets = {
        "hsc": (*sorted((folder / "hsc").glob("gal1_*.npy")), "--pixel-scale", "0.168"),
        "euclid": (*sorted((folder / "euclid").glob("*.fits")), "--band", "vis"),
        "decals": (*sorted((folder / "decals").glob("*.fits")), "--band", "r"),
        "slacs": (*sorted((folder / "slacs" / "J0029-0055").glob("*.fits")), "--pixel-scale", "0.05"),
    }
    for name, arguments in sets.items():
        result = run("init", *map(str, arguments), "--config", f"{name}.yaml", "--json")
        assert result.exit_code == 0, (name, result.stderr)
        assert set(json.loads(result.stdout)["images"]) >= {"data", "psf"}
