"""What the documentation shows works, and what it links to exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from galens.cli.demo import simulate

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def names(pages: list[Path]) -> list[str]:
    return [str(each.relative_to(ROOT)) for each in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_python_on_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    if not blocks:
        pytest.skip("no Python on this page")
    if "data.fits" in page.read_text():
        simulate(tmp_path, seed=1)
    namespace: dict[str, object] = {"__name__": "page"}
    for number, block in enumerate(blocks, 1):
        block = block.replace("radius=3.0", "radius=1.0")  # a ninth of the pixels shows as well that the code runs
        exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_to_files_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_room_is_on_the_architecture_page_and_in_its_picture():
    rooms = {each.parent.name for each in (ROOT / "src" / "galens").glob("*/__init__.py")}
    page = (ROOT / "docs" / "architecture.md").read_text()
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    for room in rooms:
        assert f"`{room}`" in page
        assert f">{room}</text>" in picture
