"""``galens draw`` as a user runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from http.client import HTTPConnection

import pytest

COMMAND = [sys.executable, "-c", "from galens.cli import main; main()", "draw"]


@pytest.fixture
def drawing(workspace):
    """Starts a drawing command; gives its process, port and token."""
    processes = []

    def start(*arguments: str) -> tuple[subprocess.Popen, int, str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SSH_CONNECTION": "no browser is to be opened"},
            # Background processes of a shell ignore it, and so would their children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        processes.append(process)
        for line in process.stderr:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]+)", line):
                return process, int(found[1]), found[2]
        raise AssertionError("the command printed no address")

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def send(port: int, token: str, path: str, body: bytes) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body, {"X-Token": token})
    return connection.getresponse().status


def test_positions_are_saved_and_the_command_ends_when_done(drawing, workspace):
    process, port, token = drawing("positions", "data.fits", "--output", "centres.json")
    assert send(port, token, "/save", b"[[20.5, 20.5]]") == 200
    assert send(port, token, "/done", b"") == 200
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "centres.json: 1 positions." in out
    assert json.loads((workspace / "centres.json").read_text()) == [[0.0, 0.0]]


def test_interrupt_ends_it_and_says_that_nothing_was_saved(drawing, workspace):
    process, _, _ = drawing("mask", "data.fits")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Nothing was saved." in out
    assert not (workspace / "mask.fits").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mask", "absent.fits"], "absent.fits"),
        (["mask", "data.npy"], "--pixel-scale"),
        (["positions", "data.fits", "--output", "data.fits"], "holds no list"),
        (["mask", "data.fits", "--output", "psf.fits"], "shape (5, 5)"),
    ],
)
def test_mistakes_are_told_in_words(run, workspace, arguments, words):
    result = run("draw", *arguments)
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
