"""Which result folder a command is about, and what its files say, read without any of the data."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from galens.errors import FitError

__all__ = ["find_result", "read_summary", "shown"]

LISTED = 20


def find_result(path: Path) -> Path:
    """The result folder `path`, or the only one below it.

    Raises:
        FitError: there is none, or there are several, which the message lists.
    """
    if not path.exists():
        raise FitError(f"there is no folder '{path}' (looked from '{Path.cwd()}').")
    if not path.is_dir():
        raise FitError(f"'{path}' is a file; a result is a folder, the one that 'galens fit' names at its end.")
    if _is_result(path):
        return path
    found = sorted(Path(folder) for folder, _, files in os.walk(path) if "search.json" in files)
    found = [each for each in found if _is_result(each)]
    if not found:
        raise FitError(
            f"'{path}' holds no result: a result folder has the files model.json and search.json. "
            f"'galens fit' prints where it writes."
        )
    if len(found) > 1:
        names = ", ".join(f"{shown(each)} ({_state(each)})" for each in found[:LISTED])
        more = f", and {len(found) - LISTED} more" if len(found) > LISTED else ""
        raise FitError(f"'{path}' holds {len(found)} results; name one of them: {names}{more}.")
    return found[0]


def read_summary(folder: Path) -> dict[str, Any]:
    """What ``result.json`` says, with the folder, the search and the number of its files.

    Raises:
        FitError: the fit is not finished, or a file is damaged.
    """
    search = _read(folder / "search.json")
    if not (folder / "result.json").is_file():
        raise FitError(
            f"the fit in {shown(folder)} is not finished: run the same 'galens fit' again, and it goes on where it "
            f"stopped."
        )
    return {
        "path": str(folder.absolute()),
        "name": search.get("name"),
        "class": search.get("search"),
        **_read(folder / "result.json"),
        "files": sorted(
            str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file() and each.name[0] != "."
        ),
    }


def shown(path: Path) -> str:
    """A path as short as it can be from where the command runs."""
    path = Path(path).absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def _is_result(folder: Path) -> bool:
    return (folder / "model.json").is_file() and (folder / "search.json").is_file()


def _state(folder: Path) -> str:
    return "finished" if (folder / ".completed").exists() else "not finished"


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FitError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise FitError(f"{path} holds {type(document).__name__}, but a result's file is a JSON object.")
    return document
