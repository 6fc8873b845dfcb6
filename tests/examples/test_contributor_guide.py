import functools
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "contributor_guide.md"
LINKS = re.findall(r"\[`(galens\.[\w.]+)`\]\(([^)]+)\)", PAGE.read_text())


def resolved(name: str) -> Any:
    """The object of a dotted name; of properties the function behind them."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            thing = import_module(".".join(parts[:end]))
            break
        except ModuleNotFoundError:
            continue
    for part in parts[end:]:
        thing = inspect.getattr_static(thing, part)
    if isinstance(thing, classmethod | staticmethod):
        thing = thing.__func__
    if isinstance(thing, property):
        thing = thing.fget
    if isinstance(thing, functools.cached_property):
        thing = thing.func
    return inspect.unwrap(thing)


def test_the_page_has_links_for_every_step():
    headings = re.findall(r"^## (.*)$", PAGE.read_text(), re.MULTILINE)
    assert [heading[0] for heading in headings[:-1]] == ["1", "2", "3", "4", "5", "6", "8"]
    assert len(LINKS) > 20


@pytest.mark.parametrize(("name", "target"), LINKS, ids=[name for name, _ in LINKS])
def test_name_is_defined_in_the_file_that_its_link_leads_to(name, target):
    source = inspect.getsourcefile(resolved(name))
    assert source is not None
    assert Path(source).resolve() == (PAGE.parent / target).resolve()
