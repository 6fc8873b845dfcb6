"""Default priors: lookup by module and class, layers, the package's table against reference numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from galens.config import conf
from galens.config.priors import ARGUMENTS, prior_entry, prior_entry_from
from galens.errors import ConfigError

# Where classes live, for each public name of a family of classes.
MODULES = {
    "lp": "galens.galaxy.profiles.light.standard",
    "lp_linear": "galens.galaxy.profiles.light.linear",
    "lp_operated": "galens.galaxy.profiles.light.operated",
    "lp_linear_operated": "galens.galaxy.profiles.light.linear_operated",
    "mp": "galens.galaxy.profiles.mass.total",
    "lmp": "galens.galaxy.profiles.light_mass",
    "ps": "galens.galaxy.profiles.point_sources",
    "mesh": "galens.array.inversion.mesh",
    "reg": "galens.array.inversion.regularization",
}

UNIFORM = "type: Uniform, lower_limit: 0.0, upper_limit: 1.0"


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("GALENS_CONFIG", raising=False)


def stand_in(module: str, name: str, *bases: type) -> type:
    return type(name, bases, {"__module__": module})


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def table(oracle):
    case = next(each for each in oracle.cases("autofit") if each["id"] == "default_priors")
    return case["info"]["classes"]


def test_package_reproduces_the_reference_prior_of_every_parameter_of_every_class(oracle):
    compared = 0
    for name, parameters in table(oracle).items():
        family, _, cls_name = name.rpartition(".")
        cls = stand_in(MODULES[family], cls_name)
        for path, reference in parameters.items():
            if path == "error":
                continue
            entry = prior_entry(cls, path.split(".")[-1])
            assert entry is not None, (name, path)
            assert entry.type + "Prior" == reference["prior"], (name, path)
            for argument, value in entry.arguments.items():
                assert value == reference[argument], (name, path, argument)
            if isinstance(reference["width_modifier"], dict):
                assert entry.width_modifier == reference["width_modifier"], (name, path)
            compared += 1
    assert compared > 800


def test_package_lists_no_free_parameter_that_the_reference_has_not(oracle):
    from galens.config.priors import _catalogue

    reference = table(oracle)
    catalogue = _catalogue(conf.PACKAGE / "priors")
    # The reference forgot the masses of one class.
    more = {
        ("NFWMCRScatterLudlow", each) for each in ("mass_at_200", "scatter_sigma", "redshift_object", "redshift_source")
    }
    for name, parameters in reference.items():
        family, _, cls_name = name.rpartition(".")
        if name.startswith("lp.Shapelet"):  # the reference has priors for linear ones only
            continue
        known = {path.split(".")[-1] for path in parameters}
        for entries in catalogue.of(cls_name, tuple(MODULES[family].split("."))):
            free = {each for each, entry in entries.items() if entry is not None and entry.type != "Constant"}
            assert {(cls_name, each) for each in free - known} <= more, name


def test_same_class_name_has_other_priors_in_another_family():
    standard = stand_in(MODULES["lp"], "Gaussian")
    operated = stand_in(MODULES["lp_operated"], "Gaussian")
    assert prior_entry(standard, "sigma").arguments["upper_limit"] == 25.0
    assert prior_entry(operated, "sigma").arguments["upper_limit"] == 5.0


def test_dataset_model_is_fixed_by_default():
    cls = stand_in("galens.array.dataset.dataset_model", "DatasetModel")
    for name in ("background_sky_level", "grid_offset_0", "grid_offset_1", "grid_rotation_angle"):
        assert prior_entry(cls, name).type == "Constant"
        assert prior_entry(cls, name).arguments == {"value": 0.0}


def test_unlisted_class_or_parameter_has_no_default_prior():
    assert prior_entry(stand_in("scripts.model", "Sersic"), "sersic_index") is None
    assert prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic") is None


def test_derived_class_inherits_the_priors_of_its_bases_in_order():
    light = stand_in(MODULES["lp"], "Sersic")
    mass = stand_in(MODULES["mp"], "Sersic")
    both = stand_in("my.module", "MySersic", light, mass)
    assert prior_entry(both, "intensity").arguments["upper_limit"] == 1e6
    assert prior_entry(both, "mass_to_light_ratio").type == "LogUniform"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("light/standard/sersic.yaml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}"),
        ("light/standard.yaml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}"),
        ("light.yaml", f"standard.Sersic: {{sersic_index: {{{UNIFORM}}}}}"),
        ("light.yaml", f"standard: {{Sersic: {{sersic_index: {{{UNIFORM}}}}}}}"),
        ("standard.yml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}"),
        (
            "light/standard/sersic.json",
            '{"Sersic": {"sersic_index": {"type": "Uniform", "lower_limit": 0.0, "upper_limit": 1.0}}}',
        ),
    ],
)
def test_workspace_entry_is_found_in_every_layout_and_comes_first(tmp_path, file, text):
    path = write(tmp_path / "config" / "priors" / file, text)
    cls = stand_in(MODULES["lp"], "Sersic")
    entry = prior_entry(cls, "sersic_index", conf.Config())
    assert entry.arguments == {"lower_limit": 0.0, "upper_limit": 1.0}
    assert str(path) in entry.source
    assert entry.width_modifier is None
    # What the workspace does not list comes from the package, and other families are not touched.
    assert prior_entry(cls, "effective_radius", conf.Config()).arguments["upper_limit"] == 30.0
    mass = stand_in(MODULES["mp"], "Sersic")
    assert prior_entry(mass, "sersic_index", conf.Config()).arguments["upper_limit"] == 5.0


def test_place_matches_whole_components_only(tmp_path):
    write(tmp_path / "config" / "priors" / "ight" / "standard.yaml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}")
    write(tmp_path / "config" / "priors" / "dard.yaml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}")
    entry = prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic_index", conf.Config())
    assert entry.arguments["upper_limit"] == 5.0


def test_longest_place_wins_within_a_layer(tmp_path):
    write(tmp_path / "config" / "priors" / "standard.yaml", f"Sersic: {{sersic_index: {{{UNIFORM}}}}}")
    write(
        tmp_path / "config" / "priors" / "light" / "standard.yaml",
        "Sersic: {sersic_index: {type: Gaussian, mean: 2.0, sigma: 1.0}}",
    )
    assert prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic_index", conf.Config()).type == "Gaussian"


def test_classes_of_the_users_own_module_find_their_file(tmp_path):
    write(tmp_path / "config" / "priors" / "model.yaml", f"Line: {{gradient: {{{UNIFORM}}}}}")
    assert prior_entry(stand_in("scripts.model", "Line"), "gradient", conf.Config()).type == "Uniform"
    assert prior_entry(stand_in("scripts.other", "Line"), "gradient", conf.Config()) is None


def test_deferred_hides_the_default_of_a_lower_layer(tmp_path):
    write(
        tmp_path / "config" / "priors" / "light" / "standard" / "sersic.yaml",
        "Sersic: {sersic_index: {type: Deferred}}",
    )
    assert prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic_index", conf.Config()) is None


def test_an_entry_keeps_width_and_limits():
    entry = prior_entry_from(
        {
            "type": "Gaussian",
            "mean": 0,
            "sigma": 0.3,
            "width_modifier": {"type": "Relative", "value": 0.5, "absolute_floor": 0.1},
            "limits": {"lower": -1, "upper": float("inf")},
        },
        "here",
    )
    assert entry.arguments == {"mean": 0.0, "sigma": 0.3}
    assert entry.width_modifier == {"type": "Relative", "value": 0.5, "absolute_floor": 0.1}
    assert entry.limits == {"lower": -1.0, "upper": float("inf")}
    assert set(ARGUMENTS) == {
        "Uniform",
        "LogUniform",
        "Gaussian",
        "TruncatedGaussian",
        "LogGaussian",
        "Constant",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "type: Unifrom, lower_limit: 0, upper_limit: 1",
            r"unknown prior type 'Unifrom'. Did you mean 'Uniform'\?",
        ),
        ("type: Uniform, lower_limit: 0", "missing: upper_limit"),
        (
            "type: Uniform, lower_limit: 0, upper_limt: 1",
            r"unknown key 'upper_limt'.*Did you mean 'upper_limit'\?",
        ),
        ("type: Uniform, lower_limit: 1, upper_limit: 0", "lower_limit must be below upper_limit"),
        ("type: Uniform, lower_limit: zero, upper_limit: 1", "lower_limit is 'zero', but must be a number"),
        ("type: Uniform, lower_limit: -inf, upper_limit: 1", "must be finite"),
        ("type: LogUniform, lower_limit: 0.0, upper_limit: 1", "must be above 0"),
        ("type: Gaussian, mean: 0.0, sigma: 0.0", "sigma must be above 0"),
        ("type: Gaussian, mean: .nan, sigma: 1.0", "NaN"),
        ("type: Constant, value: true", "must be a number"),
        ("lower_limit: 0, upper_limit: 1", "with the key 'type'"),
        (f"{UNIFORM}, width_modifier: 0.5", "width_modifier is 0.5"),
        (f"{UNIFORM}, width_modifier: {{type: Absolute}}", "'value' is missing"),
        (f"{UNIFORM}, width_modifier: {{type: Absolute, value: -1}}", "above 0"),
        (f"{UNIFORM}, width_modifier: {{type: Absolute, value: 1, floor: 1}}", "unknown key 'floor'"),
        (f"{UNIFORM}, limits: {{low: 0, upper: 1}}", "keys lower and upper"),
        (f"{UNIFORM}, limits: {{lower: 1, upper: 0}}", "lower must be below upper"),
    ],
)
def test_a_wrong_entry_is_an_error_that_names_file_and_key(tmp_path, text, message):
    path = write(
        tmp_path / "config" / "priors" / "light" / "standard" / "sersic.yaml",
        f"Sersic: {{sersic_index: {{{text}}}}}",
    )
    with pytest.raises(ConfigError, match=message) as caught:
        prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic_index", conf.Config())
    assert str(path) in str(caught.value)
    assert "Sersic.sersic_index" in str(caught.value)


@pytest.mark.parametrize("text", ["Sersic: 3", "Sersic: {sersic_index: 2.0}", "- Sersic"])
def test_a_file_that_is_no_table_of_priors_is_an_error_that_names_it(tmp_path, text):
    path = write(tmp_path / "config" / "priors" / "light" / "standard" / "sersic.yaml", text)
    with pytest.raises(ConfigError, match="must be a mapping") as caught:
        prior_entry(stand_in(MODULES["lp"], "Sersic"), "sersic_index", conf.Config())
    assert str(path) in str(caught.value)
