"""Reader of the reference numbers and the rules by which a computed array is compared with them.

The numbers are sections of cases; a case says which object to build (``cls`` and ``kwargs``, nested), which inputs
to give it and, per output, the array and its tolerance. The rule is ``|got - ref| <= atol + rtol |ref|``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

INNER_RADIUS = 0.05  # arcsec; closer to the profile centre `rtol_inner` applies


class Oracle:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self._section = cache(lambda section: np.load(folder / self.manifest["sections"][section]["file"]))

    def cases(self, section: str, status: str | None = None) -> Iterator[dict[str, Any]]:
        for case in self.manifest["sections"][section]["cases"]:
            if status in (None, case.get("status")):
                yield {**case, "section": section}

    def input(self, case: dict[str, Any], name: str) -> np.ndarray:
        return self._section(case["section"])[case["inputs"][name]["key"]]

    def reference(self, case: dict[str, Any], name: str) -> tuple[np.ndarray, dict[str, Any]]:
        """The reference array `name` of a case and the rule to compare by."""
        rule = case["arrays"][name]
        return self._section(case["section"])[rule["key"]], rule


def build(spec: Any, namespace: dict[str, Any]) -> Any:
    """The object that a (nested) specification describes; dotted class names start at a key of `namespace`."""
    if isinstance(spec, dict):
        if "cls" not in spec:
            return {key: build(value, namespace) for key, value in spec.items()}
        root, *attributes = spec["cls"].split(".")
        cls = namespace[root]
        for attribute in attributes:
            cls = getattr(cls, attribute)
        kwargs = {key: _tuple(build(value, namespace)) for key, value in spec.get("kwargs", {}).items()}
        return cls(*[build(value, namespace) for value in spec.get("args", [])], **kwargs)
    if isinstance(spec, list):
        return [build(value, namespace) for value in spec]
    if isinstance(spec, str) and spec in ("inf", "-inf", "nan"):
        return float(spec)
    return spec


def _tuple(value: Any) -> Any:
    numbers = isinstance(value, list) and value and all(isinstance(item, (int, float)) for item in value)
    return tuple(value) if numbers else value


def excess(got: Any, reference: np.ndarray, rule: dict[str, Any], points: Any = None, centre: Any = None) -> float:
    """Largest error over its tolerance: the comparison passes where this is at most 1.

    A wrong shape, a NaN that the reference does not have, or a wrong infinity count as infinitely wrong; NaN in
    the reference means "not defined there" and is not compared.
    """
    got, reference = np.asarray(got), np.asarray(reference)
    if got.shape != reference.shape:
        return np.inf
    exact = reference.dtype == bool or (rule.get("rtol") == 0 and not rule.get("atol"))
    if exact:
        return 0.0 if np.array_equal(got.astype(reference.dtype), reference) else np.inf
    rtol = np.full(reference.shape, float(rule.get("rtol", 1e-8)))
    constant_is_free = "additive constant" in str(rule.get("compare", ""))
    defined = ~np.isnan(reference)
    if constant_is_free:
        got = got - np.median((got - reference)[defined])
    finite = np.isfinite(reference)
    infinite = defined & ~finite
    if not np.array_equal(got[infinite], reference[infinite]):
        return np.inf
    error = np.where(finite, np.abs(got - np.where(finite, reference, 0.0)), 0.0)
    scale = np.where(finite, np.abs(reference), 0.0)
    if rule.get("norm") == "vector":
        error, scale, rtol = np.linalg.norm(error, axis=-1), np.linalg.norm(scale, axis=-1), rtol[..., 0]
    if constant_is_free:
        scale = scale + np.median(scale)
    if points is not None and centre is not None and "rtol_inner" in rule and len(error) == len(points):
        near = np.hypot(*(np.asarray(points) - np.asarray(centre)).T) < INNER_RADIUS
        rtol[near] = rule["rtol_inner"]
    ratio = error / (float(rule.get("atol", 1e-10)) + rtol * scale + 1e-300)
    worst = float(np.max(ratio, initial=0.0))
    return np.inf if np.isnan(worst) else worst
