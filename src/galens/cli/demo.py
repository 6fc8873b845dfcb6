"""``galens demo``: a galaxy is simulated, fitted, and compared with what went into it."""

from __future__ import annotations

from pathlib import Path

from galens import array as aa
from galens import galaxy as ag
from galens.cli.fit import fit_file

__all__ = ["GALAXY", "run_demo"]

GALAXY = {
    "bulge": ag.lp.Sersic(
        centre=(0.02, -0.01), ell_comps=(0.05, 0.10), intensity=2.0, effective_radius=0.5, sersic_index=3.0
    ),
    "disk": ag.lp.Exponential(centre=(0.02, -0.01), ell_comps=(0.20, 0.15), intensity=0.5, effective_radius=1.6),
}
"""What is simulated: a bulge and an inclined disk, in electrons per second."""

CONFIG = """\
# A fit for `galens fit`, written by `galens demo`. Paths are relative to this file.

output_path: output

dataset:
  data_path: data.fits
  noise_map_path: noise_map.fits
  psf_path: psf.fits
  pixel_scales: 0.05
  mask: {{shape: circular, radius: 3.0}}

# What is not given here has its default prior; [0.0, 0.0] would fix a centre, a number would fix a parameter.
model:
  galaxies:
    galaxy:
      redshift: 0.5
      bulge: lp.Sersic
      disk:
        class: lp.Exponential
        intensity: {{type: LogUniform, lower_limit: 0.01, upper_limit: 100.0}}

search:
  class: MultiStartLM
  seed: {seed}
"""


def run_demo(folder: Path, seed: int = 1) -> None:
    """Simulates into `folder`, fits, and prints parameters beside the truth and where the figures are."""
    folder.mkdir(parents=True, exist_ok=True)
    simulate(folder, seed)
    config = folder / "demo.yaml"
    config.write_text(CONFIG.format(seed=seed), encoding="utf-8")
    print(f"A galaxy was simulated into {folder}. To change the fit, edit {config} and run: galens fit {config}")
    fit_file(config, truth=true_values())


def true_values() -> dict[str, float]:
    """The parameters of the simulated galaxy by the names that they have in the model."""
    values: dict[str, float] = {}
    for component, profile in GALAXY.items():
        for name, value in vars(profile).items():
            above = f"galaxies.galaxy.{component}.{name}"
            members = {f"{above}.{name}_{i}": each for i, each in enumerate(value)} if isinstance(value, tuple) else {}
            values.update(members or {above: value})
    return values


def simulate(folder: Path, seed: int) -> None:
    """Writes data.fits, noise_map.fits and psf.fits: an orbit's exposure in a red filter, sky subtracted."""
    grid = aa.Grid2D.uniform(shape_native=(141, 141), pixel_scales=0.05, over_sample_size=8)
    psf = aa.Convolver.from_gaussian(shape_native=(21, 21), pixel_scales=0.05, sigma=0.045, normalize=True)
    simulator = aa.SimulatorImaging(exposure_time=2000.0, psf=psf, background_sky_level=0.1, noise_seed=seed)
    galaxy = ag.Galaxy(redshift=0.5, **GALAXY)
    dataset = simulator.via_galaxies_from(galaxies=[galaxy], grid=grid, over_sample_size_lp=1)
    dataset.output_to_fits(
        data_path=folder / "data.fits",
        noise_map_path=folder / "noise_map.fits",
        psf_path=folder / "psf.fits",
        overwrite=True,
    )
