import functools
import subprocess
import sys

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from galens.errors import FitError
from galens.fit.output.identifier import content_hash, identifier_from


class Data:
    def __init__(self, values, **others):
        self.values = values
        self.__dict__.update(others)

    @functools.cached_property
    def total(self):
        return self.values.sum()


class Module(eqx.Module):
    values: np.ndarray
    shape: tuple = eqx.field(static=True)


class Known:
    def __init__(self, digest):
        self.digest = digest
        self.cache = object()


def shifted(values, by):
    return values + by


DIFFERENT = [
    None,
    0,
    1,
    True,
    1.5,
    "1",
    b"1",
    [1],
    (1,),
    [1, [2]],
    [[1], 2],
    ["ab", "c"],
    ["a", "bc"],
    {"a": 1},
    {"a": 2},
    {1, 2},
    np.arange(3),
    np.arange(3.0),
    np.arange(3.0, dtype=np.float32),
    np.arange(3.0)[None],
    np.array([0.0, 1.0, 2.0 + 1e-15]),
    np.array(["a", None], object),
    Data(np.arange(3.0)),
    Data(np.arange(3.0), noise=0.1),
    Data(np.arange(3.0), noise=0.2),
    Module(np.arange(3.0), (3,)),
    Module(np.arange(3.0), (4,)),
    Known(b"a"),
    Known(b"b"),
    Data,
    shifted,
    functools.partial(shifted, by=1),
    functools.partial(shifted, by=2),
    lambda x: x + 1,
    lambda x: x + 2,
    Data(1).__init__,
]


def test_any_difference_of_content_changes_the_hash():
    hashes = [content_hash(thing) for thing in DIFFERENT]
    assert len(set(hashes)) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (2.0, np.float64(2.0)),
        (np.arange(3.0), jnp.arange(3.0)),
        (np.arange(3.0), np.arange(3.0).astype(">f8")),
        (np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (Data(np.arange(3.0)), Data(np.arange(3.0))),
        (Data(np.arange(3.0), _note=1), Data(np.arange(3.0))),
        (Known(b"a"), Known(b"a")),
    ],
)
def test_equal_content_has_equal_hash(one, other):
    assert content_hash(one) == content_hash(other)


def test_fields_that_decide_nothing_do_not_count():
    class Marked(eqx.Module):
        values: np.ndarray
        zero_point: float = eqx.field(metadata={"decides": False})

    assert content_hash(Marked(np.ones(2), 25.0)) == content_hash(Marked(np.ones(2), 30.0))
    assert content_hash(Marked(np.ones(2), 25.0)) != content_hash(Marked(np.zeros(2), 25.0))


def test_remembered_results_do_not_count():
    data = Data(np.arange(3.0))
    before = content_hash(data)
    assert data.total == 3.0
    assert content_hash(data) == before


def test_object_that_contains_itself_has_a_hash():
    data = Data(1.0)
    data.me = data
    assert content_hash(data) != content_hash(Data(1.0))


def test_content_without_a_hash_is_refused_with_its_path():
    with pytest.raises(FitError, match=r"analysis\.values\.0"):
        content_hash(Data([iter([])]))


def test_hash_is_the_same_in_another_process():
    code = (
        "import numpy as np; from galens.fit.output.identifier import content_hash;"
        "print(content_hash([1, 'a', {'x', 'y', 'z'}, np.arange(4.0), {'k': 2.5}, dict]))"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert other == content_hash([1, "a", {"x", "y", "z"}, np.arange(4.0), {"k": 2.5}, dict])


def test_identifier_depends_on_model_search_and_data():
    base = identifier_from("model", {"n_live": 100}, Data(np.arange(3.0)))
    others = [
        identifier_from("other", {"n_live": 100}, Data(np.arange(3.0))),
        identifier_from("model", {"n_live": 200}, Data(np.arange(3.0))),
        identifier_from("model", {"n_live": 100}, Data(np.arange(3.0) + 1)),
    ]
    assert len({base, *others}) == 4
    assert len(base) == 32
