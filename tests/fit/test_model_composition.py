"""How models are put together: defaults, fixing, linking, tuples, arithmetic, assertions, typing errors, freezing."""

import copy

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import FitError, ModelError
from tests.fit.model_classes import Basis, Disk, Exponential, Galaxy, Gaussian, LinearGaussian, Sersic, WithTuple

pytestmark = pytest.mark.usefixtures("configured")


def single(prior, **arguments):
    """A Gaussian with one parameter given and the others fixed."""
    return af.Model(Gaussian, **{"centre": 1.0, "normalization": 1.0, "sigma": prior, **arguments})


def sigma_at(prior, unit):
    return single(prior).instance_from_unit_vector([unit]).sigma


# Defaults


def test_default_priors_are_those_of_the_configuration():
    model = af.Model(Gaussian)
    assert repr(model.centre) == "UniformPrior(lower_limit=0.0, upper_limit=100.0)"
    assert model.normalization.width_modifier == af.RelativeWidthModifier(0.5)
    assert [each.id for each in (model.centre, model.normalization, model.sigma)] == sorted(
        each.id for each in model.priors_ordered_by_id
    )


def test_a_class_without_configuration_waits_for_priors_and_says_so():
    class Line:
        def __init__(self, slope, offset=(0.0, 0.0), degree: int = 2, name="line", flag=True, other=None):
            self.slope, self.offset, self.degree = slope, offset, degree

    model = af.Model(Line)
    assert model.prior_count == 0
    assert model.degree == 2
    assert model.name == "line"
    assert "NO PRIOR" in model.info
    with pytest.raises(ModelError, match=r"(?s)without prior or value.*slope.*offset.offset_0.*Line: offset_1"):
        model.instance_from_vector([])
    model.slope = af.UniformPrior(0.0, 1.0)
    model.offset = (0.0, af.UniformPrior(0.0, 1.0))
    instance = model.instance_from_vector([0.5, 0.25])
    assert (instance.slope, instance.offset, instance.degree) == (0.5, (0.0, 0.25), 2)


def test_static_fields_of_equinox_modules_are_not_parameters():
    model = af.Model(Disk, order=5)
    assert model.prior_count == 3
    assert model.instance_from_prior_medians().order == 5
    assert af.Model(Disk).instance_from_prior_medians().order == 3


def test_annotations_make_components_and_tuples():
    class Pair(eqx.Module):
        disk: Disk
        where: tuple[float, float]

    model = af.Model(Pair, where=(1.0, 2.0))
    assert model.disk.cls is Disk
    assert model.prior_count == 3
    assert af.Model(Pair).where.where_1 is not None
    assert model.instance_from_prior_medians().disk.flux == pytest.approx(1.0)


def test_functions_can_be_models():
    def line(slope, offset):
        return slope + offset

    model = af.Model(line, slope=af.UniformPrior(0.0, 2.0), offset=3.0)
    assert model.instance_from_prior_medians() == 4.0


def test_arguments_that_go_by_position_only_are_refused():
    def line(slope, /):
        return slope

    with pytest.raises(ModelError, match="by position"):
        af.Model(line)
    with pytest.raises(ModelError, match="needs a class"):
        af.Model(Gaussian())


# Fixing, linking, tuples


def test_fixing_and_linking_lower_the_number_of_parameters():
    model = af.Collection(first=Gaussian, second=Exponential)
    model.second.rate = 0.5
    model.second.centre = 2.0
    model.second.normalization = model.first.normalization
    assert model.prior_count == 3
    model.first.centre = model.first.sigma
    assert model.total_free_parameters == 2
    instance = model.instance_from_vector([0.25, 0.75])
    assert (instance.first.normalization, instance.second.normalization) == (0.25, 0.25)
    assert (instance.first.centre, instance.first.sigma) == (0.75, 0.75)


def test_members_of_tuples_are_parameters():
    model = af.Model(WithTuple)
    assert model.prior_count == 4
    model.tup_0 = 1.0
    model.tup.tup_1 = 2.0
    assert model.prior_count == 2
    assert model.instance_from_prior_medians().tup == (1.0, 2.0)
    model = af.Model(WithTuple, tup_1=0.5)
    model.tup_0 = model.one
    assert model.prior_count == 2
    assert model.instance_from_vector([0.3, 0.6]).tup == (0.3, 0.5)


