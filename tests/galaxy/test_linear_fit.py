"""Fits whose intensities are solved: reference numbers, identities, derivatives, and input that makes no sense."""

from __future__ import annotations

import json
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from galens.errors import FitError, FitWarning
from tests.oracle import build, excess

NAMES = {
    "lp": ag.lp,
    "lp_operated": ag.lp_operated,
    "lp_linear": ag.lp_linear,
    "lp_linear_operated": ag.lp_linear_operated,
    "lp_basis": ag.lp_basis,
    "reg": ag.reg,
    "al": ag,
}


def fit_of(case, oracle):
    spec = case["spec"]
    mask = build(spec["mask"], NAMES)
    data, noise_map, kernel = (
        ag.Array2D.no_mask(oracle.input(case, name), mask.pixel_scales) for name in ("data", "noise_map", "kernel")
    )
    dataset = ag.Imaging(data, noise_map, ag.Convolver(kernel), use_normalized_psf=False, **spec["dataset"])
    names = ("use_positive_only_solver", "no_regularization_add_to_curvature_diag_value")
    model = spec["dataset_model"]
    return ag.FitImaging(
        dataset=dataset.apply_mask(mask),
        galaxies=[build(each, NAMES) for each in spec["tracer"]["kwargs"]["galaxies"]],
        dataset_model=None if model is None else ag.DatasetModel(**model),
        settings=ag.Settings(**{name: spec["settings"][name] for name in names}),
    )


CASES = (
    "linear_positive",
    "linear_positive_negative",
    "mge_basis_positive",
    "mge_basis_unconstrained",
    "mge_two_sets",
    "mge_basis_regularized",
    "linear_operated",
    "sky_offset_rotation",
    "shapelets",
)


@pytest.mark.parametrize("name", CASES)
def test_fits_of_linear_light_agree_with_the_reference(oracle, name):
    case = next(each for each in oracle.cases("imaging_fits") if each["id"] == name)
    fit = fit_of(case, oracle)
    linear = fit.linear_light
    is_regularized = name == "mge_basis_regularized"
    penalty = 0.0 if is_regularized else 0.5 * float(linear.regularization_term)
    got = {
        "curvature_matrix": linear.curvature_matrix + (0.0 if is_regularized else linear.regularization_matrix),
        # The reference calls what the 1e-3 on its diagonal pulls at a likelihood; here the penalty counts.
        "figure_of_merit": fit.figure_of_merit + penalty,
        "mapped_reconstructed": fit.model_data.values - fit.blurred_image.values,
        "galaxy_model_image_0": fit.galaxy_model_image_dict[0],
    }
    for output in case["arrays"]:
        value = got.get(output, getattr(linear, output, None) if hasattr(linear, output) else None)
        value = getattr(fit, output) if value is None else value
        reference, rule = oracle.reference(case, output)
        if name == "sky_offset_rotation" and output == "galaxy_model_image_0":
            # The reference leaves the light that has an intensity out of a galaxy that has both kinds.
            reference = oracle.reference(case, "model_data")[0]
        assert excess(value, reference, rule) <= 1, output


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(7)
    shape = (21, 19)
    truth = ag.Galaxies(
        [
            ag.Galaxy(
                redshift=0.5,
                bulge=ag.lp.Gaussian(centre=(0.02, -0.03), ell_comps=(0.1, 0.1), intensity=4.0, sigma=0.15),
                disk=ag.lp.Gaussian(centre=(0.02, -0.03), ell_comps=(0.2, 0.1), intensity=1.0, sigma=0.4),
            )
        ]
    )
    grid = ag.Grid2D.uniform(shape_native=shape, pixel_scales=0.1, over_sample_size=2)
    kernel = rng.uniform(size=(3, 3)) + np.eye(3)
    image = np.asarray(
        truth.blurred_image_2d_from(grid=grid, psf=ag.Convolver(ag.Array2D.no_mask(kernel, 0.1)).normalized).native
    )
    return ag.Imaging.from_arrays(
        data=image + rng.normal(0.0, 0.05, shape),
        noise_map=np.full(shape, 0.05),
        pixel_scales=0.1,
        psf=kernel,
        over_sample_size_lp=2,
    ).apply_mask(ag.Mask2D.circular(shape_native=shape, pixel_scales=0.1, radius=0.8))


