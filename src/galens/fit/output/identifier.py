"""Names of result folders: a hash of everything that decides a result.

Two fits share a folder if and only if they would give the same result: same model (classes, priors, links,
assertions), same settings of the search, same data. Content is hashed, never memory addresses, so that the name is
the same in every process.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping, Set
from enum import Enum
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import jax
import numpy as np

from galens.errors import FitError

__all__ = ["content_hash", "identifier_from"]

LENGTH = 32  # hexadecimal digits of a folder's name


def identifier_from(model_hash: str, search: Any, analysis: Any) -> str:
    """Name of the folder of a fit.

    Args:
        model_hash: `model.program.content_hash`.
        search: what the search says of its settings (any nested plain data).
        analysis: the analysis with its data; all its attributes count, see `content_hash`.
    """
    return content_hash([model_hash, search, analysis])[:LENGTH]


def content_hash(thing: Any) -> str:
    """SHA-256 of the content of `thing`, as hexadecimal digits.

    Arrays count by type, shape and numbers (not by byte order or device), objects by their class and public
    attributes. An object that has a `digest` or a `content_hash` (bytes or str) is known by that: use it where
    attributes are derived or large. Fields of dataclasses whose metadata say ``"decides": False`` do not count.
    Functions count by their name and code.

    Raises:
        FitError: something that has no content of its own, like an open file.
    """
    hasher = hashlib.sha256()
    _feed(hasher, thing, path="", parents=())
    return hasher.hexdigest()


def _feed(hasher: Any, thing: Any, path: str, parents: tuple[int, ...]) -> None:
    """Adds `thing` to the hash: a tag of its kind and length first, so that no two contents read the same."""

    def tag(*words: object) -> None:
        hasher.update(("|".join(map(str, words)) + "\n").encode())

    def descend(name: object, child: Any) -> None:
        tag("in", name)
        _feed(hasher, child, f"{path}.{name}", (*parents, id(thing)))

    if id(thing) in parents:
        tag("cycle", len(parents) - parents.index(id(thing)))
    elif thing is None or (isinstance(thing, (bool, int, str)) and not isinstance(thing, Enum)):
        text = str(thing)
        tag(type(thing).__name__, len(text), text)
    elif isinstance(thing, (float, complex)):
        # 2.0 and np.float64(2.0) are one number; repr is exact
        tag("number", repr(complex(thing)))
    elif isinstance(thing, bytes):
        tag("bytes", len(thing))
        hasher.update(thing)
    elif isinstance(thing, Enum):
        tag("enum", _name(type(thing)), thing.name)
    elif isinstance(thing, PurePath):
        tag("path", thing.as_posix())
    elif isinstance(thing, jax.Array) and jax.dtypes.issubdtype(thing.dtype, jax.dtypes.prng_key):
        tag("key", jax.random.key_impl(thing))
        descend("data", np.asarray(jax.random.key_data(thing)))
    elif isinstance(thing, (np.ndarray, np.generic, jax.Array)):
        _feed_array(hasher, np.asarray(thing), path, descend, tag)
    elif isinstance(thing, Mapping):
        tag("mapping", len(thing))
        for key in sorted(thing, key=lambda key: (type(key).__name__, repr(key))):
            descend(repr(key), thing[key])
    elif isinstance(thing, (list, tuple)):
        tag("sequence", type(thing).__name__, len(thing))
        for index, item in enumerate(thing):
            descend(index, item)
    elif isinstance(thing, Set):
        tag("set", *sorted(content_hash(item) for item in thing))
    elif isinstance(thing, (type, ModuleType, np.dtype)):
        tag("class", _name(thing))
    elif isinstance(thing, functools.partial):
        tag("partial")
        descend("function", thing.func)
        descend("arguments", [thing.args, thing.keywords])
    elif isinstance(thing, MethodType):
        tag("method", thing.__func__.__qualname__)
        descend("owner", thing.__self__)
    elif isinstance(thing, FunctionType):
        tag("function", _name(thing), thing.__code__.co_code.hex())
        descend("constants", [item for item in thing.__code__.co_consts if not hasattr(item, "co_code")])
    elif isinstance(thing, BuiltinFunctionType):
        tag("function", _name(thing))
    else:
        _feed_object(thing, path, descend, tag)


def _feed_array(hasher: Any, array: np.ndarray, path: str, descend: Any, tag: Any) -> None:
    if array.dtype.kind == "O":
        tag("objects", array.shape)
        for index, item in enumerate(array.ravel().tolist()):
            descend(index, item)
        return
    tag("array", array.dtype.kind, array.dtype.itemsize, array.shape)
    hasher.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())


def _feed_object(thing: Any, path: str, descend: Any, tag: Any) -> None:
    tag("object", _name(type(thing)))
    digest = getattr(thing, "digest", None) or getattr(thing, "content_hash", None)
    if isinstance(digest, (bytes, str)):
        descend("digest", digest)
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            if field.metadata.get("decides", True):
                descend(field.name, getattr(thing, field.name, None))
    elif hasattr(thing, "__dict__"):
        cls = type(thing)
        for name, value in sorted(vars(thing).items()):
            # what is remembered of a computation is no content, and may or may not be there
            cached = isinstance(getattr(cls, name, None), functools.cached_property)
            if not name.startswith("_") and not cached:
                descend(name, value)
    else:
        raise FitError(
            f"analysis{path} is a {_name(type(thing))}, whose content cannot be hashed to name the result folder. "
            "Give it a `digest` (bytes or str), or keep it in an attribute whose name begins with an underscore "
            "if it does not affect the likelihood."
        )


def _name(thing: Any) -> str:
    module = getattr(thing, "__module__", None) or ""
    return f"{module}.{getattr(thing, '__qualname__', getattr(thing, '__name__', str(thing)))}"
