"""The folder of one fit: where it lies, what it holds, when it is complete, who may write to it."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from galens.config import conf
from galens.errors import SearchError
from galens.fit.output.atomic import put, read_arrays, write_arrays, write_json, write_text
from galens.fit.output.lock import locked

__all__ = ["ResultFolder", "folder_for"]

COMPLETED = ".completed"
STATE = "state.npz"
NEXT_STATE = "state.next.npz"
FORMER_STATE = "state.former.npz"
STATES = (NEXT_STATE, STATE, FORMER_STATE)  # the newest first
LOCK = ".lock"
LEFT_OVER = (".staging.*", ".*.part*")


def folder_for(
    path_prefix: str | os.PathLike[str] | None, unique_tag: str | None, name: str | None, identifier: str
) -> ResultFolder | None:
    """``<output>/<path_prefix>/<unique_tag>/<name>/<identifier>``; None without name and prefix: nothing is written."""
    if not name and not path_prefix:
        return None
    parts = [part for part in (path_prefix, unique_tag, name) if part]
    return ResultFolder(conf.instance.output_path.joinpath(*parts, identifier))


class ResultFolder:
    """Files of one fit.

    ``model.info``, ``model.json``, ``search.json``, ``versions.json`` and ``info.json`` are written when the search
    starts, ``state.npz`` while it runs, ``posterior.nc``, ``samples.csv``, ``model.results``, ``result.json``,
    ``image/`` and the analysis' own files at the end, ``.completed`` last of all. Every file is whole at any
    moment. One process at a time works in a folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"ResultFolder({self.path})"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def create(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SearchError(f"cannot make the result folder {self.path}: {error.strerror}.") from None

    @property
    def is_complete(self) -> bool:
        return (self / COMPLETED).exists()

    def complete(self) -> None:
        """Marks the fit as finished, and drops the state that it would have resumed from."""
        write_text(self / COMPLETED, "")
        for name in STATES:
            (self / name).unlink(missing_ok=True)

    def write_text(self, name: str, text: str) -> None:
        write_text(self / name, text)

    def write_json(self, name: str, document: Any) -> None:
        write_json(self / name, document)

    def read_json(self, name: str) -> Any:
        return json.loads((self / name).read_text(encoding="utf-8"))

    @property
    def has_state(self) -> bool:
        return any((self / name).exists() for name in STATES)

    def write_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Writes the state; the one before it stays until the next, in case this one is lost with the power."""
        write_arrays(self / NEXT_STATE, arrays)
        if (self / STATE).exists():
            os.replace(self / STATE, self / FORMER_STATE)
        os.replace(self / NEXT_STATE, self / STATE)

    def read_state(self) -> dict[str, np.ndarray] | None:
        """The newest state that is whole, as the archive's checksums tell; None where there is none."""
        for name in STATES:
            with suppress(OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error):
                return read_arrays(self / name)
        return None

    @contextmanager
    def staged(self, subfolder: str = "") -> Iterator[Path]:
        """A scratch folder, whose files are moved to `subfolder` when the block has ended well.

        So that writers of figures and FITS need not care about kills.
        """
        scratch = self / f".staging.{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            yield scratch
            for file in sorted(path for path in scratch.rglob("*") if path.is_file()):
                place = self.path / subfolder / file.relative_to(scratch)
                place.parent.mkdir(parents=True, exist_ok=True)
                put(file, place)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    @contextmanager
    def locked(self, say: Callable[[str], None]) -> Iterator[None]:
        """Holds the folder for this process; waits for another one, telling `say` which; see `lock.locked`."""
        with locked(self / LOCK, say):
            self._tidy()
            yield

    def _tidy(self) -> None:
        """Removes what killed processes were writing."""
        for pattern in LEFT_OVER:
            for path in self.path.glob(pattern):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