GEOMETRY = {"centre": (0.02, -0.03), "ell_comps": (0.12, 0.1)}


def mixed():
    gaussians = [ag.lp_linear.Gaussian(**GEOMETRY, sigma=sigma) for sigma in (0.1, 0.2, 0.5)]
    return ag.Galaxies(
        {
            "lens": ag.Galaxy(
                redshift=0.5,
                halo=ag.lp.Gaussian(centre=(0.0, 0.0), intensity=0.3, sigma=0.6),
                nucleus=ag.lp_linear_operated.Gaussian(sigma=0.2),
                stars=ag.lp_basis.Basis(profile_list=gaussians),
            ),
            "other": ag.Galaxy(redshift=0.5, disk=ag.lp_linear.Gaussian(centre=(0.3, 0.3), sigma=0.3)),
        }
    )


@pytest.fixture(scope="module")
def fit(dataset):
    return ag.FitImaging(dataset=dataset, galaxies=mixed(), settings=ag.Settings(use_positive_only_solver=False))


def test_solved_intensities_are_those_of_a_dense_least_squares_problem(dataset, fit):
    alone = [member.with_intensity(1.0) for _, member in fit.linear_light_profile_intensity_dict._profiles]
    images = [np.asarray(ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, p=profile)]).model_data) for profile in alone]
    halo = np.asarray(ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, p=mixed()[0].halo)]).model_data)
    columns, data = np.stack(images, axis=1) / 0.05, (np.asarray(dataset.data) - halo) / 0.05
    expected = np.linalg.lstsq(columns, data, rcond=None)[0]
    np.testing.assert_allclose(fit.linear_light.reconstruction, expected, rtol=1e-7)
    np.testing.assert_allclose(fit.linear_light.curvature_matrix, columns.T @ columns, rtol=1e-10)
    np.testing.assert_allclose(fit.linear_light.data_vector, columns.T @ data, rtol=1e-9)
    np.testing.assert_allclose((np.asarray(fit.model_data) - halo) / 0.05, columns @ expected, atol=1e-8)
    assert float(fit.figure_of_merit) == float(fit.log_likelihood) == float(fit.log_evidence)


def test_intensities_have_names_and_belong_to_profiles(fit):
    intensities = fit.linear_light_profile_intensity_dict
    assert list(intensities) == [
        "lens.nucleus",
        "lens.stars.profile_list.0",
        "lens.stars.profile_list.1",
        "lens.stars.profile_list.2",
        "other.disk",
    ]
    np.testing.assert_array_equal(list(intensities.values()), fit.linear_light.reconstruction)
    stars = fit.galaxies["lens"].stars
    assert intensities[stars.profile_list[1]] == intensities["lens.stars.profile_list.1"]
    assert intensities[ag.lp_linear.Gaussian(centre=(0.3, 0.3), sigma=0.3)] == intensities["other.disk"]
    with pytest.raises(KeyError, match=r"lens\.nucleus"):
        intensities["disk"]
    with pytest.raises(KeyError, match="none of the linear profiles"):
        intensities[ag.lp_linear.Gaussian(sigma=9.0)]


def test_solved_galaxies_make_the_same_fit(dataset, fit):
    solved = fit.galaxies_linear_light_profiles_to_light_profiles
    assert solved.names == fit.galaxies.names
    assert type(solved["other"].disk) is ag.lp.Gaussian
    assert type(solved["lens"].nucleus) is ag.lp_operated.Gaussian
    assert float(solved["lens"].stars.profile_list[2].intensity) == float(
        fit.linear_light_profile_intensity_dict["lens.stars.profile_list.2"]
    )
    again = ag.FitImaging(dataset=dataset, galaxies=solved)
    assert again.linear_light is None
    np.testing.assert_allclose(again.model_data, fit.model_data, atol=1e-12)
    total = sum(np.asarray(each) for each in fit.model_images_of_galaxies_list)
    np.testing.assert_allclose(total, fit.model_data, atol=1e-12)
    # Outside the mask a fit has one point a pixel.
    np.testing.assert_allclose(
        np.asarray(fit.unmasked_blurred_image.native)[~dataset.mask.array], fit.model_data, atol=1e-3
    )


