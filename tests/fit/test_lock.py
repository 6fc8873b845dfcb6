"""Two processes on one folder."""

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import textwrap
import time

import pytest

from galens.errors import SearchError
from galens.fit.output.lock import locked

HOLDING = """
import sys, time
from pathlib import Path
from galens.fit.output.lock import locked
with locked(Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".lock"


@pytest.fixture
def without_flock(monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)


def holder(path, seconds):
    code = textwrap.dedent(HOLDING)
    process = subprocess.Popen([sys.executable, "-c", code, str(path), str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_second_process_waits_and_is_told_for_whom(path):
    process, said = holder(path, 1.0), []
    begin = time.monotonic()
    with locked(path, said.append):
        assert time.monotonic() - begin > 0.5
        assert json.loads(path.read_text())["pid"] == os.getpid()
    process.wait()
    assert len(said) == 1
    assert f"process {process.pid} on {socket.gethostname()} (since " in said[0]
    assert str(path.parent) in said[0]
    assert path.read_text() == ""


def test_lock_of_a_killed_process_is_free(path):
    process = holder(path, 60)
    process.kill()
    process.wait()
    assert json.loads(path.read_text())["pid"] == process.pid
    with locked(path, pytest.fail):
        pass


@pytest.mark.usefixtures("without_flock")
def test_existence_takes_the_place_of_locks_that_the_file_system_lacks(path):
    held = path.with_name(".lock.holder")
    with locked(path, pytest.fail):
        assert json.loads(held.read_text())["pid"] == os.getpid()
    assert not held.exists()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    held.write_text(json.dumps({"pid": dead.pid, "host": socket.gethostname(), "since": "then"}))
    with locked(path, lambda message: None):
        assert json.loads(held.read_text())["pid"] == os.getpid()


@pytest.mark.usefixtures("without_flock")
def test_process_of_another_host_is_named_where_nothing_can_be_known_of_it(path):
    held = path.with_name(".lock.holder")
    held.write_text(json.dumps({"pid": 12, "host": "node7", "since": "2026-01-01 10:00:00"}))
    words = r"process 12 on node7 \(since 2026-01-01 10:00:00\).*delete"
    with pytest.raises(SearchError, match=words), locked(path, print):
        pass
    assert held.exists()


@pytest.mark.usefixtures("without_flock")
def test_living_process_is_waited_for_where_there_are_no_locks(path, monkeypatch):
    held = path.with_name(".lock.holder")
    held.write_text(json.dumps({"pid": os.getppid(), "host": socket.gethostname(), "since": "now"}))
    said = []

    def say(message):
        said.append(message)
        held.unlink()  # it has finished

    with locked(path, say):
        pass
    assert f"process {os.getppid()}" in said[0]
