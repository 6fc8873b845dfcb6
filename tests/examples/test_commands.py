"""Every example runs as the command that its first lines show, from any folder, without data."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HELP_ONLY = {"modeling.py", "galaxies.py"}  # run in full by their own tests
NO_SCRIPT = {"galaxy_data.py", "operated.py", "by_hand.py"}
SCRIPTS = sorted(path for path in EXAMPLES.rglob("*.py") if path.name not in NO_SCRIPT)


@pytest.mark.parametrize("script", SCRIPTS, ids=[str(path.relative_to(EXAMPLES)) for path in SCRIPTS])
def test_example_runs_as_a_command(script, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(script.parent))
    fast = ["--fast"] if "--fast" in script.read_text() else []
    arguments = ["--help"] if script.name in HELP_ONLY else fast
    monkeypatch.setattr(sys, "argv", [str(script), *arguments])
    if arguments == ["--help"]:
        with pytest.raises(SystemExit) as stop:
            runpy.run_path(str(script), run_name="__main__")
        assert stop.value.code == 0
    else:
        runpy.run_path(str(script), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize("script", SCRIPTS, ids=[str(path.relative_to(EXAMPLES)) for path in SCRIPTS])
def test_example_shows_its_command_and_says_what_it_is(script):
    first, *lines = script.read_text().splitlines()
    assert first.startswith('"""')
    assert any(f"python examples/{script.relative_to(EXAMPLES)}" in line for line in lines[:10])
