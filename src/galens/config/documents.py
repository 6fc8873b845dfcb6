"""Reading YAML and JSON documents, with errors that name the file, the line and what was expected."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from galens.errors import ConfigError

__all__ = ["SUFFIXES", "did_you_mean", "read_document"]

SUFFIXES = (".yaml", ".yml", ".json")


def read_document(path: Path) -> Any:
    """Content of one YAML or JSON file; an empty file is an empty mapping.

    Beyond plain YAML 1.1, ``1e-6`` and ``-inf`` are read as numbers, not as text, and a key given twice in
    one mapping is an error.

    Raises:
        ConfigError: the file is missing, is no text, or is not valid YAML (with line and column).
    """
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not a text file: YAML in UTF-8 is expected.") from error
    try:
        document = yaml.load(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise ConfigError(f"{path}{where}: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}.") from error
    return {} if document is None else document


def did_you_mean(name: object, allowed: Iterable[str]) -> str:
    """``" Did you mean 'x'?"`` where an allowed name is close to `name`, else an empty text."""
    by_lower = {each.lower(): each for each in allowed}
    close = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return f" Did you mean '{by_lower[close[0]]}'?" if close else ""


@functools.cache
def _loader() -> type:
    import re

    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):
        def flatten_mapping(self, node: Any) -> None:
            # Merging ("<<") writes the merged keys into the node: only the first visit sees the file's own.
            if not hasattr(node, "written_keys"):
                node.written_keys = set()
                for key in (each for each, _ in node.value if isinstance(each, yaml.ScalarNode)):
                    if key.value in node.written_keys:
                        message = f"the key '{key.value}' is given twice"
                        raise yaml.constructor.ConstructorError(None, None, message, key.start_mark)
                    node.written_keys.add(key.value)
            super().flatten_mapping(node)

    number = "tag:yaml.org,2002:float"
    scientific = re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)[eE][-+]?\d+$")
    Loader.add_implicit_resolver(number, scientific, list("-+.0123456789"))
    infinite = re.compile(r"^[-+]?inf$")
    Loader.add_implicit_resolver(number, infinite, list("-+i"))
    Loader.add_constructor(
        number,
        lambda loader, node: float(node.value) if infinite.match(node.value) else loader.construct_yaml_float(node),
    )
    return Loader
