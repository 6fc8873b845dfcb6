"""Files that are either whole or absent: written beside their place, then renamed into it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["plain", "put", "read_arrays", "write_arrays", "write_json", "write_text", "write_whole"]


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Calls `write` with a temporary path in the folder of `path`, and renames the file that it wrote.

    The file is on the disk before it has its name, so that neither a kill nor a power cut leaves half of it. The
    temporary name keeps the suffix, by which some writers know their format.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        write(temporary)
        put(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def put(file: Path, path: Path) -> None:
    """Gives a file that is written its name, once its content is on the disk."""
    _flush(file)
    os.replace(file, path)
    _flush(path.parent)


def write_text(path: Path, text: str) -> None:
    write_whole(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def write_json(path: Path, document: Any) -> None:
    """Writes plain data, NumPy numbers and arrays included; infinities become the strings "inf" and "-inf"."""
    write_text(path, json.dumps(plain(document), indent=2, allow_nan=False) + "\n")


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes arrays of numbers or text as ``.npz``."""
    write_whole(path, lambda temporary: np.savez(temporary, allow_pickle=False, **arrays))


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network and FUSE file systems cannot
        pass
    finally:
        os.close(descriptor)


def plain(thing: Any) -> Any:
    """Numbers, texts, lists and mappings as JSON gives them back; anything else as text."""
    if isinstance(thing, Mapping):
        return {str(key): plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple, set, frozenset)):
        return [plain(item) for item in thing]
    if isinstance(thing, (np.ndarray, np.generic)) or hasattr(thing, "__array__"):
        return plain(np.asarray(thing).tolist())
    if isinstance(thing, float) and not np.isfinite(thing):
        return str(thing)
    if thing is None or isinstance(thing, (bool, int, float, str)):
        return thing
    return str(thing)
