"""Import time, time to the first likelihood of a fresh process, compilation cold and cached, and memory.

python benchmarks/start_up.py [--reference PYTHON]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import problem
from timing import QUIET, measured_by

HERE = Path(__file__).resolve().parent

READ = """
import sys; sys.path.insert(0, {here!r})
import problem
"""

FIRST = """
import time
import galens_case, jax, jax.numpy as jnp
fitness = galens_case.fitness(default=False)
vector = jnp.asarray(problem.vector())
start = time.perf_counter()
value = float(fitness(vector))
print("first likelihood after set-up", round(time.perf_counter() - start, 3), "s")
"""

COMPILE = """
import sys; sys.path.insert(0, {here!r})
import resource, time
import galens_case, problem, jax, jax.numpy as jnp
from timing import report
fitness = galens_case.fitness(default=False)
vector = jnp.asarray(problem.vector())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
jax.block_until_ready(jax.jit(jax.value_and_grad(fitness))(vector))
report("value and gradient", seconds=time.perf_counter() - start)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report("memory", grown_by_MB=(after - before) / 1024)
analysis = jax.jit(jax.value_and_grad(fitness)).lower(vector).compile().memory_analysis()
report("buffers", temporary_MB=analysis.temp_size_in_bytes / 2**20)
"""

REFERENCE = """
sys.path.insert(0, {peers!r})
source = open({peers!r} + "/reference_case_a.py").read().rsplit("main()", 1)[0]
source = source.replace("__file__", repr({peers!r} + "/reference_case_a.py"))
exec(source)
fitness = Fitness(model=model(), analysis=ag.AnalysisImaging(dataset=dataset(False)), fom_is_log_likelihood=True,
                  resample_figure_of_merit=-1e99)
print(float(fitness.objective("scalar")(jnp.asarray(problem.vector()))))
"""


def seconds(python: str, code: str, environment: dict[str, str] | None = None, repeats: int = 5) -> float:
    """Shortest wall time of a fresh process."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        subprocess.run(
            [python, "-c", code], env={**os.environ, **QUIET, **(environment or {})}, check=True, capture_output=True
        )
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--reference", help="interpreter with autolens")
    chosen = arguments.parse_args()
    python, here, peers = sys.executable, str(HERE), str(HERE / "peers")
    jax_alone = seconds(python, "import jax")
    for module in ("galens", "galens.fit", "galens.galaxy", "galens.plot"):
        print(f"import {module:14} adds {seconds(python, f'import jax, {module}') - jax_alone:.2f} s to import jax")
    with tempfile.TemporaryDirectory() as folder:
        cache = {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
        for label in ("cold", "cached"):
            found = measured_by([python, "-c", COMPILE.format(here=here)], cache)
            print(f"{label:6}", found)
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data.npy")
        np.save(data, problem.data())
        nothing = {"JAX_COMPILATION_CACHE_DIR": "", problem.SAVED: data}
        read = READ.format(here=here)
        ours = seconds(python, read + FIRST, nothing, 3)
        print(f"fresh process to first likelihood, no cache: galens {ours:.2f} s")
        if chosen.reference:
            theirs = seconds(chosen.reference, read + REFERENCE.format(peers=peers), nothing, 3)
            print(f"fresh process to first likelihood, no cache: reference {theirs:.2f} s, ratio {theirs / ours:.2f}")


if __name__ == "__main__":
    main()
