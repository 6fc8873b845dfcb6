"""What the constructor of a class takes, and what each argument is in a model: a prior, a tuple, a component, or fixed.

The order of decisions for an argument that the user does not give:

1. static fields of an `equinox.Module`, and defaults that are text, a bool, None or an object: the constructor's
   default is used;
2. a tuple of numbers, or the annotation ``tuple[...]`` without default: one parameter per member, ``centre_0``, ...;
3. a class as annotation without default, other than a number, text or array: a nested `Model` of it;
4. otherwise a parameter. Its prior is the configured one (`galens.config.priors`). Where none is configured, an
   argument annotated ``int`` keeps its default and anything else waits for a prior (`MissingPrior`).
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from galens.errors import ModelError
from galens.fit.model.node import MissingPrior
from galens.fit.model.prior import Prior
from galens.fit.model.priors import PRIORS
from galens.fit.model.variable import is_number
from galens.fit.model.width import width_modifier_from

__all__ = ["OMITTED", "Argument", "Signature", "configured_prior", "initial_value", "signature_of"]

OMITTED = object()
"""Stands for an argument that is left to the constructor's default."""

_NOT_COMPONENTS = (int, float, complex, bool, str, bytes, list, dict, set, tuple, np.ndarray, np.generic, jax.Array)


@dataclass(frozen=True)
class Argument:
    """One argument of a constructor; `default` is `inspect.Parameter.empty` if there is none."""

    name: str
    default: Any
    annotation: Any
    is_static: bool


@dataclass(frozen=True)
class Signature:
    """Arguments by name, and whether further ones are accepted (``**components``)."""

    arguments: dict[str, Argument]
    is_open: bool


@functools.lru_cache(maxsize=1024)
def signature_of(cls: Callable[..., Any]) -> Signature:
    """The arguments that a class or function takes.

    Raises:
        ModelError: it has arguments that can only be given by position.
    """
    if isinstance(cls, type):
        constructor: Any = cls.__init__  # type: ignore[misc]  # only its arguments are looked at
        if constructor is object.__init__:
            return Signature({}, is_open=False)
        parameters = list(inspect.signature(constructor).parameters.values())[1:]
        static = {
            each.name
            for each in (dataclasses.fields(cls) if dataclasses.is_dataclass(cls) else ())
            if each.metadata.get("static", False)
        }
        hints = _hints(constructor) or _hints(cls)
    else:
        parameters = list(inspect.signature(cls).parameters.values())
        static = set()
        hints = _hints(cls)
    arguments = {}
    is_open = False
    for each in parameters:
        if each.kind is each.VAR_KEYWORD:
            is_open = True
        elif each.kind is each.POSITIONAL_ONLY:
            raise ModelError(
                f"{cls.__qualname__}: the argument '{each.name}' can only be given by position, but a model builds "
                "its objects by keywords. Remove the '/' from the signature."
            )
        elif each.kind is not each.VAR_POSITIONAL:
            annotation = hints.get(each.name, each.annotation)
            arguments[each.name] = Argument(each.name, each.default, annotation, each.name in static)
    return Signature(arguments, is_open)


def initial_value(cls: Callable[..., Any], argument: Argument) -> Any:
    """What an argument that the user does not give is: a prior, number, tuple of those, class, or `OMITTED`."""
    default, name = argument.default, argument.name
    has_default = default is not inspect.Parameter.empty
    if has_default and (argument.is_static or not (is_number(default) or _is_tuple_of_numbers(default))):
        return OMITTED
    size = len(default) if isinstance(default, tuple) else 0 if has_default else _tuple_length(argument.annotation)
    if size:
        return tuple(_parameter(cls, f"{name}_{index}") for index in range(size))
    if not has_default and _is_component(argument.annotation):
        return argument.annotation
    value = _parameter(cls, name)
    if isinstance(value, MissingPrior) and has_default and argument.annotation is int:
        return default
    return value


def configured_prior(cls: Callable[..., Any], name: str) -> Prior | float | None:
    """The prior, or fixed value, that configuration files give a parameter; None where they are silent."""
    from galens.config.priors import prior_entry

    entry = prior_entry(cls, name) if isinstance(cls, type) else None
    if entry is None:
        return None
    if entry.type == "Constant":
        return entry.arguments["value"]
    prior_class: Callable[..., Prior] = PRIORS[entry.type]
    prior = prior_class(**entry.arguments)
    if entry.width_modifier is not None:
        prior.width_modifier = width_modifier_from(entry.width_modifier)
    return prior


def _parameter(cls: Callable[..., Any], name: str) -> Prior | float | MissingPrior:
    value = configured_prior(cls, name)
    if value is None:
        return MissingPrior(f"set a prior or a number, or add {cls.__name__}: {name} to the configuration's priors")
    return value


def _is_tuple_of_numbers(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) > 0 and all(is_number(each) for each in value)


def _tuple_length(annotation: Any) -> int:
    members = typing.get_args(annotation) if typing.get_origin(annotation) is tuple else ()
    return 0 if Ellipsis in members else len(members)


def _is_component(annotation: Any) -> bool:
    return (
        isinstance(annotation, type)
        and annotation is not inspect.Parameter.empty
        and not issubclass(annotation, _NOT_COMPONENTS)
        and annotation.__module__ not in ("builtins", "typing", "jaxtyping")
        and annotation.__init__ is not object.__init__
    )


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # annotations may name what exists for type checkers only
        return dict(getattr(function, "__annotations__", {}))