PAIRS = {
    "EdgeOnDisk": ({"scale_length": 0.2, "scale_height": 0.05}, {"scale_length": 0.5, "scale_height": 0.1}),
    "FlatSky": ({}, {}),
    "TiltedSky": ({"gradient": (0.1, 0.2)}, {"gradient": (0.3, -0.2)}),
    "PointSource": ({"centre": (0.1, 0.2)}, {"centre": (-0.2, 0.1)}),
    "SersicMultipole": ({"multipole_4_comps": (0.1, 0.0)}, {"multipole_4_comps": (0.0, 0.2)}),
    "GaussianMultipole": (
        {"sigma": 0.2, "multipole_4_comps": (0.1, 0.2)},
        {"sigma": 0.4, "multipole_4_comps": (0.1, 0.2)},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_any_two_profiles_of_a_class_are_solved(dataset, name):
    linear, ordinary = (getattr(family, name) for family in (ag.lp_linear, ag.lp))
    settings = ag.Settings(use_positive_only_solver=False)
    two = [ag.Galaxy(redshift=0.5, **{f"at_{i}": linear(**numbers) for i, numbers in enumerate(PAIRS[name])})]
    with warnings.catch_warnings():
        # Two skies of one level are one.
        warnings.simplefilter("ignore" if name == "FlatSky" else "error")
        fit = ag.FitImaging(dataset, two, settings=settings)
    known = ag.FitImaging(dataset, fit.galaxies_linear_light_profiles_to_light_profiles)
    assert all(isinstance(each, ordinary) for each in known.galaxies[0].cls_list_from(ag.LightProfile))
    np.testing.assert_allclose(known.model_data.values, fit.model_data.values, rtol=1e-9, atol=1e-9)
    # Nothing that either of them could add is left in the residuals.
    for numbers in PAIRS[name]:
        alone = ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, light=ordinary(intensity=1.0, **numbers))]).model_data
        weighted = np.asarray(alone) / np.asarray(dataset.noise_map)
        assert abs(weighted @ np.asarray(fit.normalized_residual_map)) < 1e-9 * np.sum(np.abs(weighted))


def test_positive_intensities_satisfy_the_optimality_conditions(dataset):
    fit = ag.FitImaging(dataset=dataset, galaxies=mixed())
    s, linear = np.asarray(fit.linear_light.reconstruction), fit.linear_light
    gradient = np.asarray(linear.data_vector - linear.curvature_matrix @ linear.reconstruction)
    scale = np.sqrt(np.diag(linear.curvature_matrix))
    assert np.all(s >= 0.0)
    assert np.all(np.abs(gradient / scale)[s > 0.0] < 1e-7)
    assert np.all((gradient / scale)[s == 0.0] < 1e-7)
    assert np.any(s == 0.0)


MODEL_OPTIONS = {"mask_radius": 0.8, "total_gaussians": 6, "sigma_min": 0.05}


@pytest.fixture(scope="module")
def fitness(dataset):
    galaxy = af.Model(
        ag.Galaxy,
        redshift=0.5,
        stars=ag.model_util.mge_model_from(**MODEL_OPTIONS),
        halo=af.Model(ag.lp.Gaussian, centre=(0.0, 0.0), ell_comps=(0.0, 0.0)),
    )
    return af.Fitness(af.Collection(galaxies=af.Collection(galaxy=galaxy)), ag.AnalysisImaging(dataset))


AT = np.array([0.025, -0.02, 0.13, 0.08, 0.1, 0.5])


def test_searches_see_nonlinear_parameters_only(fitness):
    assert [name.rsplit(".", 1)[1] for name in fitness.program.names] == [
        "centre_0", "centre_1", "ell_comps_0", "ell_comps_1", "intensity", "sigma",
    ]  # fmt: skip


def central(function, at, step=1e-6):
    return np.stack(
        [
            (np.asarray(function(at + step * u)) - np.asarray(function(at - step * u))) / (2 * step)
            for u in np.eye(len(at))
        ],
        axis=-1,
    )


