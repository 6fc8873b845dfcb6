"""What models say of themselves, and the models that are made from others."""

import jax
import numpy as np
import pytest

from galens import fit as af
from galens.errors import ModelError, PriorError
from galens.fit.model.info import _joined
from tests.fit.model_classes import Disk, Exponential, Galaxy, Gaussian, Sersic, WithTuple

pytestmark = pytest.mark.usefixtures("configured")


def lines(*pairs):
    return "\n".join(name if not text else f"{name:<80}{text}" for name, text in pairs)


def test_info_of_a_simple_model():
    assert af.Model(Gaussian, sigma=0.5).info == "\n\n".join(
        [
            "Total Free Parameters = 2",
            lines(("model", "Gaussian (N=2)")),
            lines(
                ("centre", "UniformPrior [0], lower_limit = 0.0, upper_limit = 100.0"),
                ("normalization", "LogUniformPrior [1], lower_limit = 1e-06, upper_limit = 1000000.0"),
                ("sigma", "0.5"),
            ),
        ]
    )


def test_info_joins_what_is_equal_and_shows_links_fixed_objects_and_assertions():
    model = af.Collection(
        gaussian=af.Model(Gaussian, centre=1.0, normalization=2.0),
        extra=af.Model(Gaussian, centre=1.0, normalization=2.0),
        fixed=Disk((0.1, 0.2), 3.0),
        grid=np.zeros((3, 2)),
    )
    model.extra.sigma = model.gaussian.sigma
    model.extra.normalization = model.gaussian.sigma * 2.0
    model.add_assertion((model.gaussian.sigma + 1.0 > 0.5) <= 20.0, name="range")
    assert model.info == "\n\n".join(
        [
            "Total Free Parameters = 1",
            lines(
                ("model", "Collection (N=1)"),
                ("    gaussian", "Gaussian (N=1)"),
                ("    extra", "Gaussian (N=1)"),
                ("        normalization", "ProductPrior (N=1)"),
                ("    fixed", "Disk (N=0)"),
            ),
            lines(
                ("grid", "array of shape (3, 2)"),
                ("extra - gaussian", ""),
                ("    centre", "1.0"),
                ("    sigma", "UniformPrior [0], lower_limit = 0.0, upper_limit = 25.0"),
                ("gaussian", ""),
                ("    normalization", "2.0"),
                ("extra", ""),
                ("    normalization", ""),
                ("        self", "UniformPrior [0], lower_limit = 0.0, upper_limit = 25.0"),
                ("        other", "2.0"),
                ("fixed", ""),
                ("    position", "(0.1, 0.2)"),
                ("    flux", "3.0"),
                ("    order", "3"),
            ),
            "assertions\n    range: 0.5 < (gaussian.sigma + 1.0) and (gaussian.sigma + 1.0) <= 20.0",
        ]
    )


def test_info_of_equal_parts_of_a_list_is_shown_once():
    model = af.Collection([af.Model(Gaussian, centre=0.0, normalization=1.0) for _ in range(3)])
    for each in model:
        each.sigma = model[0].sigma
    assert model.parameterization == lines(("model", "Collection (N=1)"), ("    0 - 2", "Gaussian (N=1)"))
    assert model.info.endswith(
        lines(
            ("0 - 2", ""),
            ("    centre", "0.0"),
            ("    normalization", "1.0"),
            ("    sigma", "UniformPrior [0], lower_limit = 0.0, upper_limit = 25.0"),
        )
    )


def test_names_are_joined_as_ranges():
    assert _joined(["1", "2", "3", "5", "6", "7", "8", "9", "10", "12"]) == "1 - 3, 5 - 10, 12"
    assert _joined(["0", "2"]) == "0, 2"
    assert _joined(["gaussian", "g2"]) == "g2 - gaussian"
    assert _joined(["bulge"]) == "bulge"


