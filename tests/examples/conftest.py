"""Examples as modules: imported from their files, with their own folder on the path as when they are run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    def load(name: str) -> ModuleType:
        path = EXAMPLES / name
        monkeypatch.syspath_prepend(str(path.parent))
        spec = importlib.util.spec_from_file_location(f"example_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        return module

    return load


@pytest.fixture
def founding(shared: Path) -> Callable[[str], Path]:
    """Folder of one founding data set; the test is skipped where it is absent."""

    def folder(name: str) -> Path:
        path = shared / "founding" / "imaging" / name
        if not path.is_dir():
            pytest.skip(f"founding data set {name} is not here")
        return path

    return folder
