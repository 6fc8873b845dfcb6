"""What holds the project together: installed versions, imports."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_dependency_has_a_locked_version_and_no_address():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = (ROOT / "requirements.lock").read_text()
    locked = {line.split("==")[0].lower() for line in lock.splitlines()}
    extras = [each for several in project["optional-dependencies"].values() for each in several]
    for dependency in (*project["dependencies"], *extras):
        assert re.split(r"[<>=\[ ]", dependency)[0].lower() in locked
    assert "://" not in lock
