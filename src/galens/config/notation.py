"""Symbols of parameters in figures and tables: ``notation.yaml`` of every configuration layer.

The file has the form that users of PyAutoFit have: ``label: {label: {sersic_index: n, ...}}``. Other keys are left
alone.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from galens.config import conf
from galens.config.documents import read_document
from galens.errors import ConfigError

__all__ = ["label_of"]


def label_of(parameter: str) -> str:
    r"""LaTeX symbol of a parameter, such as ``\theta_{\rm Ein}`` for ``einstein_radius``.

    A parameter that no layer names gets the first letter of its name.

    Raises:
        ConfigError: a file's ``label: label`` is not a mapping of names to symbols.
    """
    for folder in conf.instance.folders:
        labels = _labels(folder / "notation.yaml")
        if parameter in labels:
            return labels[parameter]
    return parameter[:1]


@functools.cache
def _labels(path: Path) -> Mapping[str, str]:
    document = read_document(path) if path.is_file() else None
    section = (document or {}).get("label", {}) if isinstance(document or {}, Mapping) else None
    labels = section.get("label", {}) if isinstance(section, Mapping) else None
    if not isinstance(labels, Mapping) or not all(isinstance(each, str) for each in labels.values()):
        raise ConfigError(f"{path}: 'label: label' must be a mapping of parameter names to LaTeX symbols.")
    return labels
