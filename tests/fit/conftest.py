"""Default priors for the classes of these tests."""

from __future__ import annotations

import pytest

from galens.config import conf
from tests.fit.model_classes import PRIORS


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """The classes of `model_classes` have default priors."""
    (tmp_path / "priors").mkdir()
    (tmp_path / "priors" / "model_classes.yaml").write_text(PRIORS)
    monkeypatch.setattr(conf, "instance", conf.Config(tmp_path))
