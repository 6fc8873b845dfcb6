"""Kills every search at random moments, lets it go on, and compares with a run that nobody disturbed.

    python benchmarks/kill_and_resume.py [--searches MultiStartLM Nautilus NUTS] [--kills 20] [--seed 1]

A profile along a line is fitted, whose likelihood costs nothing, so that no part of a process takes most of the time.
Processes are killed (SIGKILL) at moments drawn uniformly over the time that an undisturbed one takes: while they
import, compile, sample and write. After each kill the same command is run again. When all kills are spent the fit is
finished, and its samples are compared with the undisturbed ones: the largest difference, and where there is one the
smallest p value of Kolmogorov-Smirnov tests of all parameters.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SETTINGS = {
    "MultiStartLM": {"n_starts": 16},
    "Nautilus": {"n_live": 150, "n_eff": 300, "n_networks": 1},
    "NUTS": {"n_starts": 8},
}
TRUTH = {"centre": 50.0, "height": 25.0, "width": 10.0}


def fit(search: str, output: Path) -> None:
    """One run of the fit, in this process."""
    import jax.numpy as jnp

    from galens import fit as af
    from galens.config import conf

    class Profile:
        def __init__(self, centre: float, height: float, width: float) -> None:
            self.centre, self.height, self.width = centre, height, width

    class ProfileFit(af.Analysis):
        def __init__(self, x: np.ndarray, data: np.ndarray) -> None:
            super().__init__()
            self.x, self.data = x, data

        def residuals(self, instance: Any) -> Any:
            return self.data - instance.height * jnp.exp(-0.5 * ((self.x - instance.centre) / instance.width) ** 2)

    x = np.arange(100.0)
    true = TRUTH["height"] * np.exp(-0.5 * ((x - TRUTH["centre"]) / TRUTH["width"]) ** 2)
    analysis = ProfileFit(x, true + np.random.default_rng(1).standard_normal(len(x)))
    model = af.Model(
        Profile,
        centre=af.UniformPrior(lower_limit=0.0, upper_limit=100.0),
        height=af.LogUniformPrior(lower_limit=1.0, upper_limit=100.0),
        width=af.UniformPrior(lower_limit=0.0, upper_limit=30.0),
    )
    conf.instance.output_path = output
    getattr(af, search)(name="fit", silence=True, **SETTINGS[search]).fit(model, analysis)


def process(search: str, output: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, "--fit", search, "--output", str(output)])


def folder_in(output: Path) -> Path | None:
    found = [each.parent for each in output.glob("fit/*/model.json")]
    return found[0] if found else None


def samples_in(output: Path) -> np.ndarray:
    """Parameters, log likelihood and weight of every sample."""
    folder = folder_in(output)
    assert folder is not None
    assert (folder / ".completed").exists()
    table = np.genfromtxt(folder / "samples.csv", delimiter=",", names=True)
    return np.column_stack([table[name] for name in (*TRUTH, "log_likelihood", "weight")])


def stage(output: Path) -> str:
    """What a killed process had been doing, as its folder tells."""
    folder = folder_in(output)
    if folder is None:
        return "before its first file"
    if (folder / "posterior.nc").exists():
        return "writing its result"
    return "sampling" if any(folder.glob("state*.npz")) else "before its first state"


def measure(search: str, kills: int, rng: np.random.Generator) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        process(search, Path(scratch) / "warm").wait()  # compiled code is on the disk from here on
        begin = time.monotonic()
        undisturbed = Path(scratch) / "undisturbed"
        assert process(search, undisturbed).wait() == 0
        duration = time.monotonic() - begin
        expected = samples_in(undisturbed)
        stages: dict[str, int] = {}
        finished, differences, p_values = 0, [], []
        number = 0
        output = Path(scratch) / "disturbed0"
        while kills:
            running = process(search, output)
            try:
                running.wait(rng.uniform(0.0, duration))
            except subprocess.TimeoutExpired:
                running.send_signal(signal.SIGKILL)
                running.wait()
                kills -= 1
                where = stage(output)
                stages[where] = stages.get(where, 0) + 1
                if kills:
                    continue
                assert process(search, output).wait() == 0
            assert running.returncode in (0, -signal.SIGKILL)
            found = samples_in(output)
            finished += 1
            differences.append(float(np.abs(found - expected).max()) if found.shape == expected.shape else np.inf)
            if differences[-1] > 0:
                p_values.append(smallest_p_value(found, expected, rng))
            number += 1
            output = Path(scratch) / f"disturbed{number}"
        told = ", ".join(f"{count} {where}" for where, count in sorted(stages.items()))
        print(f"{search}: an undisturbed process takes {duration:.1f} s; killed {sum(stages.values())} times ({told});")
        words = "identical to the undisturbed one" if not p_values else f"KS p value at least {min(p_values):.3g}"
        print(f"    {finished} fits finished all the same; largest difference of samples {max(differences):g}: {words}")


def smallest_p_value(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> float:
    from scipy.stats import ks_2samp

    def drawn(samples: np.ndarray) -> np.ndarray:
        weights = samples[:, -1] / samples[:, -1].sum()
        return samples[rng.choice(len(samples), int(1 / np.sum(weights**2)), p=weights), :-2]

    return min(ks_2samp(a, b).pvalue for a, b in zip(drawn(one).T, drawn(other).T, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fit", choices=SETTINGS, help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit(options.fit, options.output)
        return
    rng = np.random.default_rng(options.seed)
    for search in options.searches:
        measure(search, options.kills, rng)


if __name__ == "__main__":
    main()
