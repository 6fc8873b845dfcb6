"""What `galens fit` says of broken input: one paragraph that ends in what to do, and an exit code."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.cli.conftest import FIT

Break = Callable[[Path], str]


def replaced(old: str, new: str) -> Break:
    def change(folder: Path) -> str:
        assert old in FIT
        return FIT.replace(old, new)

    return change


def with_array(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Break:
    def broken(folder: Path) -> str:
        np.save(folder / "broken.npy", change(np.load(folder / f"{name}.npy")))
        return FIT.replace(f"{name}.fits", "broken.npy")

    return broken


def with_value(name: str, value: float) -> Break:
    def change(values: np.ndarray) -> np.ndarray:
        values[20, 20] = value
        return values

    return with_array(name, change)


def truncated_gzip(folder: Path) -> str:
    whole = gzip.compress((folder / "data.fits").read_bytes())
    (folder / "broken.fits.gz").write_bytes(whole[: len(whole) // 2])
    return FIT.replace("data.fits", "broken.fits.gz")


def truncated_fits(folder: Path) -> str:
    whole = (folder / "data.fits").read_bytes()
    (folder / "broken.fits").write_bytes(whole[:5000])
    return FIT.replace("data.fits", "broken.fits")


def table_instead_of_image(folder: Path) -> str:
    columns = [fits.Column("flux", "D", array=np.zeros(3))]
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(columns)]).writeto(folder / "table.fits")
    return FIT.replace("data.fits", "table.fits\n  data_hdu: 1")


def mask_of_another_shape(folder: Path) -> str:
    np.save(folder / "mask.npy", np.zeros((40, 40)))
    return FIT.replace("{shape: circular, radius: 1.6}", "{file_path: mask.npy}")


def mask_of_all(folder: Path) -> str:
    np.save(folder / "mask.npy", np.ones((41, 41)))
    return FIT.replace("{shape: circular, radius: 1.6}", "{file_path: mask.npy}")


def file_in_place_of_the_output(folder: Path) -> str:
    (folder / "results").write_text("")
    return FIT


def pixel_scale_missing(folder: Path) -> str:
    return FIT.replace("  pixel_scales: 0.1\n", "")


PROFILE = "class: lp.Exponential"
BROKEN: dict[str, tuple[Break, str, str]] = {
    "missing file": (
        replaced("data.fits", "dta.fits"),
        "dta.fits does not exist",
        "Is 'data.fits' meant? It is in that folder.",
    ),
    "not FITS": (replaced("data.fits", "galaxy.yaml"), "cannot be read as FITS", "Is it a FITS file, and whole?"),
    "truncated gzip": (truncated_gzip, "cannot be read as FITS", "Is it a FITS file, and whole?"),
    "truncated FITS": (truncated_fits, "cannot be read as FITS", "Is it a FITS file, and whole?"),
    "missing HDU": (replaced("data.fits", "data.fits\n  data_hdu: 3"), "has no HDU 3", "The file has 0 DATA (41x41)"),
    "table instead of image": (table_instead_of_image, "HDU 1 of", "has no image. The file has"),
    "NaN in the noise": (with_value("noise_map", np.nan), "1 of 793 are not", "Add the file of a mask of such pixels"),
    "zero noise": (with_value("noise_map", 0.0), "the first is 0.0 at row 20, column 20", "Add the file of a mask"),
    "NaN in the data": (
        with_value("data", np.nan),
        "data must be finite in every unmasked pixel",
        "Add the file of a mask",
    ),
    "shapes differ": (
        with_array("noise_map", lambda values: values[:-1]),
        "noise_map has shape (40, 41), but data has shape (41, 41)",
        "they must be equal",
    ),
    "even PSF": (
        with_array("psf", lambda values: values[:-1]),
        "an odd number of pixels on each axis",
        "'galens init' writes a resampled one",
    ),
    "PSF larger than the image": (
        with_array("psf", lambda values: np.pad(values, 20)),
        "psf of shape (45, 45) is larger than the image",
        "cut it to the part that is not zero",
    ),
    "PSF that sums to zero": (with_array("psf", lambda values: 0.0 * values), "kernel sums to 0", "give a PSF"),
    "empty mask": (mask_of_all, "keeps no pixel", "invert"),
    "mask of another shape": (mask_of_another_shape, "the mask has shape (40, 40)", "give one on their pixels"),
    "pixel scale missing": (pixel_scale_missing, "'pixel_scales' is missing", "of data.fits it is [0.1, 0.1]"),
    "unknown profile": (replaced(PROFILE, "class: lp.Sersc"), "is 'lp.Sersc'", "Did you mean 'lp.Sersic'?"),
    "unknown parameter": (
        replaced(PROFILE, f"{PROFILE}\n        efective_radius: 1.0"),
        "bulge.efective_radius: ",
        "Did you mean 'effective_radius'",
    ),
    "wrong limits of a prior": (
        replaced(PROFILE, f"{PROFILE}\n        intensity: {{type: Uniform, lower_limit: 2.0, upper_limit: 1.0}}"),
        "bulge.intensity: ",
        "lower_limit must be below upper_limit",
    ),
    "unknown search": (replaced("MultiStartLM", "Nautlius"), "is 'Nautlius'", "Did you mean 'Nautilus'?"),
    "unknown option of a search": (replaced("n_starts", "n_strats"), "unknown key 'n_strats'", "mean 'n_starts'?"),
    "output where a file is": (
        file_in_place_of_the_output,
        "results is a file",
        "Choose another folder with --output.",
    ),
    "not YAML": (replaced("model:", "model: {"), "galaxy.yaml, line", "column"),
    "a tab instead of spaces": (replaced("  pixel_scales", "\tpixel_scales"), "galaxy.yaml, line", "column"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_input_ends_in_one_paragraph_that_says_what_to_do(workspace, run, kind):
    change, what, remedy = BROKEN[kind]
    (workspace / "galaxy.yaml").write_text(change(workspace))
    result = run("fit", "galaxy.yaml", "--dry-run")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert what in result.stderr
    assert remedy in result.stderr
