"""A small simulated galaxy on disk, and a YAML file that fits it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from galens import array as aa
from galens import galaxy as ag
from galens.cli.main import app
from galens.config import conf

FIT = """\
output_path: results
dataset:
  data_path: data.fits
  noise_map_path: noise_map.fits
  psf_path: psf.fits
  pixel_scales: 0.1
  mask: {shape: circular, radius: 1.6}
model:
  galaxies:
    galaxy:
      redshift: 0.5
      bulge:
        class: lp.Exponential
        centre: [0.0, {type: Gaussian, mean: 0.0, sigma: 0.1}]
        ell_comps: [0.0, 0.0]
search: {class: MultiStartLM, n_starts: 4, n_draws: 16, n_samples: 200, seed: 1}
"""


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with data, noise map and PSF, each as FITS and as NumPy file."""
    folder = tmp_path_factory.mktemp("simulated")
    grid = aa.Grid2D.uniform(shape_native=(41, 41), pixel_scales=0.1, over_sample_size=4)
    psf = aa.Convolver.from_gaussian(shape_native=(5, 5), pixel_scales=0.1, sigma=0.1, normalize=True)
    simulator = aa.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    galaxy = ag.Galaxy(redshift=0.5, bulge=ag.lp.Exponential(intensity=1.0, effective_radius=0.6))
    dataset = simulator.via_galaxies_from(galaxies=[galaxy], grid=grid)
    dataset.output_to_fits(folder / "data.fits", folder / "psf.fits", folder / "noise_map.fits")
    for name, image in (("data", dataset.data), ("noise_map", dataset.noise_map), ("psf", psf.kernel)):
        np.save(folder / f"{name}.npy", np.asarray(image.native))
    return folder


@pytest.fixture
def workspace(simulated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with those files and ``galaxy.yaml``, where the command runs."""
    for path in simulated.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "galaxy.yaml").write_text(FIT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conf, "instance", conf.Config())
    return tmp_path


@pytest.fixture
def run() -> Callable[..., Any]:
    """Runs ``galens`` with arguments; the result has exit_code, stdout and stderr."""

    def run(*arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "100"})

    return run
