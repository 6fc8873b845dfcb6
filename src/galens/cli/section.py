"""`Section`: reading a YAML mapping key by key, so that every key is either used or an error."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from galens.config.documents import did_you_mean
from galens.errors import ConfigError, GalensError

__all__ = ["Section", "is_number"]

NOTHING = object()


class Section:
    """One mapping of a YAML file. Values are taken out with the checks they need; `finish` refuses the rest.

    Args:
        content: the mapping; None counts as an empty one.
        file: the file it is in, for messages.
        place: dotted keys that lead to it.

    Raises:
        ConfigError: `content` is no mapping. All errors begin with the file and the place.
    """

    def __init__(self, content: Any, file: Path, place: str = "") -> None:
        self.file = file
        self.place = place
        if content is None:
            content = {}
        if not isinstance(content, Mapping):
            raise self.error(f"is {content!r}, but must be a mapping with keys")
        self._content: dict[str, Any] = {str(key): value for key, value in content.items()}
        self._known: list[str] = []

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = NOTHING) -> Any:
        """The value of `key`, which must be of a type; without a default the key must be there."""
        self._known.append(key)
        value = self._content.get(key, NOTHING)
        if value is NOTHING:
            if default is NOTHING:
                close = difflib.get_close_matches(key, self._content, n=1, cutoff=0.6)
                hint = f" (is '{close[0]}' meant to be it?)" if close else ""
                raise self.error(f"the key '{key}' is missing{hint}")
            return default
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            names = " or ".join(_WORDS.get(each, each.__name__) for each in kinds)
            raise self.error(f"is {value!r}, but must be {names}", key)
        return value

    def choice(self, key: str, allowed: list[str], default: Any = NOTHING) -> str:
        """The value of `key`, one of some names."""
        value = self.take(key, str, default)
        if value not in allowed:
            raise self.error(f"is '{value}'.{did_you_mean(value, allowed)} Allowed: {', '.join(allowed)}", key)
        return value

    def path(self, key: str, default: Any = NOTHING) -> Path | None:
        """The value of `key`, an existing file; relative to the folder of the YAML file."""
        value = self.take(key, str, default)
        if value is None:
            return None
        path = (self.file.parent / Path(value).expanduser()).absolute()
        if not path.is_file():
            beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
            close = difflib.get_close_matches(path.name, beside, n=1)
            hint = (
                f". Is '{close[0]}' meant? It is in that folder" if close else ". Paths are relative to this YAML file"
            )
            raise self.error(f"the file {path} does not exist{hint}", key)
        return path

    def section(self, key: str, required: bool = False) -> Section:
        """The mapping under `key`."""
        return Section(self.take(key, dict) if required else self.take(key, dict, None), self.file, self.below(key))

    def rest(self, allowed: list[str] | None = None) -> Iterator[tuple[str, Any]]:
        """(key, value) of what was not taken yet, taking it; with `allowed`, anything else is an error."""
        if allowed is not None:
            self._known.extend(allowed)
            self.finish()
        for key, value in self._content.items():
            if allowed is not None and key in allowed:
                yield key, value
            elif allowed is None and key not in self._known:
                self._known.append(key)
                yield key, value

    def finish(self) -> None:
        """Raises `ConfigError` if a key was not taken."""
        for key in self._content:
            if key not in self._known:
                raise self.error(
                    f"unknown key '{key}'.{did_you_mean(key, self._known)} Allowed: {', '.join(self._known)}"
                )

    def below(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def error(self, message: str, key: str | None = None) -> ConfigError:
        place = self.place if key is None else self.below(key)
        return ConfigError(f"{self.file}: {place + ': ' if place else ''}{message}.")

    @contextmanager
    def naming(self, key: str | None = None) -> Iterator[None]:
        """Errors of other rooms get the file and place where their input came from."""
        try:
            yield
        except ConfigError:
            raise
        except (GalensError, TypeError, ValueError) as error:
            raise self.error(str(error).rstrip("."), key) from error


_WORDS = {
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a mapping with keys",
    type(None): "nothing",
}


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
