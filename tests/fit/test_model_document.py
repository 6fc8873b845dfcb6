"""Models as JSON: what survives, and what loading refuses to do."""

import json
from collections import OrderedDict

import equinox as eqx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galens import fit as af
from galens.errors import ModelError
from galens.fit.model.prior import Prior
from tests.fit.model_classes import Basis, Disk, Exponential, Galaxy, Gaussian, Sersic, WithTuple

CLASSES = [Basis, Disk, Exponential, Galaxy, Gaussian, Sersic, WithTuple]


def rebuilt(model, **arguments):
    arguments = {"classes": CLASSES, **arguments}
    return af.Collection.from_dict(json.loads(json.dumps(model.dict(), allow_nan=False)), **arguments)


def full_model():
    """One of everything that a model can hold."""
    shared = af.UniformPrior(0.0, 1.0, width_modifier=af.RelativeWidthModifier(0.3, absolute_floor=0.1))
    model = af.Collection(
        galaxies=af.Collection(
            lens=af.Model(
                Galaxy,
                redshift=0.5,
                bulge=af.Model(WithTuple, tup=(shared, 0.25), one=shared, two=af.LogUniformPrior(1e-3, 1.0)),
                basis=af.Model(
                    Basis,
                    profile_list=[
                        af.Model(Gaussian, centre=1, normalization=2.0, sigma=shared * 2.0 + i) for i in range(2)
                    ],
                    regularization={"a": None, "b": [1, "text", True]},
                ),
            ),
            fixed=Disk((0.1, 0.2), 3.0),
            plain=Gaussian(1.0, np.float64(2.0), np.arange(3.0)),
        ),
        array=af.Array((2, 1), af.GaussianPrior(0.0, 1.0)),
        numbers=(1.0, 2, np.inf),
        last=af.TruncatedGaussianPrior(0.0, 1.0, upper_limit=2.0),
        log=af.Log10(af.LogGaussianPrior(0.0, 1.0)),
        ready=(True, "text"),
        grid=np.arange(6, dtype=np.int32).reshape(2, 3),
    )
    model.array[1, 0] = model.array[0, 0]
    model.add_assertion((shared > 0.1) <= model.last + 1.0, name="order")
    model.galaxies.lens.bulge.add_assertion(shared < model.galaxies.lens.bulge.two)
    return model


def test_everything_survives_a_round_trip():
    model = full_model()
    again = rebuilt(model)
    assert again.info == model.info
    assert again.paths == model.paths
    assert again.prior_count == 5
    assert again.program == model.program
    assert again.dict() == model.dict()
    first = again.priors_ordered_by_id[0]
    assert first.width_modifier == af.RelativeWidthModifier(0.3, absolute_floor=0.1)
    assert first != model.priors_ordered_by_id[0]
    assert again.galaxies.plain.sigma.tolist() == [0.0, 1.0, 2.0]
    assert again.grid.dtype == np.int32
    vector = model.vector_from_unit_vector(np.full(5, 0.4))
    assert again.program.is_valid(vector) == model.program.is_valid(vector)
    profiles = again.instance_from_vector(vector, ignore_assertions=True).galaxies.lens.basis.profile_list
    assert [each.sigma for each in profiles] == [0.8, 1.8]


def test_documents_do_not_depend_on_what_else_was_made():
    first = json.dumps(full_model().dict())
    af.UniformPrior()
    assert json.dumps(full_model().dict()) == first


def test_files_round_trip(tmp_path):
    model = full_model()
    model.to_json(tmp_path / "model.json")
    assert af.Model.from_json(tmp_path / "model.json", classes=CLASSES).info == model.info
    assert af.Collection.from_json(tmp_path / "model.json", packages=["tests"]).program == model.program


def test_a_model_that_waits_for_priors_still_waits_after_a_round_trip():
    model = af.Collection(first=Gaussian)
    again = rebuilt(model)
    assert again.info == model.info
    with pytest.raises(ModelError, match=r"first\.sigma"):
        _ = again.program


def test_a_model_from_a_file_can_be_changed():
    again = rebuilt(af.Model(WithTuple, tup=(0.0, af.UniformPrior()), one=1.0, two=1.0))
    again.tup_0 = again.tup_1
    again.one = af.UniformPrior()
    assert again.prior_count == 2
    with pytest.raises(ModelError, match="Did you mean 'one'"):
        again.ones = 1.0


def test_priors_of_users_round_trip():
    class Shifted(af.UniformPrior):
        arguments = ("lower_limit", "upper_limit")

    model = af.Collection(first=Shifted(0.0, 2.0))
    assert type(rebuilt(model, classes=[Shifted]).first) is Shifted
    with pytest.raises(ModelError, match="unknown prior"):
        rebuilt(
            model,
            classes=[type("Shifted", (), {"__module__": Shifted.__module__, "__qualname__": Shifted.__qualname__})],
        )
    assert issubclass(Shifted, Prior)


# What loading refuses


