"""Fixtures of all tests: reference numbers and real data, which lie beside the checkout and may be absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from tests.oracle import Oracle

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--draws", type=int, default=500, help="draws of the default priors a profile, 500 if not given")


@pytest.fixture(scope="session")
def draws(request: pytest.FixtureRequest) -> int:
    """How many draws of its default priors a profile is evaluated for."""
    return request.config.getoption("--draws")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of reference numbers and data; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("reference data ('shared' beside the checkout) are not here")
    return SHARED


@pytest.fixture(scope="session")
def oracle(shared: Path) -> Oracle:
    """Reader of the reference numbers."""
    folder = shared / "oracle"
    if not folder.is_dir():
        pytest.skip("reference numbers ('shared/oracle' beside the checkout) are not here")
    return Oracle(folder)


@pytest.fixture(autouse=True, scope="session")
def _compilation_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor fill the user's compilation cache."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path_factory.mktemp("jax_cache")))


@pytest.fixture(autouse=True, scope="module")
def _compiled_programs_end_with_their_module() -> Iterator[None]:
    """Compiled programs are dropped after each file: they hold memory maps, of which a process may have 65 530."""
    yield
    jax.clear_caches()
