"""Linear light profiles and bases: derived from ordinary ones, refused where they make no sense."""

from __future__ import annotations

import dataclasses
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from galens.errors import ModelError, ProfileError
from tests.oracle import build, excess

FAMILIES = {"lp_linear": (ag.lp_linear, ag.lp), "lp_linear_operated": (ag.lp_linear_operated, ag.lp_operated)}
UNIFORM = ag.Grid2D.uniform(shape_native=(12, 13), pixel_scales=0.25, over_sample_size=1)
GRID = ag.Grid2D.uniform(shape_native=(5, 6), pixel_scales=0.2)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_ordinary_profile_has_a_linear_twin_without_intensity(family):
    linear, ordinary = FAMILIES[family]
    assert set(linear.__all__) == {
        name for name in ordinary.__all__ if "intensity" in inspect.signature(getattr(ordinary, name)).parameters
    }
    for name in linear.__all__:
        twin, cls = getattr(linear, name), getattr(ordinary, name)
        assert issubclass(twin, cls)
        arguments = dict(inspect.signature(cls).parameters)
        del arguments["intensity"]
        assert [each.default for each in inspect.signature(twin).parameters.values()] == [
            each.default for each in arguments.values()
        ]
        assert twin().intensity == 1.0
        assert twin().is_operated == cls().is_operated
        solved = twin().with_intensity(3.0)
        assert type(solved) is cls
        np.testing.assert_allclose(solved.image_at(0.3, 0.4), 3.0 * np.asarray(twin().image_at(0.3, 0.4)), rtol=1e-13)


def test_images_at_intensity_one_agree_with_the_reference(oracle):
    compared = set()
    for case in oracle.cases("light_profiles", status="ok"):
        family, name = case["cls"].split(".")
        if family not in FAMILIES or name not in FAMILIES[family][0].__all__:
            continue
        profile = build(
            {"cls": case["cls"], "kwargs": case["kwargs"]}, {key: modules[0] for key, modules in FAMILIES.items()}
        )
        images = {
            "image_irr": lambda profile=profile, case=case: profile.image_at(*oracle.input(case, "grid_irr").T),
            "image_uni_operated_only_true": lambda profile=profile: profile.image_2d_from(
                grid=UNIFORM, operated_only=True
            ),
        }
        for output in images.keys() & case["arrays"].keys():
            assert excess(images[output](), *oracle.reference(case, output)) <= 1, (case["id"], output)
        compared.add(case["cls"])
    assert len(compared) >= 16


def test_linear_light_is_dark_in_a_galaxy_until_it_is_solved():
    bulge, disk = ag.lp_linear.Sersic(), ag.lp.Exponential()
    galaxy = ag.Galaxy(redshift=0.5, bulge=bulge, disk=disk)
    np.testing.assert_array_equal(galaxy.image_2d_from(grid=GRID), disk.image_2d_from(grid=GRID))
    basis = ag.lp_basis.Basis(profile_list=[bulge, ag.lp_linear.Gaussian()])
    np.testing.assert_array_equal(
        ag.Galaxy(redshift=0.5, basis=basis, disk=disk).image_2d_from(grid=GRID), disk.image_2d_from(grid=GRID)
    )
    assert not np.any(np.asarray(basis.image_2d_from(grid=GRID)))
    assert np.all(np.asarray(basis.image_2d_list_from(grid=GRID)[1]) > 0.0)


def test_basis_of_ordinary_profiles_is_their_sum():
    profiles = [ag.lp.Gaussian(sigma=0.3), ag.lp_operated.Gaussian(sigma=0.6), ag.lp.Sersic(centre=(0.1, 0.0))]
    basis = ag.lp_basis.Basis(profile_list=profiles)
    apart = ag.Galaxy(redshift=0.5, **{f"p{i}": each for i, each in enumerate(profiles)})
    together = ag.Galaxy(redshift=0.5, basis=basis)
    for only in (None, True, False):
        np.testing.assert_allclose(
            together.image_2d_from(grid=GRID, operated_only=only),
            apart.image_2d_from(grid=GRID, operated_only=only),
            rtol=1e-13,
        )
    np.testing.assert_allclose(basis.image_2d_from(grid=GRID), apart.image_2d_from(grid=GRID), rtol=1e-13)
    assert basis.centre == profiles[0].centre
    assert basis.light_profile_list == profiles
    assert float(together.luminosity_within_circle_from(1.0)) == pytest.approx(
        float(apart.luminosity_within_circle_from(1.0))
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"profile_list": []}, "at least one light profile"),
        ({"profile_list": [ag.lp_linear.Gaussian(), ag.lp.Gaussian()]}, "cannot be mixed"),
        ({"profile_list": [ag.Galaxy(redshift=0.5)]}, "must hold light profiles"),
        ({"profile_list": [ag.lp.Gaussian()], "regularization": ag.reg.Constant()}, "regularization"),
    ],
)
def test_impossible_bases_are_refused(arguments, words):
    with pytest.raises(ProfileError, match=words):
        ag.lp_basis.Basis(**arguments)


@pytest.mark.parametrize("coefficient", [-1.0, float("nan"), float("inf")])
def test_impossible_regularizations_are_refused(coefficient):
    with pytest.raises(ProfileError, match="coefficient"):
        ag.reg.Constant(coefficient=coefficient)


