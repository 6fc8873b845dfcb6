"""A folder of lenses, modelled one after the other or over processes, and their table."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from galens.errors import DatasetError, GalensError, SearchError
from galens.fit.output.atomic import write_text
from galens.pipeline.exposure import read_exposure
from galens.pipeline.fits import Settings
from galens.pipeline.index import index_page, write_tables
from galens.pipeline.lenses import content_of, model_lens
from galens.runtime import limit_blas_threads

__all__ = ["lens_folders", "model_lenses"]

NAMES = {"image": ("image", "data", "sci"), "noise": ("noise", "noise_map", "rms", "sigma"), "psf": ("psf",)}
SUFFIXES = (".fits", ".fits.gz", ".fit")
SECONDS_PER_TABLE = 10.0  # at least between two writings of the table
Row = dict[str, Any]
Say = Callable[[str], None]


def model_lenses(
    folder: Path,
    out: Path,
    pixel_scale: float | None = None,
    settings: Settings | None = None,
    radius: float | None = None,
    processes: int = 1,
    say: Say = lambda text: None,
) -> list[Row]:
    """Models every lens in a folder of folders and writes ``lenses.csv``, ``lenses.ecsv`` and ``index.html``.

    The table is written again and again on the way, and where it is stopped. A lens whose files cannot be used has a
    row that says why. A lens that has been modelled from the same data with the same settings is not done again.

    Args:
        folder: see `lens_folders`.
        out: gets a folder for each lens, see `model_lens`.
        pixel_scale: arcsec, where no header says it.
        settings, radius: see `fit_lens`.
        processes: lenses that are modelled at the same time, each in a process of its own; for CPUs.
        say: is told what is being done.

    Returns:
        what each ``summary.json`` says, by name.

    Raises:
        DatasetError: no lens is found.
        SearchError: a process was ended from outside, as when memory ran out.
    """
    lenses = lens_folders(folder)
    settings = settings or Settings()
    work = [partial(_row, name, files, out / name, pixel_scale, settings, radius) for name, files in lenses.items()]
    rows: dict[str, Row] = {}

    def write() -> None:
        ordered = [rows[name] for name in lenses if name in rows]
        write_tables(ordered, out)
        write_text(out / "index.html", index_page(ordered, folder.name))

    written = time.monotonic()
    try:
        for row in _over_processes(work, processes, say) if processes > 1 else (each(say=say) for each in work):
            rows[row["name"]] = row
            if time.monotonic() - written > SECONDS_PER_TABLE:
                write()
                written = time.monotonic()
    finally:
        write()
    return [rows[name] for name in lenses]


def lens_folders(folder: Path) -> dict[str, dict[str, Path]]:
    """Files of the lenses in a folder, by the names of their folders.

    Raises:
        DatasetError: no folder in it has an image, a noise map and a PSF.
    """
    found = {}
    for each in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = {role: _file(each, stems) for role, stems in NAMES.items()}
        if all(files.values()):
            mask = _file(each, ("mask",))
            found[each.name] = {role: path for role, path in (files | {"mask": mask}).items() if path is not None}
    if not found:
        raise DatasetError(
            f"folder '{folder}' has no lens: each is a folder with the files image.fits, noise.fits and psf.fits."
        )
    return found


def _row(
    name: str,
    files: Mapping[str, Path],
    out: Path,
    pixel_scale: float | None,
    settings: Settings,
    radius: float | None,
    say: Say = lambda text: None,
) -> Row:
    say(name)
    done = out / "summary.json"
    try:
        exposure = read_exposure(files["image"], files["noise"], files["psf"], pixel_scale, files.get("mask"))
        kept = _read(done)
        if kept.get("made_from") == content_of(exposure, settings, radius):
            return kept
        model_lens(exposure, out, name, settings=settings, radius=radius, say=say)
    except (GalensError, OSError) as error:
        return _failed(name, str(error))
    except Exception as error:  # of a hundred thousand lenses one shall not stop the others
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "error.txt", traceback.format_exc())
        kind = type(error).__name__
        return _failed(name, f"internal error, {kind}: {error} This is a fault of galens; error.txt has the traceback.")
    (out / "error.txt").unlink(missing_ok=True)  # of a run before
    return _read(done)


def _failed(name: str, why: str) -> Row:
    return {"name": name, "verdict": "failed", "findings": [f"bad: {why}"]}


def _read(summary: Path) -> Row:
    """What a file says; nothing where there is none, or a damaged one."""
    try:
        return json.loads(summary.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _over_processes(work: Sequence[Callable[[], Row]], processes: int, say: Say) -> Iterator[Row]:
    """Rows as they are finished."""
    say(f"{len(work)} lenses over {processes} processes")
    with _workers(processes) as pool:
        futures = [pool.submit(each) for each in work]
        try:
            for future in concurrent.futures.as_completed(futures):
                row = future.result()
                say(f"{row['name']}: {row['verdict']}")
                yield row
        except concurrent.futures.BrokenExecutor:
            raise SearchError(
                f"one of the {processes} processes was ended from outside, perhaps because memory ran out. The same "
                "command with fewer processes goes on where this one stopped."
            ) from None


@contextmanager
def _workers(processes: int) -> Iterator[concurrent.futures.ProcessPoolExecutor]:
    """Processes that end at once when the work is left before its end."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")  # JAX has threads, which a fork would break
    shares = context.SimpleQueue()
    for number in range(processes):
        shares.put(_cores()[number::processes] or [_cores()[number % len(_cores())]])
    pool = concurrent.futures.ProcessPoolExecutor(processes, context, _begin_worker, (shares,))
    try:
        yield pool
    except BaseException:
        children = set(multiprocessing.active_children()) - others
        for child in children:
            child.kill()
        pool.shutdown(cancel_futures=True)  # its thread waits for the processes too: after it nobody else does
        for child in children:
            child.join()
        raise
    pool.shutdown()


def _begin_worker(shares: Any) -> None:
    """Its own share of the cores. Ctrl-C is the first process' matter; if that one is killed, this one ends too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, shares.get())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit_blas_threads()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]


def _file(folder: Path, stems: Sequence[str]) -> Path | None:
    candidates = (folder / f"{stem}{suffix}" for stem in stems for suffix in SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)
