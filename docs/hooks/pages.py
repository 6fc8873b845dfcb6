"""Pages made when the site is built: examples with what they print and draw, the reference, files of the root."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
CACHE = ROOT / "build" / "examples"
OF_THE_ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
NO_SCRIPT = {"galaxy_data.py", "operated.py", "by_hand.py"}
"""Modules that examples import."""

ROOMS = ("fit", "array", "galaxy", "plot", "config", "errors")


def on_config(config: Any) -> Any:
    """Adds to the navigation what is made here, and guides that nobody has listed."""
    nav = config.nav
    listed = set(re.findall(r"[\w/]+\.md", json.dumps(nav)))
    guides = [each.name for each in sorted(DOCS.glob("*.md")) if each.name not in listed]
    _below(nav, "Guides").extend(guides)
    _below(nav, "Examples").extend({_title(script): _place(script) + ".md"} for script in scripts())
    _below(nav, "Reference").extend(f"reference/{name}.md" for name in (*ROOMS, "numerics"))
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages."""
    for source, page in OF_THE_ROOT.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    for name in (*ROOMS, "numerics"):
        content = "\n".join([f"# galens.{name}", *reference(name)])
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    with ThreadPoolExecutor(max_workers=2) as pool:
        for script, folder in zip(scripts(), pool.map(run, scripts()), strict=True):
            place = _place(script)
            figures = sorted(folder.rglob("*.png"), key=lambda each: each.stat().st_mtime)
            for figure in figures:
                uri = f"{place}_figures/{figure.relative_to(folder)}"
                files.append(File.generated(config, uri, abs_src_path=str(figure)))
            content = "\n".join(page_of(script, (folder / "output.txt").read_text(encoding="utf-8"), figures, folder))
            files.append(File.generated(config, f"{place}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links to files of the repository lead to their page here; to files without one, there is no link."""
    name = page.file.src_uri
    source = next((ROOT / each for each, made in OF_THE_ROOT.items() if made == name), DOCS / name)

    def link(match: re.Match[str]) -> str:
        text, target, anchor = match.groups()
        path = (source.parent / target).resolve()
        if "://" in target or not target or (path.is_relative_to(DOCS) and source.is_relative_to(DOCS)):
            return match.group()
        made = _page_for(path)
        if made is None:
            return text
        return f"[{text}]({os.path.relpath(made, Path(name).parent)}{anchor or ''})"

    return re.sub(r"(?<!!)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)", link, markdown)


def _page_for(path: Path) -> str | None:
    if path.is_relative_to(DOCS) and path.suffix == ".md":
        return str(path.relative_to(DOCS))
    if path.name in OF_THE_ROOT and path.parent == ROOT:
        return OF_THE_ROOT[path.name]
    if path in scripts():
        return f"{_place(path)}.md"
    if path == EXAMPLES:
        return "examples/start_here.md"
    return "index.md" if path == ROOT / "README.md" else None


def _below(nav: list[Any], title: str) -> list[Any]:
    return next(each[title] for each in nav if isinstance(each, dict) and title in each)


# The reference


def reference(room: str) -> Iterator[str]:
    """Lines of the page of a room: its public names, and those of the modules among them, but not of other rooms'."""
    if room == "numerics":
        for path in sorted((ROOT / "src" / "galens" / "numerics").glob("[a-z]*.py")):
            yield f"\n::: galens.numerics.{path.stem}\n"
        return
    package = f"galens.{room}"
    module = importlib.import_module(package)
    members: list[str] = []
    modules: list[str] = []
    for name in getattr(module, "__all__", []):
        thing = getattr(module, name)
        home = getattr(thing, "__module__", None) or getattr(thing, "__name__", package)
        if home == package or home.startswith(f"{package}."):
            (modules if isinstance(thing, ModuleType) else members).append(name)
    yield f"\n::: {package}\n    options:\n      members: {json.dumps(members)}\n"
    for name in modules:
        yield f"\n::: {getattr(module, name).__name__}\n"


# Examples


def scripts() -> list[Path]:
    """The examples, the first ones first."""
    first = ["start_here.py", "modeling.py", "fit.py", "galaxies.py"]
    found = [path for path in EXAMPLES.rglob("*.py") if path.name not in NO_SCRIPT]
    return sorted(found, key=lambda path: (path.parent != EXAMPLES, path.name not in first, _rank(path, first), path))


def _rank(path: Path, first: list[str]) -> int:
    return first.index(path.name) if path.name in first else 0


def _place(script: Path) -> str:
    return f"examples/{script.relative_to(EXAMPLES).with_suffix('')}"


def _title(script: Path) -> str:
    """The first words of its documentation, up to a colon or semicolon."""
    return re.split(r"[:;\n]", script.read_text(encoding="utf-8").lstrip('"'))[0].rstrip(".")


def run(script: Path) -> Path:
    """Folder with what a script printed (output.txt) and drew; run anew where it or the package has changed."""
    folder = CACHE / script.stem / _digest(script)
    if (folder / "output.txt").is_file():
        return folder
    shutil.rmtree(CACHE / script.stem, ignore_errors=True)
    folder.mkdir(parents=True)
    fast = ["--fast"] if "--fast" in script.read_text(encoding="utf-8") else []
    done = subprocess.run(
        [sys.executable, str(script), *fast],
        cwd=folder,
        env={**os.environ, "MPLBACKEND": "Agg", "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        shutil.rmtree(folder)
        raise PluginError(f"examples/{script.relative_to(EXAMPLES)} failed:\n{done.stderr[-3000:]}")
    (folder / "output.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def _digest(script: Path) -> str:
    content = hashlib.sha256()
    for path in (script, *sorted((ROOT / "src").rglob("*.py")), *sorted((ROOT / "src").rglob("*.yaml"))):
        content.update(path.read_bytes())
    return content.hexdigest()[:16]


def page_of(script: Path, output: str, figures: list[Path], folder: Path) -> Iterator[str]:
    """Lines of the page of one example: its text and code, what it prints, its figures."""
    text = script.read_text(encoding="utf-8")
    documentation, code = re.match(r'"""(.*?)"""\n(.*)', text, re.DOTALL).groups()  # type: ignore[union-attr]
    title, _, rest = documentation.partition("\n")
    yield f"# {title.strip().rstrip('.')}"
    yield rest
    yield from literate(code)
    yield "## What it prints"
    yield "\n```text"
    yield output.replace(f"{folder}/", "").rstrip()
    yield "```\n"
    if figures:
        yield "## What it draws"
    for figure in figures:
        yield f"\n![{figure.stem}]({script.stem}_figures/{figure.relative_to(folder)})\n"


def literate(code: str) -> Iterator[str]:
    """Comments that have a line of their own, at most one level deep, as text; what is between them as code."""
    for is_text, lines in _parts(code.split('if __name__ == "__main__":')[0]):
        block = textwrap.dedent("\n".join(lines)).strip("\n")
        if is_text:
            yield "\n" + re.sub(r"^# ?", "", block, flags=re.MULTILINE) + "\n"
        elif block:
            yield f"\n```python\n{block}\n```\n"


def _parts(code: str) -> Iterator[tuple[bool, list[str]]]:
    kept: list[str] = []
    was_text = False
    for line in code.splitlines():
        is_text = bool(re.match(r"( {4})?# ", line))
        if is_text != was_text:
            yield was_text, kept
            kept = []
        kept.append(line)
        was_text = is_text
    yield was_text, kept