def test_gradient_and_jacobian_are_exact_through_the_solution(fitness):
    value, gradient = fitness.value_and_grad(AT)
    expected = central(fitness, AT)
    np.testing.assert_allclose(gradient, expected, rtol=2e-5, atol=1e-6 * np.max(np.abs(expected)))

    def residuals_of(vector):
        return fitness.analysis.fit_from(fitness.program.instance(vector)).normalized_residual_map.values

    exact = np.asarray(jax.jit(jax.jacfwd(residuals_of))(jnp.asarray(AT)))
    expected = central(fitness.residuals, AT)
    np.testing.assert_allclose(exact, expected, atol=1e-6 * np.max(np.abs(expected)))
    # That of searches lacks a part without effect on the gradient.
    jacobian, at = (
        np.asarray(jax.jit(jax.jacfwd(fitness.residuals))(jnp.asarray(AT))),
        np.asarray(fitness.residuals(AT)),
    )
    np.testing.assert_allclose(at @ jacobian, at @ exact, atol=1e-8 * np.max(np.abs(at @ exact)))
    residuals = np.asarray(fitness.residuals(AT))
    assert float(value) == pytest.approx(-0.5 * residuals @ residuals + float(fitness.analysis.log_likelihood_constant))


def test_batches_of_values_equal_single_ones(fitness):
    vectors = AT * (1.0 + 0.02 * np.random.default_rng(1).standard_normal((4, len(AT))))
    np.testing.assert_allclose(fitness.batched(vectors), [float(fitness(vector)) for vector in vectors], rtol=1e-11)


def test_thirty_two_bit_images_have_64_bit_accuracy_where_it_counts(dataset):
    galaxies = [ag.Galaxy(redshift=0.5, disk=ag.lp_linear.Gaussian(**GEOMETRY, sigma=0.3))]
    double = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    single = ag.FitImaging(dataset=dataset, galaxies=galaxies, settings=ag.Settings(use_mixed_precision=True))
    error = abs(float(single.log_likelihood - double.log_likelihood))
    assert 0.0 < error < 1e-3
    assert single.model_data.values.dtype == single.linear_light.curvature_matrix.dtype == np.float64


def test_diagonal_is_a_penalty_of_the_figure_of_merit(dataset):
    galaxies = [ag.Galaxy(redshift=0.5, disk=ag.lp_linear.Gaussian(**GEOMETRY, sigma=0.3))]
    settings = ag.Settings(no_regularization_add_to_curvature_diag_value=100.0)
    plain, pulled = (ag.FitImaging(dataset, galaxies, settings=each) for each in (None, settings))
    s = float(pulled.linear_light.reconstruction[0])
    assert s < float(plain.linear_light.reconstruction[0])
    assert float(pulled.figure_of_merit) == pytest.approx(float(pulled.log_likelihood) - 0.5 * 100.0 * s**2)
    model = af.Collection(galaxies=af.Collection(galaxy=galaxies[0]))
    instance = model.instance_from_vector([])
    analysis = ag.AnalysisImaging(dataset, settings=settings)
    residuals = np.asarray(analysis.residuals(instance))
    assert len(residuals) == dataset.shape_slim + 1
    assert -0.5 * residuals @ residuals + float(analysis.log_likelihood_constant) == pytest.approx(
        float(analysis.log_likelihood_function(instance))
    )


def test_regularized_bases_have_an_evidence_and_no_residuals(dataset):
    gaussians = [ag.lp_linear.Gaussian(**GEOMETRY, sigma=sigma) for sigma in (0.1, 0.3)]

    def fitted(coefficient):
        basis = ag.lp_basis.Basis(gaussians, regularization=ag.reg.Constant(coefficient))
        return ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, stars=basis)])

    fit = fitted(2.0)
    linear = fit.linear_light
    F, H, s = (
        np.asarray(each) for each in (linear.curvature_matrix, linear.regularization_matrix, linear.reconstruction)
    )
    expected = float(fit.log_likelihood) - 0.5 * (s @ H @ s + np.linalg.slogdet(F + H)[1] - np.linalg.slogdet(H)[1])
    assert float(fit.figure_of_merit) == float(fit.log_evidence) == pytest.approx(expected)
    slope = jax.jit(jax.grad(lambda c: fitted(c).figure_of_merit))(2.0)
    assert float(slope) == pytest.approx(
        (float(fitted(2.001).figure_of_merit) - float(fitted(1.999).figure_of_merit)) / 0.002, rel=1e-5
    )
    model = af.Collection(galaxies=af.Collection(galaxy=fit.galaxies[0]))
    with pytest.raises(FitError, match="no sum of squares"):
        ag.AnalysisImaging(dataset).residuals(model.instance_from_vector([]))