def test_queries_by_path_class_and_prior():
    model = af.Collection(galaxies=af.Collection(lens=af.Model(Galaxy, redshift=0.5, bulge=Sersic, disk=Sersic)))
    lens = model.galaxies.lens
    lens.disk.intensity = lens.bulge.intensity
    assert model.object_for_path("galaxies.lens.bulge.centre.centre_0") is lens.bulge.centre_0
    assert model.object_for_path(("galaxies", 0, "bulge", "centre_0")) is lens.bulge.centre_0
    assert model.path_for_prior(lens.bulge.intensity) == ("galaxies", "lens", "bulge", "intensity")
    assert len(model.all_paths_for_prior(lens.bulge.intensity)) == 2
    assert model.models_with_type(Sersic) == [lens.bulge, lens.disk]
    assert model.models_with_type((Galaxy, Sersic))[0] is lens
    assert len(model.path_priors_tuples) == len(model.paths) == model.prior_count + 1
    assert model.superscripts[0] == "lens.bulge"
    assert model.parameter_labels_with_superscripts_latex[0] == r"$y^{\rm lens.bulge}$"
    lens.bulge.ell_comps = (0.0, 0.0)
    fixed = af.Model(Gaussian, centre=1.0, normalization=1.0, sigma=1.0)
    assert af.Collection(fixed).models_with_type(Gaussian) == []
    assert af.Collection(fixed).models_with_type(Gaussian, include_zero_dimension=True) == [fixed]
    with pytest.raises(ModelError, match="not a parameter"):
        model.path_for_prior(af.UniformPrior())


def test_results_name_a_parameter_where_it_stands_itself():
    model = af.Collection(first=af.Model(Gaussian, centre=0.0, normalization=1.0), second=Exponential)
    model.second.centre = model.first.sigma + 1.0
    model.second.normalization = af.UniformPrior() * 2.0
    model.second.rate = 1.0
    assert model.program.names == ("first.sigma", "second.normalization.self")
    assert model.unique_prior_paths[0] == ("second", "centre", "self")


def test_vectors_of_wrong_length_are_refused():
    model = af.Model(Gaussian)
    for act in (
        model.instance_from_vector,
        model.vector_from_unit_vector,
        model.log_prior_list_from_vector,
        model.mapper_from_prior_means,
        lambda vector: model.mapper_from_uniform_floats(vector, 1.0),
        lambda vector: model.with_limits([(0.0, 1.0)] * len(vector)),
    ):
        with pytest.raises(ModelError, match="3 free parameters"):
            act([0.5, 0.5])


def test_medians_are_the_middle_of_the_unit_cube():
    model = af.Collection(Gaussian, Disk)
    np.testing.assert_array_equal(
        model.physical_values_from_prior_medians, model.vector_from_unit_vector([0.5] * model.prior_count)
    )
    assert model.instance_from_prior_medians()[0].sigma == model.instance_from_unit_vector([0.5] * 6)[0].sigma


def test_random_draws_repeat_with_their_seed_and_stay_between_limits():
    model = af.Collection(Gaussian, Disk)
    first = model.random_vector_from_priors(seed=1)
    np.testing.assert_array_equal(first, model.random_vector_from_priors(key=jax.random.key(1)))
    assert np.all(first != model.random_vector_from_priors(seed=2))
    assert model.random_instance(seed=1)[0].sigma == model.instance_from_vector(first)[0].sigma
    units = model.random_unit_vector(seed=1, lower_limit=0.4, upper_limit=0.6)
    assert np.all((units >= 0.4) & (units <= 0.6))
    with pytest.raises(ModelError, match="seed"):
        model.random_instance()
    with pytest.raises(ModelError, match="limits of unit values"):
        model.random_unit_vector(seed=1, lower_limit=0.5, upper_limit=0.5)


def test_instances_for_arguments_by_prior():
    model = af.Model(Gaussian, centre=0.0)
    instance = model.instance_for_arguments({model.normalization: 2.0, model.sigma: 3.0})
    assert (instance.normalization, instance.sigma) == (2.0, 3.0)
    with pytest.raises(ModelError, match="missing for 1"):
        model.instance_for_arguments({model.sigma: 3.0})


# Models from models


def test_passed_priors_have_the_configured_width_and_limits():
    model = af.Model(Gaussian)
    passed = model.mapper_from_prior_means([1.0, 1.0, 1.0])
    assert [each.sigma for each in passed.priors_ordered_by_id] == [0.1, 0.5, 2.0]
    assert [each.mean for each in passed.priors_ordered_by_id] == [1.0, 1.0, 1.0]
    assert [each.limits for each in passed.priors_ordered_by_id] == [(0.0, 100.0), (0.0, 50.0), (0.0, 25.0)]
    assert [each.id for each in passed.priors_ordered_by_id] == [each.id for each in model.priors_ordered_by_id]
    assert passed.centre.width_modifier == af.RelativeWidthModifier(0.1)
    assert model.centre.limits == (0.0, 100.0)


