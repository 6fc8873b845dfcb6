"""``galens demo`` and the command itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import galens
from galens.cli import demo, report


def test_demo_recovers_the_truth_and_names_its_figures(workspace, run, monkeypatch):
    quick = demo.CONFIG.replace("seed: {seed}", "seed: {seed}\n  n_starts: 6\n  n_draws: 48\n  n_samples: 400")
    monkeypatch.setattr(demo, "CONFIG", quick.replace("radius: 3.0", "radius: 2.0"))
    result = run("demo", "there", "--seed", "2")
    assert result.exit_code == 0, result.stderr
    rows = [line.split() for line in result.stdout.splitlines() if line.strip().startswith("galaxies.")]
    assert len(rows) == 13
    assert all(abs(float(row[-2])) < 4.5 for row in rows)
    assert "fit.png" in result.stdout
    assert (workspace / "there" / "demo.yaml").is_file()
    assert run("fit", "there/demo.yaml", "--dry-run").exit_code == 0


def test_every_parameter_of_the_demo_has_a_true_value():
    assert len(demo.true_values()) == 13


@pytest.mark.parametrize(
    ("value", "lower", "upper", "texts"),
    [
        (1.23456, 1.13456, 1.38456, ("1.23", "0.10", "0.15")),
        (123456.0, 123400.0, 123500.0, ("123456", "56", "44")),
        (1.5e-12, 1.4e-12, 1.7e-12, ("1.50e-12", "1.0e-13", "2.0e-13")),
        (2.0, 2.0, 2.0, ("2", "0", "0")),
    ],
)
def test_values_have_two_digits_of_their_error(value, lower, upper, texts):
    assert report.measured(value, lower, upper) == texts


def test_installed_command_says_its_version_and_debug_shows_the_traceback(tmp_path):
    command = Path(sys.executable).parent / "galens"
    options = {"capture_output": True, "text": True, "check": False}
    assert subprocess.run([command, "--version"], **options).stdout.strip() == f"galens {galens.__version__}"
    broken = subprocess.run([command, "fit", str(tmp_path / "absent.yaml"), "--debug"], **options)
    assert broken.returncode != 0
    assert "Traceback" in broken.stderr


def test_wrong_usage_is_an_error(run):
    assert run("fitt").exit_code == 2
    assert run("fit").exit_code == 2