def test_identical_profiles_share_their_intensity_with_one_warning(dataset):
    profile = ag.lp_linear.Gaussian(**GEOMETRY, sigma=0.3)
    alone = ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, one=profile)])
    for positive in (True, False):
        with pytest.warns(FitWarning, match="galaxy_0.one and galaxy_0.two are identical") as caught:
            fit = ag.FitImaging(
                dataset,
                [ag.Galaxy(redshift=0.5, one=profile, two=profile)],
                settings=ag.Settings(use_positive_only_solver=positive),
            )
        assert len(caught) == 1
        half = 0.5 * float(alone.linear_light.reconstruction[0])
        np.testing.assert_allclose(fit.linear_light.reconstruction, [half, half], rtol=1e-6)
        assert float(fit.log_likelihood) == pytest.approx(float(alone.log_likelihood))


@pytest.mark.parametrize("mixed_precision", [False, True])
@pytest.mark.parametrize("positive", [True, False])
def test_profile_that_no_point_sees_changes_nothing(dataset, positive, mixed_precision):
    # What a transform of several images leaves of the others in its image would fit noise with an intensity of 1e15.
    settings = ag.Settings(use_positive_only_solver=positive, use_mixed_precision=mixed_precision)
    seen = [ag.lp_linear.Gaussian(**GEOMETRY, sigma=sigma) for sigma in (0.1, 0.2, 0.5)]
    unseen = [ag.lp_linear.Gaussian(**GEOMETRY, sigma=sigma) for sigma in (0.0004, 0.0005)]
    fits = [
        ag.FitImaging(
            dataset, [ag.Galaxy(redshift=0.5, stars=ag.lp_basis.Basis(profile_list=members))], settings=settings
        )
        for members in (seen, unseen + seen)
    ]
    np.testing.assert_array_equal(fits[1].linear_light.reconstruction[:2], 0.0)
    tolerance = 1e-5 if mixed_precision else 1e-11
    np.testing.assert_allclose(
        fits[1].linear_light.reconstruction[2:], fits[0].linear_light.reconstruction, rtol=tolerance
    )
    np.testing.assert_allclose(float(fits[1].log_likelihood), float(fits[0].log_likelihood), rtol=tolerance)


def test_intensities_that_are_all_zero_are_warned_of(dataset):
    dark = ag.Imaging(
        data=-1.0 * abs(dataset.data), noise_map=dataset.noise_map, psf=dataset.psf, over_sample_size_lp=2
    )
    with pytest.warns(FitWarning, match="all linear light profiles are zero"):
        fit = ag.FitImaging(dark, [ag.Galaxy(redshift=0.5, disk=ag.lp_linear.Gaussian(sigma=0.3))])
    assert np.isfinite(float(fit.log_likelihood))


def test_system_that_is_not_finite_has_no_likelihood(dataset):
    profile = jax.tree.map(lambda leaf: leaf, ag.lp_linear.Gaussian(sigma=0.3))
    broken = jax.tree.unflatten(jax.tree.structure(profile), [0.0, 0.0, 0.0, 0.0, float("nan")])
    with pytest.warns(FitWarning, match="not finite"):
        fit = ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, disk=broken)])
    assert float(fit.log_likelihood) == -np.inf
    np.testing.assert_array_equal(fit.linear_light.reconstruction, 0.0)


def test_operated_light_without_psf_is_warned_of(dataset):
    bare = ag.Imaging(data=dataset.data, noise_map=dataset.noise_map, over_sample_size_lp=2)
    with pytest.warns(FitWarning, match="has no PSF"):
        fit = ag.FitImaging(bare, [ag.Galaxy(redshift=0.5, nucleus=ag.lp_linear_operated.Gaussian(sigma=0.3))])
    assert np.isfinite(float(fit.log_likelihood))


def test_ordinary_fits_do_not_warn(dataset):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, disk=ag.lp_linear.Gaussian(**GEOMETRY, sigma=0.3))])


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_impossible_settings_are_refused(value):
    with pytest.raises(FitError, match="diag_value"):
        ag.Settings(no_regularization_add_to_curvature_diag_value=value)


def test_cases_of_the_reference_are_all_compared(oracle):
    linear = {
        case["id"]
        for case in oracle.cases("imaging_fits")
        if "lp_linear" in json.dumps(case["spec"]) and "mp." not in json.dumps(case["spec"])
    }
    assert linear == set(CASES)