def test_width_of_passed_priors_can_be_given():
    model = af.Model(Gaussian)
    model.centre.width_modifier = af.RelativeWidthModifier(2.0)
    model.sigma = af.GaussianPrior(1.0, 1.0)  # its slot is configured, it is not
    means = [-5.0, 5.0, 5.0]
    assert [e.sigma for e in model.mapper_from_prior_means(means).priors_ordered_by_id] == [10.0, 2.5, 2.0]
    assert [e.sigma for e in model.mapper_from_prior_means(means, a=1.5).priors_ordered_by_id] == [1.5] * 3
    assert [e.sigma for e in model.mapper_from_prior_means(means, r=0.5).priors_ordered_by_id] == [2.5] * 3
    free = model.mapper_from_prior_means(means, no_limits=True)
    assert all(each.limits == (-np.inf, np.inf) for each in free.priors_ordered_by_id)
    again = model.mapper_from_prior_means(means).mapper_from_prior_means([1.0, 1.0, 1.0])
    assert again.centre.sigma == 2.0
    with pytest.raises(PriorError, match=r"width 0 at the mean 0.*absolute_floor"):
        model.mapper_from_prior_means([0.0, 1.0, 1.0])
    with pytest.raises(ModelError, match="not both"):
        model.mapper_from_prior_means(means, a=1.0, r=1.0)


def test_a_parameter_without_any_width_is_passed_with_half_its_mean():
    model = af.Collection(first=af.UniformPrior(0.0, 10.0))
    assert model.mapper_from_prior_means([4.0]).first.sigma == 2.0


def test_uniform_priors_about_values_and_new_limits():
    model = af.Model(Gaussian, normalization=1.0)
    uniform = model.mapper_from_uniform_floats([10.0, 5.0], b=1.0)
    assert [each.limits for each in uniform.priors_ordered_by_id] == [(9.0, 11.0), (4.0, 6.0)]
    model.sigma = af.GaussianPrior(1.0, 5.0)
    limited = model.with_limits([(0.3, 0.5), (0.3, 0.5)])
    assert limited.centre.limits == (0.3, 0.5)
    assert (limited.sigma.mean, limited.sigma.sigma) == (pytest.approx(0.4), pytest.approx(0.2))


def test_replacing_keeps_links_arithmetic_and_assertions():
    model = af.Collection(first=Gaussian, second=Gaussian)
    model.second.sigma = model.first.sigma
    model.second.centre = model.first.sigma + 1.0
    model.add_assertion(model.first.sigma < 3.0)
    new = af.UniformPrior(0.0, 4.0)
    replaced = model.replacing({model.first.sigma: new})
    assert replaced.first.sigma is replaced.second.sigma is new
    assert replaced.prior_count == model.prior_count == 4
    vector = replaced.physical_values_from_prior_medians
    assert replaced.instance_from_vector(vector).second.centre == 3.0
    assert replaced.program.is_valid(vector)
    vector[-1] = 3.5
    assert not replaced.program.is_valid(vector)
    fixed = model.replacing({model.first.sigma: 2.0})
    assert fixed.prior_count == 3
    assert fixed.instance_from_prior_medians().second.centre == 3.0
    with pytest.raises(ModelError, match="cannot be replaced"):
        model.replacing({model.first.sigma: "x"})


def test_replacing_for_path_leaves_the_model_alone():
    model = af.Collection(first=Gaussian, second=WithTuple)
    other = model.replacing_for_path("second.tup.tup_0", 0.5).replacing_for_path(("first",), Exponential)
    assert other.second.tup_0 == 0.5
    assert other.first.cls is Exponential
    assert model.prior_count == 7


def test_attributes_are_taken_over_where_paths_match():
    source = af.Collection(first=af.Model(Gaussian, sigma=2.0), second=WithTuple, only=Gaussian)
    target = af.Collection(first=Gaussian, second=WithTuple, third=Gaussian)
    target.take_attributes(source)
    assert target.first.sigma == 2.0
    assert target.first.centre == source.first.centre
    assert target.second.tup_1 == source.second.tup_1
    instance = source.instance_from_prior_medians()
    target.take_attributes(instance)
    assert target.second.tup_1 == 0.5
    assert target.prior_count == 3
    single = af.Collection(first=Gaussian)
    single.take_attributes({"first": {"centre": 4.0}})
    assert single.first.centre == 4.0
    single.add_assertion(single.first.sigma < 1.0)
    with pytest.raises(ModelError, match="assertions"):
        single.take_attributes(source)