def test_members_of_tuples_with_underscores_in_the_name_can_be_set_in_three_ways():
    first, second, third = (af.Model(Sersic) for _ in range(3))
    first.ell_comps.ell_comps_0 = 0.3
    second.ell_comps_0 = 0.3
    third.ell_comps = (0.3, third.ell_comps_1)
    for model in (first, second, third):
        assert model.prior_count == 6
        assert model.ell_comps_0 == model.ell_comps[0] == 0.3
        assert model.instance_from_prior_medians().ell_comps == (0.3, 0.0)


def test_a_tuple_keeps_its_length():
    model = af.Model(Sersic)
    for value in ((0.0, 0.0, 0.0), 1.0, af.UniformPrior()):
        with pytest.raises(ModelError, match="tuple of 2"):
            model.centre = value
    with pytest.raises(ModelError, match="member of a tuple"):
        model.centre_0 = "left"


def test_a_whole_tuple_can_be_linked():
    bulge, disk = af.Model(Sersic), af.Model(Sersic)
    disk.centre = bulge.centre
    model = af.Collection(bulge=bulge, disk=disk)
    assert model.prior_count == 12
    instance = model.instance_from_prior_medians()
    assert instance.bulge.centre == instance.disk.centre


def test_thirteen_eleven_and_ten_parameters_of_a_bulge_and_disk():
    galaxy = af.Model(Galaxy, redshift=0.5, bulge=Sersic, disk=af.Model(LinearGaussian, sigma=1.0))
    galaxy.disk.sigma = af.UniformPrior(0.0, 1.0)
    galaxy.bulge.sersic_index = af.UniformPrior(0.8, 5.0)
    assert galaxy.prior_count == 12
    galaxy.bulge.centre = galaxy.disk.centre
    assert galaxy.prior_count == 10
    galaxy.disk.sigma = 0.2
    assert galaxy.prior_count == 9


def test_vector_fills_parameters_in_the_order_in_which_priors_were_made():
    model = af.Collection(first=WithTuple, second=Gaussian, third=Exponential)
    model.third.rate = af.UniformPrior(0.0, 1.0)
    model.third.centre = af.UniformPrior(0.0, 1.0)
    model.third.normalization = af.UniformPrior(0.0, 1.0)
    instance = model.instance_from_vector(np.arange(1, 11) / 10.0)
    assert (instance.first.tup, instance.first.one, instance.first.two) == ((0.1, 0.2), 0.3, 0.4)
    assert (instance.second.centre, instance.second.normalization, instance.second.sigma) == (0.5, 0.6, 0.7)
    assert (instance.third.rate, instance.third.centre, instance.third.normalization) == (0.8, 0.9, 1.0)


def test_linked_parameters_are_filled_twice():
    model = af.Collection(first=WithTuple, second=WithTuple)
    model.first.two = model.first.one
    model.second.tup_1 = model.first.tup_1
    instance = model.instance_from_vector([0.1, 0.6, 0.4, 0.2, 0.7, 0.8])
    assert instance.first.one == instance.first.two == 0.4
    assert instance.first.tup[1] == instance.second.tup[1] == 0.6


def test_copies_share_parameters_but_not_changes():
    model = af.Model(Gaussian)
    for make in (copy.copy, copy.deepcopy):
        other = make(model)
        assert af.Collection(model, other).prior_count == 3
        other.sigma = 1.0
        assert model.prior_count == 3
    both = copy.deepcopy(af.Collection(first=model, second=model))
    both.first.sigma = 1.0
    assert both.second.sigma == 1.0  # what was one part stays one


# Components and collections


def test_components_of_any_name_are_accepted_where_the_constructor_takes_them():
    galaxy = af.Model(Galaxy, redshift=0.5, bulge=Sersic, disk=Gaussian(1.0, 2.0, 3.0))
    galaxy.extra = af.Model(Gaussian)
    galaxy.group = [Gaussian, WithTuple]
    instance = galaxy.instance_from_prior_medians()
    assert instance.disk.sigma == 3.0
    assert isinstance(instance.extra, Gaussian)
    assert [type(each) for each in instance.group] == [Gaussian, WithTuple]
    del galaxy.group
    assert galaxy.prior_count == 10


