"""The FITS header that came with an array: kept beside the values, never part of a computation."""

from __future__ import annotations

from typing import Any

import jax

__all__ = ["Header"]


@jax.tree_util.register_pytree_node_class
class Header:
    """The cards of the HDU an array was read from.

    JAX's transformations drop the cards: what comes back from a compiled function has an empty header. Were they
    part of the static structure, two images of one geometry would not share a compilation; were they ignored in
    comparing it, the second image would come back with the first one's coordinates.

    Args:
        cards: an `astropy.io.fits.Header`, or None.
    """

    __slots__ = ("_cards",)

    def __init__(self, cards: Any = None) -> None:
        self._cards = cards

    @classmethod
    def of(cls, header: Any) -> Header:
        """`header` itself, or the Header around astropy's."""
        return header if isinstance(header, Header) else cls(header)

    @property
    def cards(self) -> Any:
        """A copy of the `astropy.io.fits.Header`, or None where there is none."""
        return None if self._cards is None else self._cards.copy()

    def __bool__(self) -> bool:
        return self._cards is not None

    def get(self, key: str, default: Any = None) -> Any:
        """Value of one card."""
        return default if self._cards is None else self._cards.get(key, default)

    def __repr__(self) -> str:
        return "Header()" if self._cards is None else f"Header({len(self._cards)} cards)"

    def tree_flatten(self) -> tuple[tuple[()], None]:
        return (), None

    @classmethod
    def tree_unflatten(cls, _: None, __: tuple[()]) -> Header:
        return cls()
