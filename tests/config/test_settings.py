"""Settings: layers, types, errors in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from galens.config import conf, settings
from galens.config.documents import read_document
from galens.errors import ConfigError


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GALENS_CONFIG", raising=False)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_package_gives_a_value_to_exactly_the_described_settings():
    document = read_document(conf.PACKAGE / "general.yaml")
    assert set(settings.flattened(document, "general", "package")) == set(settings.SETTINGS)
    assert all(each.description.endswith(".") for each in settings.SETTINGS.values())


def test_output_path_is_a_folder_below_the_one_where_python_was_started(tmp_path):
    assert conf.Config().output_path == tmp_path / "output"


def test_workspace_overrides_home_and_home_overrides_package(tmp_path):
    write(tmp_path / "home" / "galens" / "general.yaml", "output: {path: of_home}")
    assert conf.Config().output_path.name == "of_home"
    write(tmp_path / "config" / "general.yaml", "output: {path: of_workspace}")
    assert conf.Config().output_path.name == "of_workspace"


def test_environment_variable_names_the_workspace(tmp_path, monkeypatch):
    write(tmp_path / "config" / "general.yaml", "output: {path: of_workspace}")
    write(tmp_path / "elsewhere" / "general.yaml", "output: {path: of_elsewhere}")
    monkeypatch.setenv("GALENS_CONFIG", str(tmp_path / "elsewhere"))
    assert conf.Config().output_path.name == "of_elsewhere"
    monkeypatch.setenv("GALENS_CONFIG", str(tmp_path / "missing"))
    with pytest.raises(ConfigError, match="missing does not exist"):
        _ = conf.Config().output_path


def test_pushed_folder_comes_first_and_may_set_the_output_path(tmp_path):
    write(tmp_path / "config" / "general.yaml", "output: {path: of_workspace}")
    write(tmp_path / "a" / "general.yaml", "output: {path: of_a}")
    write(tmp_path / "b" / "general.yaml", "output: {path: of_b}")
    config = conf.Config()
    config.push(tmp_path / "a")
    assert config.output_path.name == "of_a"
    config.push(tmp_path / "b")
    assert config.output_path.name == "of_b"
    config.push(tmp_path / "a", output_path=tmp_path / "results")
    assert config.output_path == tmp_path / "results"


def test_pushing_behind_the_first_keeps_the_first(tmp_path):
    write(tmp_path / "a" / "general.yaml", "output: {path: of_a}")
    write(tmp_path / "b" / "general.yaml", "output: {path: of_b}")
    config = conf.Config(tmp_path / "a")
    config.push(tmp_path / "b", keep_first=True)
    assert config.output_path.name == "of_a"
    assert [each.name for each in config.folders[:2]] == ["a", "b"]


def test_pushing_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="nowhere does not exist"):
        conf.Config().push(tmp_path / "nowhere")


def test_settings_are_read_and_assigned_without_regard_to_case():
    config = conf.Config()
    config["General"]["OUTPUT"]["Path"] = "Results"
    assert config["general"]["output"]["path"] == "Results"
    assert "path" in config["general"]["output"]
    assert "general" in config


def test_a_whole_section_can_be_assigned():
    config = conf.Config()
    config["general"]["output"] = {"path": "there"}
    assert config.output_path.name == "there"


def test_settings_of_older_scripts_are_accepted():
    config = conf.Config()
    config["general"]["model"]["ignore_prior_limits"] = True
    assert config["general"]["model"]["ignore_prior_limits"] is True
    config["general"]["hpc"]["hpc_mode"] = False
    with pytest.raises(ConfigError, match="no value"):
        _ = config["general"]["test"]["check_likelihood_function"]


def test_general_file_of_an_older_workspace_is_accepted(tmp_path):
    write(
        tmp_path / "config" / "general.yaml",
        "updates: {iterations_per_quick_update: 1e99}\noutput: {log_level: INFO, remove_files: false}\n"
        "hpc:\ninversion: {use_border_relocator: true}\nversion: {workspace_version: 2025.1.1}\n",
    )
    assert conf.Config().output_path.name == "output"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "output: {pth: results}",
            r"unknown setting 'general.output.pth'. Did you mean 'path'\? Allowed in .*: path",
        ),
        ("outputs: {path: results}", r"unknown setting 'general.outputs.path'. Did you mean 'output'\?"),
        ("output: {path: 3}", "'general.output.path' is 3, but must be of type str"),
        ("output: results", "'general.output' is 'results', but must be a section with the keys path"),
        ("output: {path: a, path: b}", "line 1, column 19: the key 'path' is given twice"),
        ("output: {path", "line 2, column 1: did not find expected"),
        ("- a list", "must be a section"),
    ],
)
def test_a_wrong_file_is_an_error_that_names_it(tmp_path, text, message):
    path = write(tmp_path / "config" / "general.yaml", text)
    with pytest.raises(ConfigError, match=message) as caught:
        _ = conf.Config().output_path
    assert str(path) in str(caught.value)


def test_assigning_or_reading_an_unknown_setting_is_an_error():
    config = conf.Config()
    with pytest.raises(ConfigError, match="Did you mean 'general'"):
        _ = config["generl"]
    with pytest.raises(ConfigError, match=r"unknown setting 'general\.output\.pth'"):
        config["general"]["output"]["pth"] = "x"
    with pytest.raises(ConfigError, match="must be of type str"):
        config["general"]["output"]["path"] = True
    with pytest.raises(ConfigError, match=r"unknown setting 'general\.output\.pth'"):
        _ = config["general"]["output"]["pth"]


def test_other_files_in_a_folder_called_config_are_left_alone(tmp_path):
    write(tmp_path / "config" / "webserver.yaml", "port: 80")
    write(tmp_path / "config" / "notation.yaml", "label: {}")
    assert conf.Config().output_path.name == "output"


def test_numbers_are_read_as_numbers(tmp_path):
    path = write(tmp_path / "numbers.yaml", "a: 1e-6\nb: -inf\nc: 1.5E+3\nd: .inf\ne: 7\nf: 1e3x\ng: 2e\n")
    assert read_document(path) == {
        "a": 1e-6, "b": -float("inf"), "c": 1500.0, "d": float("inf"), "e": 7, "f": "1e3x", "g": "2e",
    }  # fmt: skip


def test_a_missing_or_binary_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ConfigError, match=r"missing\.yaml cannot be read"):
        read_document(tmp_path / "missing.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(ConfigError, match=r"binary\.yaml is not a text file"):
        read_document(tmp_path / "binary.yaml")


def test_an_empty_file_is_an_empty_mapping(tmp_path):
    assert read_document(write(tmp_path / "empty.yaml", "# nothing\n")) == {}
