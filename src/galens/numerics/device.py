"""Arrays on the device without a compilation."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

__all__ = ["on_device"]


def on_device(values: Any) -> Any:
    """NumPy values copied to an array of JAX; arrays of JAX and tracers as they are.

    `jnp.asarray` compiles a program for every shape that it meets for the first time: 10 ms and a megabyte for each,
    of which the set-up of a dataset has a dozen.
    """
    # Copied here: `device_put` may copy later, when the caller's array has changed.
    return values if isinstance(values, jax.Array) else jax.device_put(np.array(values))
