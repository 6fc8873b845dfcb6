"""``galens simulate``: FITS files of galaxies as a YAML file describes them.

::

    output_path: simulated               # folder of the FITS files, relative to this file
    image: {shape_native: [141, 141], pixel_scales: 0.05}
    psf: {sigma: 0.045}                  # a Gaussian; or {file_path: psf.fits, hdu: 0}; may be left out
    simulator: {exposure_time: 2000.0, background_sky_level: 0.1, noise_seed: 1}
    model:                               # as for a fit, but every parameter is a number
      galaxies: {galaxy: {redshift: 0.5, bulge: {class: lp.Sersic, centre: [0.0, 0.0], ...}}}
"""

from __future__ import annotations

import inspect
import json
import math
from pathlib import Path
from typing import Any

from galens import array as aa
from galens import lens as al
from galens.cli.dataset import pixel_scales_of
from galens.cli.model import has_mass, model_from
from galens.cli.report import dataset_text
from galens.cli.results import shown
from galens.cli.section import Section
from galens.config.documents import read_document
from galens.errors import ConfigError

__all__ = ["simulate_file"]

POINTS_PER_SIDE = 8
SIGMAS_OF_KERNEL = 5.0


def simulate_file(path: Path, output: Path | None = None, overwrite: bool = False, as_json: bool = False) -> None:
    """Writes data.fits, noise_map.fits and psf.fits of the galaxies in a YAML file, and prints where they are.

    Args:
        output: folder of the files instead of the one in the YAML file.
        overwrite: replace files that are there.
        as_json: print one JSON object for a program.

    Raises:
        ConfigError: anything is missing, unknown or of the wrong type, or a parameter is not a number.
        DatasetError: a file is there and `overwrite` is False.
    """
    document = Section(read_document(path), path)
    given = document.take("output_path", str, path.stem)
    folder = path.parent / given if output is None else output
    image, exposure = document.section("image", required=True), document.section("simulator", required=True)
    kernel, galaxies = document.section("psf"), document.section("model", required=True)
    has_psf = "psf" in document
    document.finish()

    grid = _grid(image)
    psf = _psf(kernel, grid.pixel_scales) if has_psf else None
    simulator = _simulator(exposure, psf)
    model = model_from(galaxies)
    if model.prior_count:
        names = ", ".join(model.program.names)
        raise ConfigError(f"{path}: model: a simulation needs a number for every parameter; without one are: {names}.")
    instance = model.instance_from_vector([])
    if hasattr(instance, "dataset_model"):
        raise galaxies.error("belongs to a fit; simulator.background_sky_level sets the sky", "dataset_model")
    with galaxies.naming("galaxies"):
        light = al.Tracer(instance.galaxies) if has_mass(model) else list(instance.galaxies)
        dataset = simulator.via_galaxies_from(light, grid=grid, over_sample_size_lp=1)
    files = {"data_path": folder / "data.fits", "noise_map_path": folder / "noise_map.fits"}
    if psf is not None:
        files["psf_path"] = folder / "psf.fits"
    dataset.output_to_fits(**files, overwrite=overwrite)
    if as_json:
        print(json.dumps({"pixel_scales": list(grid.pixel_scales), **{key: str(each) for key, each in files.items()}}))
        return
    print(dataset_text(dataset))
    print("Written: " + ", ".join(shown(each) for each in files.values()))
    print(f"To fit it: galens init {' '.join(shown(each) for each in files.values())}")


def _grid(section: Section) -> aa.Grid2D:
    shape = section.take("shape_native", list)
    scales = pixel_scales_of(section)
    points = section.take("over_sample_size", int, POINTS_PER_SIDE)
    section.finish()
    with section.naming():
        return aa.Grid2D.uniform(shape_native=tuple(shape), pixel_scales=scales, over_sample_size=points)


def _psf(section: Section, pixel_scales: tuple[float, float]) -> aa.Convolver:
    if "file_path" in section:
        path, hdu = section.path("file_path"), section.take("hdu", (int, str), 0)
        section.finish()
        assert path is not None
        with section.naming("file_path"):
            return aa.Convolver.from_fits(path, pixel_scales, hdu, normalize=True)
    sigma = section.take("sigma", (float, int))
    reach = 2 * max(1, math.ceil(SIGMAS_OF_KERNEL * sigma / min(pixel_scales))) + 1
    shape = section.take("shape_native", list, [reach, reach])
    arguments = {key: section.take(key, (float, int), None) for key in ("axis_ratio", "angle")}
    section.finish()
    with section.naming():
        return aa.Convolver.from_gaussian(
            shape_native=tuple(shape),
            pixel_scales=pixel_scales,
            sigma=sigma,
            normalize=True,
            **{key: value for key, value in arguments.items() if value is not None},
        )


def _simulator(section: Section, psf: aa.Convolver | None) -> aa.SimulatorImaging:
    arguments: dict[str, Any] = {}
    for parameter in inspect.signature(aa.SimulatorImaging).parameters.values():
        if parameter.name in ("psf", "normalize_psf"):
            continue
        required = parameter.default is inspect.Parameter.empty
        kind = (float, int) if required else type(parameter.default)
        kinds = (float, int) if kind is float else kind
        value = section.take(parameter.name, kinds) if required else section.take(parameter.name, kinds, None)
        if value is not None:
            arguments[parameter.name] = value
    section.finish()
    with section.naming():
        return aa.SimulatorImaging(psf=psf, **arguments)