def test_constant_regularization_is_the_sum_of_squared_differences():
    from galens.array.inversion.regularization import chain

    s = np.array([1.0, 3.0, 2.0, -1.0])
    matrix = np.asarray(ag.reg.Constant(coefficient=2.0).matrix(4, chain(4)))
    assert s @ matrix @ s == pytest.approx(4.0 * np.sum(np.diff(s) ** 2), rel=1e-7)
    assert np.linalg.eigvalsh(matrix)[0] == pytest.approx(1e-8, rel=1e-3)


def test_linear_profiles_are_pytrees_and_built_by_models():
    profile = ag.lp_linear.Sersic(effective_radius=0.7)
    leaves = jax.tree.leaves(profile)
    assert len(leaves) == len(jax.tree.leaves(ag.lp.Sersic())) - 1
    assert "intensity" not in [each.name for each in dataclasses.fields(profile)]
    model = af.Model(ag.lp_linear.Sersic)
    assert model.prior_count == 6
    assert model.instance_from_prior_medians().is_physical()


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ({}, 4),
        ({"use_spherical": True}, 2),
        ({"gaussian_per_basis": 2}, 6),
        ({"gaussian_per_basis": 2, "centre_per_basis": True}, 8),
        ({"gaussian_per_basis": 3}, 8),
        ({"gaussian_per_basis": 2, "centre_fixed": (0.0, 0.0)}, 4),
    ],
)
def test_expansions_have_few_parameters(options, count):
    model = ag.model_util.mge_model_from(mask_radius=3.0, total_gaussians=5, **options)
    assert model.prior_count == count
    basis = model.instance_from_prior_medians()
    sigmas = [each.sigma for each in basis.profile_list]
    np.testing.assert_allclose(sigmas[:5], np.logspace(-4, np.log10(3.0), 5), rtol=1e-12)
    assert len(sigmas) == 5 * options.get("gaussian_per_basis", 1)


def test_priors_of_expansions_are_those_that_are_asked_for():
    model = ag.model_util.mge_model_from(3.0, 2, centre=(0.5, -0.5), ell_comps_prior_is_uniform=True)
    centre, shape = model.profile_list[0].centre, model.profile_list[1].ell_comps
    assert (centre.centre_0.lower_limit, centre.centre_1.upper_limit) == (0.4, -0.4)
    assert (shape.ell_comps_0.lower_limit, shape.ell_comps_1.upper_limit) == (-0.2, 0.2)
    model = ag.model_util.mge_model_from(3.0, 2, centre_prior_is_uniform=False, centre_sigma=0.1, ell_comps_limit=0.5)
    centre, shape = model.profile_list[0].centre, model.profile_list[1].ell_comps
    assert (centre.centre_0.mean, centre.centre_0.sigma) == (0.0, 0.1)
    assert (shape.ell_comps_0.lower_limit, shape.ell_comps_0.sigma) == (-0.5, 0.3)
    point = ag.model_util.mge_point_model_from(pixel_scales=0.05).instance_from_prior_medians()
    assert (point.profile_list[0].sigma, point.profile_list[-1].sigma) == (pytest.approx(0.01), pytest.approx(0.1))


def test_ordered_sets_cannot_swap_places():
    model = ag.model_util.mge_model_from(3.0, 2, gaussian_per_basis=2, order_bases=True)
    names = model.program.names
    first, second = (next(i for i, n in enumerate(names) if n.endswith(f"{k}.ell_comps.ell_comps_1")) for k in (1, 3))
    vector = np.zeros(model.prior_count)
    for low, high, valid in ((second, first, True), (first, second, False)):
        vector[high], vector[low] = 0.2, 0.1
        assert bool(model.program.assertions_hold(vector)) == valid


@pytest.mark.parametrize(
    "arguments",
    [
        {"mask_radius": -1.0},
        {"mask_radius": 3.0, "total_gaussians": 0},
        {"mask_radius": 3.0, "order_bases": True, "use_spherical": True},
    ],
)
def test_impossible_expansions_are_refused(arguments):
    with pytest.raises(ModelError, match="mge_model_from"):
        ag.model_util.mge_model_from(**arguments)


@pytest.mark.parametrize("shared", [True, False])
def test_bounds_of_what_gaussians_share_are_asked_once(shared):
    def questions(count):
        model = ag.model_util.mge_model_from(mask_radius=3.0, total_gaussians=count)
        if not shared:
            for each in model.profile_list:
                each.centre = (af.UniformPrior(), af.UniformPrior())
        program = af.Collection(galaxies=af.Collection(one=af.Model(ag.Galaxy, redshift=0.5, bulge=model))).program
        vector = program.physical_from_unit(jnp.full(program.n, 0.5))
        assert bool(jax.jit(program.is_valid)(vector))
        assert not bool(jax.jit(program.is_valid)(vector.at[-1].set(jnp.nan)))
        asked = [each for each in jax.make_jaxpr(program.is_valid)(vector).eqns if each.primitive.name in ("eq", "lt")]
        return len(asked)

    assert (questions(4) == questions(12)) is shared
