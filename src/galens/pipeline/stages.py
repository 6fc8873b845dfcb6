"""What the pipeline keeps between its stages, so that it goes on where it was stopped."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from galens.fit.output.atomic import plain, read_arrays, write_arrays
from galens.fit.output.identifier import content_hash
from galens.fit.samples import Samples

__all__ = ["Stages", "arrays_of_samples", "samples_from"]


class Stages:
    """Arrays of finished stages in a folder, each known by the content of what it was made from, and their times.

    Args:
        folder: where they lie; None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.seconds: dict[str, float] = {}

    def of(self, name: str, made_from: Any, make: Callable[[], Mapping[str, np.ndarray]]) -> Mapping[str, np.ndarray]:
        """The arrays of a stage: those that are kept, if they were made from the same, else new ones."""
        key = content_hash(made_from)
        kept = self._kept(name, key)
        if kept is not None:
            self.seconds[name] = float(kept.pop("seconds"))
            return kept
        begin = time.monotonic()
        arrays = dict(make())
        self.seconds[name] = time.monotonic() - begin
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            about = {"key": np.array(key), "seconds": np.array(self.seconds[name])}
            write_arrays(self.folder / f"{name}.npz", arrays | about)
        return arrays

    def _kept(self, name: str, key: str) -> dict[str, np.ndarray] | None:
        path = None if self.folder is None else self.folder / f"{name}.npz"
        if path is None or not path.is_file():
            return None
        try:
            arrays = read_arrays(path)
        except (OSError, ValueError, zipfile.BadZipFile):  # damaged since it was written
            return None
        return arrays if str(arrays.pop("key", "")) == key else None


def arrays_of_samples(samples: Samples) -> dict[str, np.ndarray]:
    """All that samples are, as arrays."""
    evidence = np.nan if samples.log_evidence is None else samples.log_evidence
    return {
        "parameters": np.asarray(samples.parameters),
        "log_likelihood": np.asarray(samples.log_likelihood),
        "log_prior": np.asarray(samples.log_prior),
        "weights": np.asarray(samples.weights),
        "log_evidence": np.array(evidence),
        "info": np.array(json.dumps(plain(samples.info))),
    }


def samples_from(arrays: Mapping[str, np.ndarray], model: Any) -> Samples:
    """The samples of `arrays_of_samples`."""
    parameters, log_likelihood, log_prior, weights = (
        arrays[name] for name in ("parameters", "log_likelihood", "log_prior", "weights")
    )
    evidence, info = float(arrays["log_evidence"]), json.loads(str(arrays["info"]))
    return Samples(model, parameters, log_likelihood, log_prior, weights, evidence, info)
