"""How JAX and BLAS are set up for this process: 64-bit floats, compilation cache, threads.

Everything here is idempotent and independent of the order of imports: JAX's 64-bit switch is read at trace time,
so turning it on after ``import jax`` is as good as before. What cannot be mended, code that turns it off again,
is refused by `require_x64` where results would silently lose digits.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import jax

from galens.errors import PrecisionError

__all__ = ["ONE_CORE", "limit_blas_threads", "on_every_core", "require_x64", "set_up"]

ONE_CORE = {"xla_cpu_multi_thread_eigen": False}
"""Option of `jax.jit` for functions that `on_every_core` calls: XLA's own threads would compete with its."""


def set_up() -> None:
    """64-bit floats, calls on a CPU by the thread that makes them, and a persistent compilation cache; the last two
    unless the user chose otherwise by JAX's own variables."""
    jax.config.update("jax_enable_x64", True)
    if "JAX_CPU_ENABLE_ASYNC_DISPATCH" not in os.environ:
        # Else each thread of a pool keeps the memory of one call: 40 MB more for the fit of a small image of a lens.
        jax.config.update("jax_cpu_enable_async_dispatch", False)
    if jax.config.values["jax_compilation_cache_dir"] is None and "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        jax.config.update("jax_compilation_cache_dir", str(Path(root) / "galens" / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def require_x64() -> None:
    """Raises `PrecisionError` where JAX would compute in 32 bits.

    A likelihood of 1e4 pixels loses its gradient's sign in single precision, silently.
    """
    if not jax.config.values["jax_enable_x64"]:
        raise PrecisionError(
            "JAX is in 32-bit mode, but galens needs 64-bit floats. galens switches them on when it is imported; "
            "something switched them off afterwards. Remove jax.config.update('jax_enable_x64', False) or an "
            "enclosing jax.enable_x64(False)."
        )


def limit_blas_threads(threads: int = 1) -> None:
    """Limits BLAS under SciPy's LAPACK to `threads`, for this process.

    JAX calls SciPy's LAPACK on the CPU, whose threads compete with XLA's for the same cores: a 1500 x 1500
    Cholesky factorisation takes 38 ms with one thread and over a second with two on a two-core machine.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=threads, user_api="blas")


def on_every_core(function: Callable[[Any], Any], items: Sequence[Any], compiled: Hashable) -> list[Any]:
    """`function` of each item, on a thread for every core that this process may use.

    For compiled functions on the CPU: XLA lets other Python threads run meanwhile, and two independent calls on two
    cores take half the time of one call that XLA spreads over both.

    Args:
        compiled: what decides which compiled function is called. The first time its first item is done alone, so
            that no two threads compile the same.
    """
    ahead = 0 if hash(compiled) in _compiled else 1
    done = [function(item) for item in items[:ahead]]
    _compiled.add(hash(compiled))
    return done + list(_pool().map(function, items[ahead:]))


_compiled: set[int] = set()


@cache
def _pool() -> ThreadPoolExecutor:
    # Kept: what a compiled function needs stays with the thread that called it.
    return ThreadPoolExecutor(_cores())


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