def test_lists_dicts_and_tuples_of_components_arrive_as_such():
    basis = af.Model(Basis, profile_list=[Gaussian, Gaussian], regularization={"a": 1.0})
    instance = basis.instance_from_prior_medians()
    assert isinstance(instance.profile_list, list)
    assert instance.regularization == {"a": 1.0}
    assert isinstance(af.Model(Basis, profile_list=(Gaussian,)).instance_from_prior_medians().profile_list, tuple)
    collection = af.Model(Basis, profile_list=af.Collection(Gaussian)).instance_from_prior_medians().profile_list
    assert isinstance(collection, af.ModelInstance)
    assert isinstance(collection[0], Gaussian)


def test_collections_are_lists_and_mappings():
    parts = af.Collection(Gaussian, Exponential)
    parts.append(af.Model(WithTuple))
    assert list(parts.keys()) == ["0", "1", "2"]
    assert parts[2].cls is parts["2"].cls is parts[-1].cls is WithTuple
    assert [each.cls for each in parts[:2]] == [Gaussian, Exponential]
    removed = parts[0]
    parts.remove(removed)
    parts.append(Gaussian)
    assert list(parts.keys()) == ["1", "2", "3"]
    assert removed not in parts
    assert len(parts) == len(list(parts)) == 3
    parts[0] = 3.0
    assert parts["1"] == 3.0
    del parts[0]
    assert "1" not in parts
    with pytest.raises(IndexError, match="no number 7"):
        parts[7]
    named = af.Collection({"a": Gaussian}, b=af.UniformPrior())
    assert [name for name, _ in named.items()] == ["a", "b"]
    assert len(list(named.values())) == 2
    instance = named.instance_from_prior_medians()
    assert instance.a is instance["a"] is instance[0]
    assert (len(instance), list(instance)[1], dict(instance.items())["b"]) == (2, 0.5, 0.5)


def test_instances_are_pytrees_of_their_objects():
    model = af.Collection(disk=Disk, extra=af.Collection([Disk]))
    instance = model.instance_from_prior_medians()
    doubled = jax.tree.map(lambda leaf: 2.0 * leaf, instance)
    assert doubled.disk.flux == 2.0 * instance.disk.flux
    assert jax.jit(lambda each: each)(instance).extra[0].order == 3
    assert instance.object_for_path("disk.position.position_1") == 0.0
    assert instance.object_for_path(("extra", 0, "flux")) == pytest.approx(1.0)
    with pytest.raises(ModelError, match=r"no 'dsk'.*'disk'"):
        _ = instance.dsk
    with pytest.raises(ModelError, match="no 'flx'"):
        instance.object_for_path("disk.flx")


# Typing errors


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda model: model.effective_raduis, "Did you mean 'effective_radius'"),
        (lambda model: setattr(model, "effective_raduis", 1.0), "Did you mean 'effective_radius'"),
        (lambda model: setattr(model, "ell_comp_0", 1.0), "Did you mean 'ell_comps_0'"),
        (lambda model: setattr(model.ell_comps, "ell_comp_0", 1.0), "Did you mean 'ell_comps_0'"),
        (lambda model: af.Model(Sersic, sersic_indx=2.0), "Did you mean 'sersic_index'"),
        (lambda model: af.Model(Galaxy, redshft=0.5), "Did you mean 'redshift'"),
        (lambda model: setattr(af.Model(Galaxy, redshift=0.5), "redshft", 0.5), "New names are taken for components"),
        (lambda model: af.Collection(bulge=model).bulg, "Did you mean 'bulge'"),
        (lambda model: af.Collection(bulge=model)["bulg"], "Did you mean 'bulge'"),
        (lambda model: af.Collection(bulge=model).object_for_path("bulge.centr"), "Did you mean 'centre'"),
        (lambda model: setattr(model, "info", 1.0), "every model has"),
        (lambda model: af.Collection(**{"a.b": 1.0}), "without dots"),
        (lambda model: delattr(model, "centr"), "Did you mean 'centre'"),
    ],
)
def test_a_misspelt_name_is_an_error_that_suggests_the_right_one(act, words):
    with pytest.raises(ModelError, match=words):
        act(af.Model(Sersic))


def test_hasattr_and_getattr_with_default_work():
    model = af.Model(Sersic)
    assert hasattr(model, "centre_0")
    assert not hasattr(model, "center")
    assert getattr(model, "center", None) is None


# Arithmetic


