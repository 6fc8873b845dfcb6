"""Kills every search at random moments, lets it go on, and compares with a run that nobody disturbed.

    python benchmarks/kill_and_resume.py [--searches MultiStartLM Nautilus NUTS] [--kills 20] [--seed 1]

A small image of a galaxy is fitted in a process of its own, which is killed (SIGKILL) at moments drawn uniformly over
the time that an undisturbed process takes: while it imports, compiles, samples and writes. After each kill the same
command is run again. When all kills are spent the fit is finished, and its samples are compared with the undisturbed
ones: the largest difference, and where there is one the smallest p value of Kolmogorov-Smirnov tests of all parameters.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SETTINGS = {
    "MultiStartLM": {"n_starts": 16},
    "Nautilus": {"n_live": 150, "n_eff": 300},
    "NUTS": {"n_starts": 8},
}
SHAPE, SCALE = (41, 41), 0.1


def fit(search: str, output: Path) -> None:
    """One run of the fit, in this process."""
    from galens import fit as af
    from galens import galaxy as ag
    from galens.config import conf

    conf.instance.output_path = output
    light = ag.lp.Sersic(intensity=0.4, effective_radius=0.5, sersic_index=2.0, ell_comps=(0.1, 0.05))
    psf = ag.Convolver.from_gaussian(shape_native=(7, 7), pixel_scales=SCALE, sigma=0.1)
    simulator = ag.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    grid = ag.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=8)
    dataset = simulator.via_galaxies_from(galaxies=[ag.Galaxy(redshift=0.5, bulge=light)], grid=grid)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=1.8))
    galaxy = af.Model(ag.Galaxy, redshift=0.5, bulge=af.Model(ag.lp.Sersic))
    model = af.Collection(galaxies=af.Collection(galaxy=galaxy))
    getattr(af, search)(name="fit", silence=True, **SETTINGS[search]).fit(model, ag.AnalysisImaging(dataset))


def process(search: str, output: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, __file__, "--fit", search, "--output", str(output)])


def folder_in(output: Path) -> Path | None:
    found = [each.parent for each in output.glob("fit/*/model.json")]
    return found[0] if found else None


def samples_in(output: Path) -> np.ndarray:
    from galens.fit import Result

    folder = folder_in(output)
    assert folder is not None
    samples = Result.from_folder(folder).samples
    return np.column_stack([samples.parameters, samples.log_likelihood, samples.weights])


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
