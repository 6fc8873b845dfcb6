"""Samples as ``posterior.nc``, which ArviZ and xarray open, and back.

The group ``posterior`` holds *equally weighted* draws, one variable per parameter, so that every function of ArviZ
is right about them; ``sample_stats`` holds their likelihood and prior. The root holds the samples as the search
gave them, with their weights; the evidence is an attribute. The file is written and read without ArviZ and
xarray, whose import takes longer than loading a result may.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from galens.errors import SamplesError
from galens.fit.output.atomic import write_whole
from galens.fit.samples import Samples
from galens.fit.weighted import resampled_indices

__all__ = ["read_posterior", "write_posterior"]

COLUMNS = ("log_likelihood", "log_prior", "weight")


def write_posterior(path: Path, samples: Samples) -> None:
    """Writes `samples` to the netCDF-4 file `path`."""
    write_whole(path, lambda temporary: _write(temporary, samples))


def _write(path: Path, samples: Samples) -> None:
    import h5netcdf

    import galens

    draws = _equally_weighted(samples)
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
        for index, name in enumerate(samples.names):
            _variable(file["posterior"], name, ("chain", "draw"), samples.parameters[draws, index])
        statistics = {
            "log_likelihood": samples.log_likelihood,
            "log_prior": samples.log_prior,
            "lp": samples.log_posterior,
        }
        for name, column in statistics.items():
            _variable(file["sample_stats"], name, ("chain", "draw"), column[draws])


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


def _columns(samples: Samples) -> tuple[np.ndarray, ...]:
    return samples.log_likelihood, samples.log_prior, samples.weights


def _equally_weighted(samples: Samples) -> np.ndarray:
    """Indices (chains, draws) of equally weighted samples: the chains as they are, or as many draws as carry weight."""
    chains, drawn = int(samples.info.get("chains", 1)), np.flatnonzero(samples.weights)
    if np.ptp(samples.weights[drawn]) == 0 and len(drawn) % chains == 0:
        return drawn.reshape(chains, -1)
    number = max(1, int(np.ceil(samples.effective_sample_size)))
    return resampled_indices(samples.weights, number, np.random.default_rng(0))[None]


def _variable(group: Any, name: str, dimensions: tuple[str, ...], values: np.ndarray) -> None:
    if values.dtype == object:
        import h5py

        group.create_variable(name, dimensions, dtype=h5py.string_dtype())[...] = values
    else:
        group.create_variable(name, dimensions, dtype=values.dtype, data=np.ascontiguousarray(values))
