"""Samples as ``posterior.nc``, which ArviZ and xarray open, and back.

The group ``posterior`` holds *equally weighted* draws, one variable per parameter, so that every function of ArviZ
is right about them; ``sample_stats`` holds their likelihood and prior. The root holds the samples as the search
gave them, with their weights; the evidence is an attribute. The group ``latent``, where an analysis has latent
variables, holds them for the draws that its coordinate ``draw`` names. The file is written and read without ArviZ and
xarray, whose import takes longer than loading a result may.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from galens.errors import SamplesError
from galens.fit.latent import Latent
from galens.fit.notation import Notation
from galens.fit.output.atomic import write_whole
from galens.fit.samples import Samples

__all__ = ["read_latent", "read_posterior", "write_posterior"]

COLUMNS = ("log_likelihood", "log_prior", "weight")
ROW = "row_of_samples"
BEST = "max_log_likelihood"
PLACE = "place"


def write_posterior(path: Path, samples: Samples, latent: Latent | None = None) -> None:
    """Writes `samples`, and latent variables of them, to the netCDF-4 file `path`."""
    write_whole(path, lambda temporary: _write(temporary, samples, latent))


def _write(path: Path, samples: Samples, latent: Latent | None) -> None:
    import h5netcdf

    import galens

    draws = samples.equally_weighted_rows
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"sample": len(samples), "parameter": len(samples.names)}
        _variable(file, "parameter", ("parameter",), np.array(samples.names, object))
        _variable(file, "values", ("sample", "parameter"), samples.parameters)
        for name, column in zip(COLUMNS, _columns(samples), strict=True):
            _variable(file, name, ("sample",), column)
        attributes: dict[str, Any] = {
            "created_at": datetime.now(UTC).isoformat(),
            "inference_library": "galens",
            "inference_library_version": galens.__version__,
            "info": json.dumps(samples.samples_info, default=lambda value: np.asarray(value).tolist()),
        }
        if samples.log_evidence is not None:
            attributes["log_evidence"] = samples.log_evidence
        file.attrs.update(attributes)

        chains, length = draws.shape
        for group_name in ("posterior", "sample_stats"):
            group = file.create_group(group_name)
            group.attrs.update({key: attributes[key] for key in list(attributes)[:3]})
            group.dimensions = {"chain": chains, "draw": length}
            _variable(group, "chain", ("chain",), np.arange(chains))
            _variable(group, "draw", ("draw",), np.arange(length))
        for index, notation in enumerate(samples.notation):
            values = samples.parameters[draws, index]
            _variable(file["posterior"], samples.names[index], ("chain", "draw"), values, notation)
        statistics = {
            "log_likelihood": samples.log_likelihood,
            "log_prior": samples.log_prior,
            "lp": samples.log_posterior,
        }
        for name, column in statistics.items():
            _variable(file["sample_stats"], name, ("chain", "draw"), column[draws])
        if latent is not None:
            group = file.create_group("latent")
            group.dimensions = {"chain": chains, "draw": len(latent.draws)}
            _variable(group, "chain", ("chain",), np.arange(chains))
            _variable(group, "draw", ("draw",), latent.draws)
            _variable(group, ROW, ("chain", "draw"), latent.rows)
            for index, notation in enumerate(latent.notation):
                _variable(group, notation.name, ("chain", "draw"), latent.values[..., index], notation)
                group[notation.name].attrs.update({BEST: float(latent.best[index]), PLACE: index})


def read_posterior(path: Path, model: Any) -> Samples:
    """The samples in `path`, of a `model` with the same parameters.

    Raises:
        SamplesError: the file is not one of ours, or holds other parameters.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            names = tuple(name.decode() for name in file["parameter"][()])
            columns = [file[name][()] for name in COLUMNS]
            values, info = file["values"][()], json.loads(file.attrs["info"])
            evidence = float(file.attrs["log_evidence"][0]) if "log_evidence" in file.attrs else None
    except (OSError, KeyError) as error:
        raise SamplesError(f"{path} does not hold the samples of a fit: {error}.") from None
    if names != tuple(model.program.names):
        raise SamplesError(
            f"{path} holds the parameters {', '.join(names)}; the model has {', '.join(model.program.names)}."
        )
    log_likelihood, log_prior, weights = columns
    return Samples(model, values, log_likelihood, log_prior, weights, evidence, info)


def read_latent(path: Path) -> Latent | None:
    """The latent variables in `path`; None where there are none.

    Raises:
        SamplesError: the file is not one of ours.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            if "latent" not in file:
                return None
            group = file["latent"]
            names = tuple(name for name in group if BEST in group[name].attrs)
            # HDF5 lists names alphabetically; they are wanted in the order in which they were written
            names = tuple(sorted(names, key=lambda name: int(group[name].attrs[PLACE][0])))
            values = np.stack([group[name][()] for name in names], axis=-1)
            best = [float(group[name].attrs[BEST][0]) for name in names]
            return Latent(names, values, best, group[ROW][()], group["draw"][()])
    except (OSError, KeyError) as error:
        raise SamplesError(f"{path} does not hold the samples of a fit: {error}.") from None


def _columns(samples: Samples) -> tuple[np.ndarray, ...]:
    return samples.log_likelihood, samples.log_prior, samples.weights


def _variable(
    group: Any, name: str, dimensions: tuple[str, ...], values: np.ndarray, notation: Notation | None = None
) -> None:
    if values.dtype == object:
        import h5py

        group.create_variable(name, dimensions, dtype=h5py.string_dtype())[...] = values
    else:
        group.create_variable(name, dimensions, dtype=values.dtype, data=np.ascontiguousarray(values))
    if notation is not None:
        group[name].attrs["long_name"] = notation.latex
        if notation.unit:
            group[name].attrs["units"] = notation.unit
