"""Whatever ends a fit, at whatever moment: the next one goes on and gives the same samples."""

import dataclasses
import os
import shutil
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from galens import fit as af
from galens.config import conf
from galens.fit.output import atomic
from galens.fit.search import base
from tests.fit.problems import gaussian_fit, gaussian_model, linear_fit, linear_model

SAMPLES = ("parameters", "log_likelihood", "log_prior", "weights")


@pytest.fixture(autouse=True)
def output(tmp_path, monkeypatch):
    monkeypatch.setattr(conf, "instance", conf.Config())
    monkeypatch.setattr(base, "SHARE_OF_SAVING", np.inf)  # saves after every step
    conf.instance.output_path = tmp_path
    return tmp_path


def all_equal(one, other):
    for name in SAMPLES:
        np.testing.assert_array_equal(getattr(one.samples, name), getattr(other.samples, name))
    assert one.log_evidence == other.log_evidence
    return True


@dataclasses.dataclass(frozen=True)
class Walk(af.AbstractSearch):
    """Six steps of a random walk; evaluates nothing that takes time."""

    steps: int = 6

    def start(self, fitness):
        return {"chain": np.zeros((0, fitness.program.n))}

    def step(self, fitness, state):
        rng = np.random.default_rng([self.seed, len(state["chain"])])
        last = state["chain"][-1] if len(state["chain"]) else np.zeros(fitness.program.n)
        return {"chain": np.vstack([state["chain"], last + rng.normal(size=last.shape)])}

    def done(self, state):
        return len(state["chain"]) == self.steps

    def describe(self, state):
        return f"{len(state['chain'])} steps"

    def samples(self, fitness, model, state):
        chain = state["chain"]
        return af.Samples(model, chain, -0.5 * np.sum(chain**2, axis=1), np.zeros(len(chain)))


class PowerCutError(BaseException):
    """Not an error that anything could catch and mend."""


def test_every_operation_on_a_file_may_be_the_last(monkeypatch):
    """The process dies before the k-th renaming or flushing of a file, then soon again; then the fit is run."""
    monkeypatch.setattr(base, "draw_figures", lambda *_: [])
    search, model, analysis = Walk(name="walk", silence=True), linear_model(), linear_fit()
    undisturbed = dataclasses.replace(search, name="undisturbed").fit(model, analysis)
    steps = []
    monkeypatch.setattr(Walk, "step", noting(Walk.step, steps))
    allowed = [0]
    monkeypatch.setattr(atomic.os, "replace", mortal(os.replace, allowed))
    monkeypatch.setattr(atomic.os, "fsync", mortal(os.fsync, allowed))
    folder = search.folder_for(model, analysis)
    for operations in range(0, 1000, 2):
        shutil.rmtree(folder.path, ignore_errors=True)
        steps.clear()
        allowed[0] = operations
        try:
            search.fit(model, analysis)
        except PowerCutError:
            pass
        else:
            break
        allowed[0] = 5
        with suppress(PowerCutError):
            search.fit(model, analysis)
        allowed[0] = 1000
        assert all_equal(undisturbed, search.fit(model, analysis))
        # every death costs the step in flight and no other
        assert len(steps) <= search.steps + 2
    assert operations > 30


def noting(step, steps):
    def noted(self, fitness, state):
        steps.append(1)
        return step(self, fitness, state)

    return noted


def mortal(operation, allowed):
    def call(*arguments):
        if allowed[0] == 0:
            raise PowerCutError
        allowed[0] -= 1
        return operation(*arguments)

    return call


SCRIPT = """
import sys, time
from galens import fit as af
from galens.config import conf
from galens.fit.search import base
from tests.fit.problems import {problem}_fit, {problem}_model

conf.instance.output_path = sys.argv[1]
base.SHARE_OF_SAVING = float("inf")
cls = af.{search}
original = cls.step

def slow(self, fitness, state):
    time.sleep(0.1)
    return original(self, fitness, state)

cls.step = slow
{seconds}
cls(name="fit", silence=True, **{settings}).fit({problem}_model(), {problem}_fit())
"""
SEARCHES = {
    "MultiStartLM": ("gaussian", {"n_starts": 4, "n_draws": 8, "n_samples": 200}, ""),
    "Nautilus": (
        "linear",
        {"n_live": 100, "n_networks": 1, "n_eff": 200},
        "from galens.fit.search import nautilus; nautilus.SECONDS_PER_STEP = 0.01",
    ),
    "NUTS": ("gaussian", {"n_starts": 2, "n_chains": 2, "n_warmup": 60, "n_eff": 60}, ""),
}
PROBLEMS = {"gaussian": (gaussian_model, gaussian_fit), "linear": (linear_model, linear_fit)}


@pytest.mark.parametrize("name", SEARCHES)
def test_killed_process_leaves_a_folder_that_goes_on(output, name):
    problem, settings, seconds = SEARCHES[name]
    model, analysis = (make() for make in PROBLEMS[problem])
    cls = getattr(af, name)
    undisturbed = cls(name="undisturbed", silence=True, **settings).fit(model, analysis)
    code = textwrap.dedent(SCRIPT).format(search=name, problem=problem, settings=settings, seconds=seconds)
    root = Path(__file__).resolve().parents[2]
    folder = cls(name="fit", silence=True, **settings).folder_for(model, analysis)
    process = subprocess.Popen([sys.executable, "-c", code, str(output)], cwd=root)
    try:
        deadline = time.monotonic() + 120
        while not folder.has_state and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.01)
        time.sleep(0.25)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == -9
    assert folder.read_state() is not None
    assert not folder.is_complete
    assert all_equal(undisturbed, cls(name="fit", silence=True, **settings).fit(model, analysis))
    assert not [each for each in os.listdir(folder.path) if "part" in each or "staging" in each or "state" in each]


def test_state_of_another_version_or_other_settings_is_not_used(monkeypatch, capsys):
    search = Walk(name="walk")
    path = search.folder_for(linear_model(), linear_fit())
    path.create()
    path.write_state({"chain": np.ones((3, 2)), "seconds": np.array(1.0), "origin": np.array("galens 0.0.0")})
    result = search.fit(linear_model(), linear_fit())
    assert "begins anew: the state in" in capsys.readouterr().err
    assert not np.any(np.all(result.samples.parameters == 1.0, axis=1))


def test_second_fit_of_the_same_waits_and_loads_what_the_first_has_found(output, capsys):
    script = """
    import sys, time
    from galens.config import conf
    from tests.fit.problems import linear_fit, linear_model
    from tests.fit.test_kill_and_resume import Walk

    class Walk(Walk):
        def samples(self, *arguments):
            print("working", flush=True)
            time.sleep(1.0)
            return super().samples(*arguments)

    Walk.__module__ = "tests.fit.test_kill_and_resume"
    conf.instance.output_path = sys.argv[1]
    Walk(name="walk", silence=True).fit(linear_model(), linear_fit())
    """
    root = Path(__file__).resolve().parents[2]
    code = [sys.executable, "-c", textwrap.dedent(script), str(output)]
    with subprocess.Popen(code, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "working\n"
        result = Walk(name="walk").fit(linear_model(), linear_fit())
        assert process.wait() == 0
    said = capsys.readouterr().err
    assert f"waits for process {process.pid}" in said
    assert "is finished; its result is loaded" in said
    assert len(result.samples) == 6
