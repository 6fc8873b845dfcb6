"""The configuration of this process: ``conf.instance``.

Layers, first found wins, key by key:

1. what the script assigns: ``conf.instance["general"]["output"]["path"] = "results"``;
2. folders given to ``conf.instance.push(folder)``, the last first;
3. the workspace: the folder $GALENS_CONFIG, or else ``config`` where Python was started;
4. the user: ``~/.config/galens`` (or under $XDG_CONFIG_HOME);
5. the package.

Files are read at first use, not at import. In a folder, ``general.yaml`` holds settings, ``notation.yaml`` symbols of
parameters and ``priors/`` default priors; anything else is left alone, because a folder called ``config`` may serve
other programs too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from galens.config import settings
from galens.config.documents import SUFFIXES, did_you_mean, read_document
from galens.errors import ConfigError

__all__ = ["Config", "Section", "instance"]

PACKAGE = Path(__file__).parent / "defaults"
ASSIGNED = "assigned in Python"


class Config:
    """Settings and the folders they come from.

    Keys are case-insensitive. Reading or assigning a setting that does not exist raises `ConfigError`.

    Args:
        folders: configuration folders that come before the workspace's, first wins.
    """

    def __init__(self, *folders: str | os.PathLike[str]) -> None:
        self._given = [_existing(each) for each in folders]
        self._assigned: dict[str, Any] = {}
        self._values: dict[str, tuple[Any, str]] | None = None
        self._folders: tuple[Path, ...] | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Folders in which settings and priors are looked up, first wins; the package's own is the last."""
        if self._folders is None:
            self._folders = (*self._given, *_standard_folders())
        return self._folders

    def push(
        self,
        new_path: str | os.PathLike[str],
        output_path: str | os.PathLike[str] | None = None,
        keep_first: bool = False,
    ) -> None:
        """Looks in the folder `new_path` first (`keep_first`: second), and writes results to `output_path`.

        Raises:
            ConfigError: the folder does not exist.
        """
        self._given.insert(min(len(self._given), int(keep_first)), _existing(new_path))
        self._folders = self._values = None
        if output_path is not None:
            self.output_path = output_path

    @property
    def output_path(self) -> Path:
        """Absolute path of the folder of results: the setting ``general.output.path``."""
        return Path(os.path.expanduser(self._value("general.output.path"))).absolute()

    @output_path.setter
    def output_path(self, path: str | os.PathLike[str]) -> None:
        self._assign("general.output.path", os.fspath(path))

    def __getitem__(self, name: str) -> Section:
        if name.lower() not in settings.FILES:
            allowed = sorted(settings.FILES)
            raise ConfigError(f"unknown settings '{name}'.{did_you_mean(name, allowed)} Allowed: {', '.join(allowed)}.")
        return Section(self, name.lower())

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(settings.FILES))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in settings.FILES

    def sources(self) -> dict[str, tuple[Any, str]]:
        """Dotted name -> (value, where it comes from) of every setting, by name."""
        assigned = {name: (value, ASSIGNED) for name, value in self._assigned.items()}
        found = {**self._read(), **assigned}
        return {name: found[name] for name in sorted(settings.SETTINGS)}

    def _read(self) -> dict[str, tuple[Any, str]]:
        """Values of all folders, and the file of each."""
        if self._values is None:
            self._values = {}
            for folder in reversed(self.folders):
                self._values.update(_settings_in(folder))
        return self._values

    def _value(self, name: str) -> Any:
        if name in self._assigned:
            return self._assigned[name]
        if name in self._read():
            return self._read()[name][0]
        settings.checked(name, None, "conf.instance")
        raise ConfigError(f"conf.instance: '{name}' has no effect in galens, and no value: it can only be assigned.")

    def _assign(self, name: str, value: Any) -> None:
        self._assigned.update(settings.flattened(value, name, ASSIGNED))

    def _has(self, name: str) -> bool:
        return any(f"{each}.".startswith(f"{name}.") for each in (*settings.SETTINGS, *self._assigned))


class Section:
    """One level of the settings, for example ``conf.instance["general"]["output"]``."""

    def __init__(self, config: Config, name: str) -> None:
        self._config = config
        self._name = name

    def __getitem__(self, key: str) -> Any:
        name = self._child(key)
        if settings.is_section(name):
            return Section(self._config, name)
        return self._config._value(name)

    def __setitem__(self, key: str, value: Any) -> None:
        self._config._assign(self._child(key), value)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._config._has(self._child(key))

    def __iter__(self) -> Iterator[str]:
        return iter(settings.children(self._name))

    def keys(self) -> list[str]:
        return settings.children(self._name)

    def __repr__(self) -> str:
        return f"Section({self._name}: {', '.join(self.keys())})"

    def _child(self, key: str) -> str:
        return f"{self._name}.{key.lower()}"


def _existing(folder: str | os.PathLike[str]) -> Path:
    path = Path(os.path.expanduser(folder)).absolute()
    if not path.is_dir():
        raise ConfigError(f"the configuration folder {path} does not exist.")
    return path


def _standard_folders() -> tuple[Path, ...]:
    named = os.environ.get("GALENS_CONFIG")
    workspace = _existing(named) if named else Path.cwd() / "config"
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return (*(each for each in (workspace, Path(home) / "galens") if each.is_dir()), PACKAGE)


def _settings_in(folder: Path) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for path in sorted(each for each in folder.iterdir() if each.suffix in SUFFIXES):
        if path.stem.lower() in settings.FILES:
            values = settings.flattened(read_document(path), path.stem.lower(), str(path))
            found.update({name: (value, str(path)) for name, value in values.items()})
    return found


instance = Config()
"""The configuration that galens uses in this process."""
