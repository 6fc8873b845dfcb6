"""Timing of functions, and of libraries against each other in alternating rounds. Standard library and NumPy only."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYAUTO_SKIP_WORKSPACE_VERSION_CHECK": "1",
}


def first_and_fastest(function: Callable[..., Any], arguments: Sequence[tuple[Any, ...]], seconds: float = 2.0) -> dict:
    """Milliseconds of the first call (with compilation), and minimum and median of the next ones over `arguments`."""
    import jax

    def timed(arguments: tuple[Any, ...]) -> float:
        start = time.perf_counter()
        jax.block_until_ready(function(*arguments))
        return (time.perf_counter() - start) * 1e3

    first = timed(arguments[0])
    times: list[float] = []
    stop = time.perf_counter() + seconds
    while len(times) < 20 or time.perf_counter() < stop:
        times.append(timed(arguments[len(times) % len(arguments)]))
    return {"first": first, "min": min(times), "median": sorted(times)[len(times) // 2]}


def report(name: str, **measured: Any) -> None:
    """One line of JSON for the process that compares."""
    print("MEASURED " + json.dumps({"name": name, **measured}), flush=True)


def measured_by(command: Sequence[str], environment: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """What a script `report`s, by name; empty with a note where it fails."""
    run = subprocess.run(
        command, env={**os.environ, **QUIET, **(environment or {})}, capture_output=True, text=True, check=False
    )
    lines = [json.loads(line[9:]) for line in run.stdout.splitlines() if line.startswith("MEASURED ")]
    if run.returncode or not lines:
        print(f"{' '.join(command)} failed:\n{run.stderr[-2000:]}", file=sys.stderr)
    return {line.pop("name"): line for line in lines}


def best_of(rounds: Sequence[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """For each name the round with the smallest minimum, with the smallest median and first call of all rounds.

    Memory is the median of all rounds: it depends on which thread of the compiler gets which pages.
    """
    names = {name for round_ in rounds for name in round_}
    best: dict[str, dict[str, Any]] = {}
    for name in names:
        entries = [round_[name] for round_ in rounds if name in round_]
        best[name] = dict(min(entries, key=lambda entry: entry.get("min", 0.0)))
        for key in ("median", "first"):
            if key in best[name]:
                best[name][key] = min(entry[key] for entry in entries)
        for key in ("peak", "grown"):
            if key in best[name]:
                best[name][key] = statistics.median(entry[key] for entry in entries)
    return best
