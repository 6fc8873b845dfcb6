"""What the documentation site makes of docstrings, examples and links; `make docs` builds all of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


def hook(name: str) -> ModuleType:
    for needed in ("mkdocs", "griffe", "latex2mathml"):
        pytest.importorskip(needed)
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / "hooks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_formulas_of_docstrings_become_those_of_the_site():
    text = "A radius :math:`r^2`.\n\n    .. math:: a = b,\n              c = d\n\n    As follows::\n\n        code\n"
    expected = "A radius $r^2$.\n\n\n    $$\n    a = b,\n    c = d\n    $$\n\n\n    As follows:\n\n        code\n"
    shown = hook("docstrings").translated(text)
    assert [line.strip() for line in shown.split("\n") if line.strip()] == [
        line.strip() for line in expected.split("\n") if line.strip()
    ]


def test_formulas_are_drawn_without_a_script():
    page = hook("mathematics").on_page_content(
        r'<span class="arithmatex">\(a &lt; b\)</span><div class="arithmatex">\[x^2\]</div>'
    )
    assert page.count("<math") == 2
    assert 'display="block"' in page
    assert "arithmatex" not in page


def test_comments_of_an_example_are_text_between_its_code():
    code = "import jax\n\n\ndef main():\n    # First\n    # this.\n    x = 1\n    if x:\n        # why\n        y = 2\n"
    lines = [each for each in hook("pages").literate(code + '\n\nif __name__ == "__main__":\n    main()\n')]
    assert [each.strip().split("\n")[0] for each in lines] == ["```python", "First", "```python"]
    assert "# why" in lines[2]
    assert "__main__" not in "".join(lines)


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("index.md", "[a](quick_start.md)", "[a](quick_start.md)"),
        ("index.md", "[a](../CONTRIBUTING.md#a-search)", "[a](contributing.md#a-search)"),
        ("index.md", "[a](../examples/fit.py)", "[a](examples/fit.md)"),
        ("index.md", "[a](https://docs.jax.dev)", "[a](https://docs.jax.dev)"),
        ("contributor_guide.md", "[a](../src/galens/errors.py)", "a"),
        ("contributing.md", "[a](docs/architecture.md)", "[a](architecture.md)"),
        ("contributing.md", "[a](CHANGELOG.md)", "[a](changelog.md)"),
    ],
)
def test_links_lead_to_the_pages_of_the_site(page, link, expected):
    file = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert hook("pages").on_page_markdown(link, page=file) == expected


def test_every_example_and_every_guide_is_in_the_navigation():
    pages = hook("pages")
    config = SimpleNamespace(nav=[{"Guides": ["command_line.md"]}, {"Examples": []}, {"Reference": []}])
    pages.on_config(config)
    shown = str(config.nav)
    assert all(script.stem in shown for script in pages.scripts())
    assert all(guide.name in shown for guide in (ROOT / "docs").glob("*.md"))


def test_reference_of_a_room_has_its_own_names_and_not_those_of_others():
    text = "\n".join(hook("pages").reference("galaxy"))
    assert '"Galaxy"' in text
    assert "::: galens.galaxy.profiles.light.standard" in text
    assert '"Array2D"' not in text