def test_arithmetic_gives_derived_parameters():
    prior = af.UniformPrior(0.0, 10.0)
    unit_prior = af.UniformPrior(0.0, 1.0)
    for expression, unit, value in [
        (unit_prior + unit_prior, 1.0, 2.0),
        ((unit_prior + unit_prior) * (unit_prior + unit_prior), 1.0, 4.0),
        (4.0 / unit_prior, 0.5, 8.0),
        (3 // prior, 0.2, 1.0),
        (prior // 3, 0.7, 2.0),
        (5 % prior, 0.3, 2.0),
        (prior % 4, 0.7, 3.0),
        (prior**3, 0.2, 8.0),
        (3**prior, 0.2, 9.0),
        (abs(af.UniformPrior(-1.0, 0.0)), 0.0, 1.0),
        (1 - unit_prior, 0.25, 0.75),
        (unit_prior - 1, 0.25, -0.75),
        (-unit_prior, 0.25, -0.25),
        (2 * unit_prior / 4, 0.5, 0.25),
        (af.Log(prior), 0.2, np.log(2.0)),
        (af.Log10(prior), 1.0, 1.0),
        (af.Log10(prior) + 0.5, 1.0, 1.5),
    ]:
        model = single(expression)
        assert model.prior_count == 1
        draws = np.asarray(model.program.physical_from_unit([[unit], [0.6]]))
        one_by_one = [model.program.instance(each).sigma for each in draws]
        np.testing.assert_array_equal(model.program.instance_of_draws(draws).sigma, one_by_one)
        vector = model.vector_from_unit_vector([unit])
        assert model.instance_from_vector(vector).sigma == pytest.approx(value)
        assert isinstance(model.instance_from_vector(vector).sigma, float)
        traced = jax.jit(lambda x, program=model.program: program.instance(x).sigma)(vector)
        assert float(traced) == pytest.approx(value)
        if unit not in (0.0, 1.0):
            assert np.isfinite(jax.grad(lambda x, program=model.program: program.instance(x).sigma)(vector)[0])


def test_instance_of_draws_has_arrays_for_parameters_and_all_else_as_it_is():
    array = af.Array((2, 1), af.GaussianPrior(0.0, 1.0))
    model = af.Collection(one=single(af.UniformPrior(0.0, 4.0)), array=array)
    draws = np.array([[1.0, 2.0, 3.0], [1.5, 2.5, 3.5]])
    one_by_one = [model.program.instance(each) for each in draws]
    together = model.program.instance_of_draws(draws)
    assert together.one.centre == 1.0
    np.testing.assert_array_equal(together.one.sigma, [each.one.sigma for each in one_by_one])
    np.testing.assert_array_equal(together.array, [each.array for each in one_by_one])


def test_undefined_arithmetic_is_not_a_number_rather_than_an_error():
    assert np.isinf(sigma_at(1.0 / af.UniformPrior(-1.0, 1.0), 0.5))
    assert np.isnan(sigma_at(af.Log(af.UniformPrior(-1.0, 1.0)), 0.25))
    with pytest.raises(ModelError, match="operand"):
        af.UniformPrior() + "1"


def test_ten_gaussians_with_widths_by_arithmetic_have_six_parameters():
    slope, offset = af.UniformPrior(0.0, 1.0), af.UniformPrior(0.0, 10.0)
    gaussians = af.Collection(af.Model(LinearGaussian) for _ in range(10))
    for index, gaussian in enumerate(gaussians):
        gaussian.centre = gaussians[0].centre
        gaussian.ell_comps = gaussians[0].ell_comps
        gaussian.sigma = offset + slope * np.log10(index + 1.0)
    galaxy = af.Model(Galaxy, redshift=0.5, bulge=af.Model(Basis, profile_list=gaussians))
    assert galaxy.prior_count == 6
    profiles = galaxy.instance_from_vector([2.0, 1.0, 0.0, 0.0, 0.1, 0.2]).bulge.profile_list
    np.testing.assert_allclose([each.sigma for each in profiles], 1.0 + 2.0 * np.log10(np.arange(1, 11)))


# Assertions


def test_assertions_hold_or_fail_where_they_say():
    for make, unit, holds in [
        (lambda p: (p > 0.2) < 0.5, 0.3, True),
        (lambda p: (p > 0.2) < 0.5, 0.1, False),
        (lambda p: (p > 0.2) < 0.5, 0.6, False),
        (lambda p: (p < 0.5) > 0.2, 0.3, True),
        (lambda p: (p < 0.5) > 0.2, 0.1, False),
        (lambda p: p <= 0.5, 0.5, True),
        (lambda p: p < 0.5, 0.5, False),
        (lambda p: p >= 0.5, 0.5, True),
        (lambda p: (p <= 0.5) >= 0.5, 0.5, True),
        (lambda p: (p > 0.2) <= 0.3, 0.3, True),
        (lambda p: ((p > 0.1) < 0.9) < 0.5, 0.3, False),
        (lambda p: 2.0 * p + 0.1 < 1.0 - p, 0.25, True),
        (lambda p: 2.0 * p + 0.1 < 1.0 - p, 0.35, False),
        (lambda p: True, 0.5, True),
        (lambda p: False, 0.5, False),
    ]:
        prior = af.UniformPrior(0.0, 1.0)
        model = single(prior)
        model.add_assertion(make(prior))
        assert model.program.is_valid([unit]) is holds
        assert bool(jax.jit(model.program.is_valid)(jnp.array([unit]))) is holds
        assert model.instance_from_vector([unit], ignore_assertions=True).sigma == unit
        if holds:
            model.instance_from_vector([unit])
        else:
            with pytest.raises(FitError, match="breaks an assertion"):
                model.instance_from_vector([unit])


def test_assertions_of_parts_hold_for_the_whole():
    model = af.Collection(first=Gaussian, second=Gaussian)
    model.first.add_assertion(model.first.centre < 5.0)
    model.add_assertion(model.first.centre < model.second.centre)
    units = [[1.0, 1.0, 1.0, 2.0, 1.0, 1.0], [3.0, 1.0, 1.0, 2.0, 1.0, 1.0], [6.0, 1.0, 1.0, 7.0, 1.0, 1.0]]
    assert [model.program.is_valid(each) for each in units] == [True, False, False]


def test_python_chained_comparisons_are_refused():
    prior = af.UniformPrior()
    with pytest.raises(ModelError, match=r"\(a < b\) < c"):
        _ = 0.1 < prior < 0.5
    with pytest.raises(ModelError, match="cannot compare"):
        _ = prior < "x"
    with pytest.raises(ModelError, match="an assertion is a comparison"):
        single(prior).add_assertion(prior)


def test_an_assertion_about_a_replaced_prior_is_an_error():
    model = af.Model(Gaussian)
    model.add_assertion(model.centre < model.sigma, name="order")
    model.centre = 1.0
    with pytest.raises(ModelError, match="the assertion order cannot be checked"):
        model.instance_from_vector([1.0, 1.0])


# Freezing


def test_frozen_models_work_but_do_not_change():
    model = af.Collection(first=Gaussian, second=WithTuple)
    model.freeze()
    model.instance_from_prior_medians()
    for change in (
        lambda: setattr(model, "first", 1.0),
        lambda: setattr(model.first, "centre", 1.0),
        lambda: setattr(model.second, "tup_0", 1.0),
        lambda: setattr(model.second.tup, "tup_0", 1.0),
        lambda: model.append(1.0),
        lambda: model.__setitem__("first", 1.0),
        lambda: delattr(model, "first"),
        lambda: model.add_assertion(True),
    ):
        with pytest.raises(ModelError, match="frozen"):
            change()
    other = copy.deepcopy(model)
    other.first.centre = 1.0
    model.unfreeze()
    model.first.centre = 1.0
    assert model.prior_count == other.prior_count == 6


# Arrays of parameters


def test_arrays_have_a_parameter_per_element():
    array = af.Array((2, 2), af.GaussianPrior(0.0, 1.0))
    assert array.prior_count == 4
    assert array.shape == (2, 2)
    np.testing.assert_array_equal(array.instance_from_prior_medians(), np.zeros((2, 2)))
    array[0, 0] = 1.0
    assert array.prior_count == 3
    np.testing.assert_array_equal(array.instance_from_prior_medians(), [[1.0, 0.0], [0.0, 0.0]])
    array[1, 0] = array[0, 1]
    assert array.prior_count == 2
    np.testing.assert_array_equal(array.instance_from_vector([3.0, 4.0]), [[1.0, 3.0], [3.0, 4.0]])
    traced = jax.jit(array.program.instance)(jnp.array([3.0, 4.0]))
    np.testing.assert_array_equal(traced, [[1.0, 3.0], [3.0, 4.0]])
    model = single(1.0, centre=array)
    assert model.instance_from_vector([3.0, 4.0]).centre.shape == (2, 2)
    with pytest.raises(ModelError, match="prior_2_0"):
        array[2, 0] = 1.0
    with pytest.raises(ModelError, match="without prior"):
        af.Array(2).instance_from_vector([])
