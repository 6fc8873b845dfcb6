"""Models as JSON documents, and back.

A document holds a table of the priors, in the order of the vector, and the tree, which refers to them by number: so
links, arithmetic, assertions and width modifiers survive. Loading imports nothing but classes of galens, of the
packages that the caller allows, and the classes that the caller passes. Where a document names another class, it is
refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from galens.errors import ModelError
from galens.fit.model.array import Array
from galens.fit.model.collection import Collection
from galens.fit.model.component import Model
from galens.fit.model.node import MissingPrior, Node
from galens.fit.model.parameters import ParameterTable
from galens.fit.model.prior import Prior
from galens.fit.model.priors import PRIORS
from galens.fit.model.signature import signature_of
from galens.fit.model.tuple_prior import TuplePrior
from galens.fit.model.variable import DERIVED, Assertion, Comparison, Derived
from galens.fit.model.width import document_of, width_modifier_from

__all__ = ["canonical_form", "class_named", "document_from", "model_from"]

FORMAT = "galens model 1"


def document_from(model: Node) -> dict[str, Any]:
    """The model as nested dicts and lists that JSON can hold.

    Raises:
        ModelError: a fixed object in the model cannot be written.
    """
    return _Writer(model, is_exact=True).document


def canonical_form(model: Node) -> tuple[str, list[Any]]:
    """Text that is equal for models that do the same, and the classes that the model names.

    Width modifiers are left out: they do not change this fit. Objects of any class can be in the model.
    """
    writer = _Writer(model, is_exact=False)
    return json.dumps(writer.document), writer.classes


def model_from(
    document: Mapping[str, Any],
    packages: Sequence[str] = (),
    classes: Iterable[Callable[..., Any]] = (),
    unknown: str = "error",
) -> Any:
    """The model that a document describes.

    Args:
        document: from `document_from`.
        packages: names of packages, besides galens, from which classes may be imported.
        classes: classes that need no import, for example those of a script.
        unknown: what to do about a class that cannot be had: "error", or "collection" to put a `Collection` with the
            same parameters in its place, from which paths and priors can be read.

    Raises:
        ModelError: the document is not one of a model, or names a class that is not allowed or does not exist.
    """
    if unknown not in ("error", "collection"):
        raise ModelError(f"unknown = {unknown!r} must be 'error' or 'collection'.")
    if document.get("format") != FORMAT:
        raise ModelError(f"not a model: 'format' is {document.get('format')!r}, expected {FORMAT!r}.")
    reader = _Reader(document["priors"], ("galens", *packages), classes, unknown)
    return reader.read(document["model"])


class _Writer:
    def __init__(self, model: Node, is_exact: bool) -> None:
        self.classes: list[Any] = []
        self._is_exact = is_exact
        table = ParameterTable.of(model)
        self._places = {prior: index for index, prior in enumerate(table.priors)}
        tree = self.write(model)
        self.document = {"format": FORMAT, "priors": [self._prior(each) for each in self._places], "model": tree}

    def write(self, value: Any) -> Any:
        match value:
            case None | bool() | str() | int():
                return value
            case float():
                return float(value) if math.isfinite(value) else {"type": "float", "value": repr(float(value))}
            case Prior():
                # A prior that only an assertion uses comes after those of the vector.
                return {"type": "prior", "index": self._places.setdefault(value, len(self._places))}
            case Derived():
                return {
                    "type": "derived",
                    "function": type(value).__name__,
                    "operands": [self.write(each) for each in value.operands],
                }
            case Node():
                return self._node(value)
            case MissingPrior():
                return {"type": "missing", "reason": value.reason}
            case _:
                return self._object(value)

    def _prior(self, prior: Prior) -> dict[str, Any]:
        names = [name for name, cls in PRIORS.items() if type(prior) is cls]
        numbers = {name: _number(getattr(prior, name)) for name in prior.arguments}
        document = {"type": names[0]} if names else {"type": "other", "class": self._class(type(prior))}
        if self._is_exact and prior.width_modifier is not None:
            return {**document, **numbers, "width_modifier": document_of(prior.width_modifier)}
        return {**document, **numbers}

    def _node(self, node: Node) -> dict[str, Any]:
        document: dict[str, Any]
        match node:
            case Model():
                document = {"type": "model", "class": self._class(node.cls)}
            case Collection():
                document = {"type": "collection", "kind": node._kind}
            case TuplePrior():
                document = {"type": "tuple"}
            case Array():
                document = {"type": "array model", "shape": list(node.shape)}
            case _:
                raise ModelError(f"{node!r} cannot be written.")
        document["items"] = {name: self.write(each) for name, each in node._items.items()}
        if node._assertions:
            document["assertions"] = [
                {"name": name, "holds": each if isinstance(each, bool) else self._comparisons(each)}
                for each, name in node._assertions
            ]
        return document

    def _comparisons(self, assertion: Assertion) -> list[dict[str, Any]]:
        return [
            {"lower": self.write(each.lower), "upper": self.write(each.upper), "strict": each.strict}
            for each in assertion.comparisons
        ]

    def _object(self, value: Any) -> Any:
        if isinstance(value, np.generic | np.ndarray | jax.Array):
            array = np.asarray(value)
            if array.ndim == 0 and array.dtype.kind in "biuf":
                return self.write(array.item())
            if self._is_exact:
                return {"type": "array", "dtype": array.dtype.str, "values": array.tolist()}
            digest = hashlib.sha256(array.tobytes()).hexdigest()
            return {"type": "array", "dtype": array.dtype.str, "shape": list(array.shape), "digest": digest}
        if isinstance(value, list | tuple):
            return {"type": type(value).__name__, "values": [self.write(each) for each in value]}
        if isinstance(value, dict) and all(isinstance(each, str) for each in value):
            return {"type": "dict", "values": {name: self.write(each) for name, each in value.items()}}
        if isinstance(value, eqx.Module):
            names = [each.name for each in dataclasses.fields(value) if hasattr(value, each.name)]
            fields = {name: self.write(getattr(value, name)) for name in names}
            return {"type": "module", "class": self._class(type(value)), "fields": fields}
        if isinstance(value, type):
            return {"type": "class", "class": self._class(value)}
        return self._other(value)

    def _other(self, value: Any) -> Any:
        cls: Any = type(value)
        state = getattr(value, "__dict__", {})
        if not self._is_exact:
            if callable(value) and hasattr(value, "__qualname__"):
                return {"type": "function", "class": self._class(value)}
            described: Any = {name: self.write(each) for name, each in state.items()}
            if not state and cls.__repr__ is not object.__repr__:
                described = repr(value)
            return {"type": "object", "class": self._class(cls), "state": described}
        names = list(signature_of(cls).arguments)
        if not all(name in state for name in names):
            raise ModelError(
                f"the object {value!r} in the model cannot be written to a file: use an equinox module, "
                f"or a class that keeps its constructor arguments as attributes."
            )
        return {"type": "object", "class": self._class(cls), "arguments": {n: self.write(state[n]) for n in names}}

    def _class(self, cls: Any) -> str:
        self.classes.append(cls)
        return f"{cls.__module__}:{cls.__qualname__}"


class _Reader:
    def __init__(
        self, priors: list[Any], packages: Sequence[str], classes: Iterable[Callable[..., Any]], unknown: str
    ) -> None:
        self._packages = tuple(packages)
        self._classes = {f"{each.__module__}:{each.__qualname__}": each for each in classes}
        self._unknown = unknown
        self._priors = [self._prior(each) for each in priors]

    def read(self, document: Any) -> Any:
        if not isinstance(document, dict):
            return document
        match document["type"]:
            case "float":
                return float(document["value"])
            case "prior":
                return self._priors[document["index"]]
            case "derived":
                if document["function"] not in DERIVED:
                    raise ModelError(f"unknown function of parameters {document['function']!r}.")
                return DERIVED[document["function"]](*[self.read(each) for each in document["operands"]])
            case "missing":
                return MissingPrior(document["reason"])
            case "model" | "collection" | "tuple" | "array model" if "items" in document:
                return self._node(document)
            case "array":
                return np.array(document["values"], np.dtype(document["dtype"]))
            case "list":
                return [self.read(each) for each in document["values"]]
            case "tuple":
                return tuple(self.read(each) for each in document["values"])
            case "dict":
                return {name: self.read(each) for name, each in document["values"].items()}
            case "class":
                return self._class(document["class"])
            case "module":
                return self._module(document)
            case "object":
                cls = self._class(document["class"])
                # Its constructor is run, which for classes of galens nobody has said may happen.
                if document["class"] not in self._classes and document["class"].startswith("galens."):
                    raise ModelError(
                        f"the model holds an object of {document['class']}. If you trust it, pass classes=[...] "
                        f"with the class itself."
                    )
                return cls(**{name: self.read(each) for name, each in document["arguments"].items()})
        raise ModelError(f"unknown part of a model: {document['type']!r}.")

    def _prior(self, document: dict[str, Any]) -> Prior:
        cls = PRIORS.get(document["type"])
        if document["type"] == "other":
            found = self._class(document["class"])
            cls = found if isinstance(found, type) and issubclass(found, Prior) else None
        if cls is None:
            raise ModelError(f"unknown prior {document['type']!r}. Known: {', '.join(PRIORS)}.")
        prior = cls(*[float(document[name]) for name in cls.arguments])
        if "width_modifier" in document:
            prior.width_modifier = width_modifier_from(document["width_modifier"])
        return prior

    def _node(self, document: dict[str, Any]) -> Node:
        items = {name: self.read(each) for name, each in document["items"].items()}
        node: Node
        match document["type"]:
            case "tuple":
                node = TuplePrior(**items)
            case "collection":
                node = Collection._of({}, kind=document["kind"])
            case "array model":
                node = Array(tuple(document["shape"]))
            case _:
                node = self._model(document["class"], items)
        node._items = items
        for each in document.get("assertions", ()):
            node._assertions.append((self._assertion(each["holds"]), each["name"]))
        return node

    def _model(self, path: str, items: dict[str, Any]) -> Node:
        try:
            cls = self._class(path)
        except ModelError:
            if self._unknown == "error":
                raise
            return Collection()
        model = Model.__new__(Model)
        super(Model, model).__init__()
        model._cls = cls
        for name, each in items.items():
            if name not in model._signature.arguments:
                model._allow(name, each)
        return model

    def _assertion(self, document: Any) -> Assertion | bool:
        if isinstance(document, bool):
            return document
        return Assertion(
            *[Comparison(self.read(each["lower"]), self.read(each["upper"]), each["strict"]) for each in document]
        )

    def _module(self, document: dict[str, Any]) -> Any:
        cls = self._class(document["class"])
        if not (isinstance(cls, type) and issubclass(cls, eqx.Module)):
            raise ModelError(f"{document['class']} is not an equinox module.")
        # Fields are put back as they were; the constructor, which may compute them from others, is not called.
        module = object.__new__(cls)
        for name, each in document["fields"].items():
            object.__setattr__(module, name, self.read(each))
        return module

    def _class(self, path: str) -> Any:
        return class_named(path, self._packages, self._classes)


def class_named(path: str, packages: Sequence[str], classes: Mapping[str, Any]) -> Any:
    """The class that a file names.

    Args:
        path: ``module:name``.
        packages: those from which it may be imported.
        classes: by such paths, those that need no import.

    Raises:
        ModelError: it is not allowed, or there is none.
    """
    if path in classes:
        return classes[path]
    module, _, name = path.partition(":")
    if module.partition(".")[0] not in packages:
        raise ModelError(
            f"the model names the class {path}, whose package is not among those that may be imported: "
            f"{', '.join(packages)}. If you trust it, pass packages=['{module.partition('.')[0]}'], "
            f"or classes=[...] with the class itself."
        )
    try:
        found: Any = importlib.import_module(module)
        for each in name.split("."):
            found = getattr(found, each)
    except (ImportError, AttributeError):
        raise ModelError(f"the model names the class {path}, which does not exist here.") from None
    # A path could reach through a module's imports to what is not its own.
    if not isinstance(found, type) or (found.__module__, found.__qualname__) != (module, name):
        raise ModelError(f"the model names {path}, which is not a class of that module.")
    return found


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else repr(value)
