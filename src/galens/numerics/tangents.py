"""What the rules of derivatives share: which of their tangents are zero whatever the values."""

from __future__ import annotations

from typing import Any

import jax

__all__ = ["is_zero"]


def is_zero(tangent: Any) -> bool:
    """Whether a tangent of a rule with ``symbolic_zeros=True`` is one that JAX knows to be zero: nothing depends on it,
    and what would be multiplied with it need not be computed.
    """
    return isinstance(tangent, jax.custom_derivatives.SymbolicZero)