def test_classes_of_other_packages_are_not_imported():
    model = af.Collection(gaussian=af.Model(Gaussian, centre=1.0, normalization=1.0, sigma=1.0))
    with pytest.raises(ModelError, match=r"tests.fit.model_classes:Gaussian.*packages=\['tests'\]"):
        rebuilt(model, classes=[])
    assert rebuilt(model, classes=[], packages=["tests"]).gaussian.cls is Gaussian


@pytest.mark.parametrize(
    "path",
    [
        "os:system",
        "galens.fit.model.document:importlib.import_module",
        "galens.runtime:os.system",
        "galens.runtime:set_up",
        "galens.fit.model.document:Node",
        "galens.nowhere:Thing",
        "galens.runtime:Thing",
        "subprocess:Popen",
        "galensx.runtime:Thing",
    ],
)
def test_a_document_cannot_reach_beyond_the_classes_of_allowed_packages(path):
    document = af.Collection(first=af.Model(WithTuple, tup=(0.0, 0.0), one=1.0, two=1.0)).dict()
    document["model"]["items"]["first"]["class"] = path
    with pytest.raises(ModelError, match="the model names"):
        af.Model.from_dict(document)
    document["model"]["items"]["first"] = {"type": "module", "class": path, "fields": {}}
    with pytest.raises(ModelError, match="the model names"):
        af.Model.from_dict(document)


def test_objects_of_plain_classes_are_not_made_from_galens():
    document = af.Collection(first=1.0).dict()
    document["model"]["items"]["first"] = {"type": "object", "class": "galens.config.conf:Config", "arguments": {}}
    with pytest.raises(ModelError, match="Config"):
        af.Model.from_dict(document)


def test_an_unknown_class_can_become_a_collection():
    model = full_model()
    again = rebuilt(model, classes=[Disk, Gaussian, Basis, Galaxy], unknown="collection")
    assert again.paths == model.paths
    assert isinstance(again.galaxies.lens.bulge, af.Collection)
    with pytest.raises(ModelError, match="'error' or 'collection'"):
        rebuilt(model, unknown="skip")


def test_what_is_not_a_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match="not a model"):
        af.Model.from_dict({"type": "model"})
    (tmp_path / "model.json").write_text("{")
    with pytest.raises(ModelError, match="does not hold a model"):
        af.Model.from_json(tmp_path / "model.json")
    with pytest.raises(ModelError, match="does not hold a model"):
        af.Model.from_json(tmp_path / "nowhere.json")
    for part in (
        {"type": "pickle"},
        {"type": "derived", "function": "eval", "operands": []},
    ):
        document = af.Collection(first=1.0).dict()
        document["model"]["items"]["first"] = part
        with pytest.raises(ModelError, match="unknown"):
            af.Model.from_dict(document)


def test_objects_that_cannot_be_written_are_named():
    class Opaque:
        def __init__(self, secret):
            self._hidden = secret

    model = af.Collection(first=Opaque(1.0))
    assert model.program.content_hash  # but a fit may have them
    assert model.program.content_hash != af.Collection(first=Opaque(2.0)).program.content_hash
    with pytest.raises(ModelError, match="Opaque"):
        model.dict()
    assert af.Collection(function=np.sin, kind=OrderedDict, odd={1: 2}).program.content_hash


# Any tree of numbers, priors, arithmetic and collections

numbers = st.one_of(st.floats(allow_nan=False), st.integers(-10, 10), st.booleans(), st.none(), st.text(max_size=3))
names = st.text("abcxyz", min_size=1, max_size=4)
parts = st.recursive(
    st.one_of(numbers, st.integers(0, 4).map(lambda index: ("prior", index))),
    lambda inner: st.one_of(
        st.dictionaries(names, inner, max_size=3),
        st.tuples(st.just("sum"), st.integers(0, 4), st.floats(-5.0, 5.0)),
        st.tuples(st.just("model"), inner, inner),
    ),
    max_leaves=12,
)


def grown(part, priors):
    if isinstance(part, dict):
        return af.Collection({name: grown(each, priors) for name, each in part.items()})
    if isinstance(part, tuple):
        match part:
            case ("prior", index):
                return priors[index]
            case ("sum", index, number):
                return priors[index] + number
            case ("model", left, right):
                return af.Model(Gaussian, centre=grown(left, priors), normalization=grown(right, priors), sigma=1.0)
    return part


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(names, parts, max_size=4))
def test_any_tree_round_trips(tree):
    priors = [
        af.UniformPrior(0.0, 2.0),
        af.GaussianPrior(0.0, 1.0),
        af.LogUniformPrior(1.0, 2.0),
        af.LogGaussianPrior(0.0, 1.0),
        af.TruncatedGaussianPrior(0.0, 1.0, 0.0),
    ]
    model = grown(tree, priors)
    again = rebuilt(model)
    assert again.info == model.info
    assert again.program == model.program
    assert again.program.content_hash == model.program.content_hash
    vector = model.physical_values_from_prior_medians
    first, second = (each.instance_from_vector(vector) for each in (model, again))
    assert eqx.tree_equal(_plain(first), _plain(second))


def _plain(value):
    if isinstance(value, af.ModelInstance):
        return {name: _plain(each) for name, each in value.items()}
    return {name: _plain(each) for name, each in vars(value).items()} if isinstance(value, Gaussian) else value
