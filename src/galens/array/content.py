"""Metadata that decides array shapes: immutable, static under JAX, compared by content."""

from __future__ import annotations

import abc
import hashlib
from functools import cached_property
from typing import Any, NoReturn

import jax

__all__ = ["StaticContent"]


class StaticContent(abc.ABC):
    """Metadata of arrays that is never traced.

    Under JAX's transformations it is part of a function's structure, not of its data. It compares and hashes by its
    content, so that a compiled function is reused for equal content that was built anew.

    A subclass fills its attributes through `_set`, once, in its constructor.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        jax.tree_util.register_static(cls)

    @abc.abstractmethod
    def _content(self) -> bytes:
        """All that distinguishes this from others of its class."""

    def _set(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the content, the same in every process."""
        return hashlib.sha256(self._content()).digest()

    @cached_property
    def _hash(self) -> int:
        return hash(self.digest)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self.digest == other.digest

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot set {name!r}.")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is immutable: cannot delete {name!r}.")
