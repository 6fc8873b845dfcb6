"""Every example can be a command. That each runs, without data, is seen where the documentation is built."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NO_SCRIPT = {"galaxy_data.py", "operated.py", "by_hand.py"}
SCRIPTS = sorted(path for path in EXAMPLES.rglob("*.py") if path.name not in NO_SCRIPT)
WITH_OPTIONS = [path for path in SCRIPTS if "argparse" in path.read_text()]


@pytest.mark.parametrize("script", WITH_OPTIONS, ids=[str(path.relative_to(EXAMPLES)) for path in WITH_OPTIONS])
def test_example_explains_its_options(script, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(script.parent))
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(script), run_name="__main__")
    assert stop.value.code == 0
    assert "usage" in capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=[str(path.relative_to(EXAMPLES)) for path in SCRIPTS])
def test_example_shows_its_command_and_says_what_it_is(script):
    first, *lines = script.read_text().splitlines()
    assert first.startswith('"""')
    assert any(f"python examples/{script.relative_to(EXAMPLES)}" in line for line in lines[:10])
