"""``galens config``: the settings in force and the default priors of a class, and which file each comes from."""

from __future__ import annotations

import json
from typing import Any

from galens.config import conf
from galens.config.settings import SETTINGS

__all__ = ["show_priors", "show_settings"]


def show_settings(as_json: bool = False) -> None:
    """Prints every setting, its value, where it comes from and what it means, and the folders that were looked in."""
    settings = {
        name: {"value": value, "source": source, "description": SETTINGS[name].description}
        for name, (value, source) in conf.instance.sources().items()
    }
    folders = [str(each) for each in conf.instance.folders]
    if as_json:
        print(json.dumps({"settings": settings, "folders": folders}, indent=2))
        return
    for name, each in settings.items():
        print(f"{name} = {each['value']}")
        print(f"    {each['description']}")
        print(f"    from {each['source']}")
    print()
    print("Looked for in these folders, the first wins; default priors are in their folder 'priors':")
    for folder in folders:
        print(f"  {folder}")


def show_priors(name: str, as_json: bool = False) -> None:
    """Prints the default prior of every parameter of a profile, and where it comes from.

    Args:
        name: of the profile as in a fit's YAML file, such as ``lp.Sersic``.

    Raises:
        ConfigError: no such profile.
    """
    from galens.cli.model import profile_named
    from galens.config.priors import prior_entry
    from galens.fit import Model

    cls = profile_named(name)
    priors: dict[str, Any] = {}
    for parameter in (path[-1] for path in Model(cls).paths):
        entry = prior_entry(cls, str(parameter))
        if entry is not None:
            priors[str(parameter)] = {"type": entry.type, **entry.arguments, "source": entry.source}
    if as_json:
        print(json.dumps({"class": name, "priors": priors}, indent=2))
        return
    width = max(map(len, priors), default=0)
    for parameter, entry in priors.items():
        numbers = ", ".join(f"{key}: {value:g}" for key, value in entry.items() if key not in ("type", "source"))
        print(f"{parameter:<{width}}  {{type: {entry['type']}, {numbers}}}")
    for source in dict.fromkeys(entry["source"].split(": ")[0] for entry in priors.values()):
        print(f"from {source}")
