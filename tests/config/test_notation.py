"""Symbols of parameters: the package's, a workspace's, and none."""

import pytest

from galens.config import conf
from galens.config.notation import label_of
from galens.errors import ConfigError


def test_symbols_come_from_the_first_layer_that_names_a_parameter(tmp_path, monkeypatch):
    (tmp_path / "notation.yaml").write_text("label:\n  label:\n    sersic_index: n_s\nlabel_format: {}\n")
    monkeypatch.setattr(conf, "instance", conf.Config(tmp_path))
    assert label_of("sersic_index") == "n_s"
    assert label_of("einstein_radius") == r"\theta_{\rm Ein}"
    assert label_of("unheard_of") == "u"


@pytest.mark.parametrize("text", ["label:\n  label: n\n", "label:\n  label:\n    sigma: 3\n", "- label\n"])
def test_a_malformed_file_is_named(text, tmp_path, monkeypatch):
    (tmp_path / "notation.yaml").write_text(text)
    monkeypatch.setattr(conf, "instance", conf.Config(tmp_path))
    with pytest.raises(ConfigError, match=r"notation.yaml: 'label: label' must be a mapping"):
        label_of("sigma")
