"""Every setting that galens reads: its type, its meaning, what is allowed.

The values themselves are in ``defaults/general.yaml``; a test checks that both name the same settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from galens.config.documents import did_you_mean
from galens.errors import ConfigError

__all__ = ["FILES", "SETTINGS", "WITHOUT_EFFECT", "Setting", "checked", "children", "flattened", "is_section"]


@dataclass(frozen=True)
class Setting:
    """Type and meaning of one setting."""

    kind: type
    description: str


SETTINGS: dict[str, Setting] = {
    "general.output.path": Setting(str, "Folder of results; relative to the folder where Python was started."),
}
"""Dotted name (file, section, key) -> setting."""

FILES = frozenset(name.split(".")[0] for name in SETTINGS)
"""Names, without suffix, of the files that hold settings."""

WITHOUT_EFFECT = (
    "general.model.ignore_prior_limits",
    "general.hpc.*",
    "general.inversion.*",
    "general.numba.*",
    "general.output.force_pickle_overwrite",
    "general.output.force_visualize_overwrite",
    "general.output.info_whitespace_length",
    "general.output.log_file",
    "general.output.log_level",
    "general.output.log_to_file",
    "general.output.model_results_decimal_places",
    "general.output.remove_files",
    "general.output.samples_to_csv",
    "general.output.search_internal",
    "general.output.unconverged_sample_size",
    "general.output.visualize_ep_factor_searches",
    "general.parallel.*",
    "general.profiling.*",
    "general.psf.*",
    "general.structures.*",
    "general.test.*",
    "general.updates.*",
    "general.version.*",
)
"""Keys, and whole sections, that scripts and workspaces written for PyAutoFit and its siblings set.

They are accepted so that such a workspace works unchanged, and nothing reads them: limits are part of the
prior here, and what the others steered does not exist or is an argument.
"""


def children(prefix: str) -> list[str]:
    """Names one level below `prefix` ("" is the top)."""
    start = prefix + "." if prefix else ""
    depth = start.count(".")
    return sorted({name.split(".")[depth] for name in SETTINGS if name.startswith(start)})


def is_section(name: str) -> bool:
    """Whether `name` has settings below it, with or without effect."""
    return any(each.startswith(f"{name}.") for each in (*SETTINGS, *WITHOUT_EFFECT))


def checked(name: str, value: Any, source: str) -> Any:
    """`value` of setting `name` (lower case, dotted), converted to its type.

    Raises:
        ConfigError: there is no such setting, or the value does not fit it; names `source`.
    """
    if name not in SETTINGS:
        if any(fnmatchcase(name, each) for each in WITHOUT_EFFECT):
            return value
        *above, last = name.split(".")
        while above and not children(".".join(above)):
            last = above.pop()
        allowed = children(".".join(above))
        raise ConfigError(
            f"{source}: unknown setting '{name}'.{did_you_mean(last, allowed)} "
            f"Allowed{' in ' + repr('.'.join(above)) if above else ''}: {', '.join(allowed)}."
        )
    setting = SETTINGS[name]
    if setting.kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, setting.kind) or (isinstance(value, bool) and setting.kind is not bool):
        raise ConfigError(
            f"{source}: '{name}' is {value!r}, but must be of type {setting.kind.__name__}. {setting.description}"
        )
    return value


def flattened(document: Any, prefix: str, source: str) -> dict[str, Any]:
    """The checked settings of one document, as {dotted name: value}; `prefix` is the name of the file.

    Raises:
        ConfigError: as `checked`; also a section that is not a mapping.
    """
    if document is None and is_section(prefix):
        return {}
    if isinstance(document, dict) and prefix not in SETTINGS:
        found: dict[str, Any] = {}
        for key, value in document.items():
            found.update(flattened(value, f"{prefix}.{str(key).lower()}", source))
        return found
    if children(prefix):
        raise ConfigError(
            f"{source}: '{prefix}' is {document!r}, but must be a section with the keys {', '.join(children(prefix))}."
        )
    return {prefix: checked(prefix, document, source)}
