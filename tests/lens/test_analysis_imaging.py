"""The likelihood of a model of a lens: values, residuals, penalties, and what a search makes of it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.lens as al
from galens.errors import DatasetError, FitError

SHAPE, SCALE = (31, 31), 0.16


TRUTH = al.Tracer(
    {
        "lens": al.Galaxy(
            redshift=0.5,
            bulge=al.lp.Sersic(centre=(0.0, 0.0), intensity=1.0, effective_radius=0.6, sersic_index=2.0),
            mass=al.mp.Isothermal(ell_comps=(0.1, 0.05), einstein_radius=1.2),
        ),
        "source": al.Galaxy(
            redshift=1.0,
            bulge=al.lp.SersicSph(centre=(0.1, 0.05), intensity=1.5, effective_radius=0.25, sersic_index=1.0),
        ),
    }
)


@pytest.fixture(scope="module")
def dataset():
    grid = al.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=4)
    psf = al.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.2, pixel_scales=SCALE, normalize=True)
    simulator = al.SimulatorImaging(exposure_time=500.0, psf=psf, background_sky_level=0.2, noise_seed=2)
    simulated = simulator.via_galaxies_from(galaxies=TRUTH, grid=grid, over_sample_size_lp=4)
    return simulated.apply_mask(al.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=2.2))


@pytest.fixture(scope="module")
def model():
    """Mass and source are free, of the light of the lens its brightness."""
    lens = af.Model(al.Galaxy, redshift=0.5, bulge=al.lp_linear.Sersic, mass=al.mp.Isothermal)
    lens.bulge.centre, lens.bulge.ell_comps = (0.0, 0.0), (0.0, 0.0)
    lens.bulge.effective_radius, lens.bulge.sersic_index = 0.6, 2.0
    lens.mass.centre = (0.0, 0.0)
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.lp_linear.SersicSph)
    source.bulge.sersic_index = 1.0
    return af.Collection(galaxies=af.Collection(lens=lens, source=source))


POSITIONS = al.PositionsLH([(1.3, 0.0), (-1.2, 0.1), (0.0, -1.1)], threshold=0.3, penalty_factor=1e4)


@pytest.fixture(scope="module")
def fitness(dataset, model):
    return af.Fitness(model, al.AnalysisImaging(dataset, positions_likelihood_list=[POSITIONS]))


def vector_of(fitness, **changes):
    """The truth, with changes of some parameters."""
    values = {"ell_comps_0": 0.1, "ell_comps_1": 0.05, "einstein_radius": 1.2, "centre_0": 0.1, "centre_1": 0.05}
    values = {**values, "effective_radius": 0.25, **changes}
    return jnp.array([values[name.rsplit(".", 1)[-1]] for name in fitness.program.names])


def test_likelihood_is_that_of_the_fit_less_the_penalty(fitness, dataset):
    assert sorted(name.rsplit(".", 1)[-1] for name in fitness.program.names)[0] == "centre_0"
    good, bad = vector_of(fitness), vector_of(fitness, einstein_radius=0.6)
    analysis = fitness.analysis
    for vector in (good, bad):
        instance = fitness.program.instance(vector)
        fit, penalty = (
            analysis.fit_from(instance),
            POSITIONS.log_likelihood_penalty_from(analysis.tracer_from(instance)),
        )
        assert float(fitness(vector)) == pytest.approx(float(fit.figure_of_merit) - float(penalty), rel=1e-10)
    assert float(penalty) > 100.0
    assert float(fitness(good)) > float(fitness(bad)) + 1000.0


def test_residuals_are_those_of_the_likelihood_with_and_without_a_penalty(fitness):
    for vector in (vector_of(fitness), vector_of(fitness, einstein_radius=0.6)):
        residuals = np.asarray(fitness.residuals(vector))
        constant = float(fitness.analysis.log_likelihood_constant)
        assert -0.5 * residuals @ residuals + constant == pytest.approx(float(fitness(vector)), rel=1e-10)


def test_impossible_lenses_have_no_likelihood_and_never_nan(fitness):
    values = fitness.batched(
        np.array(
            [
                vector_of(fitness, einstein_radius=-0.1),
                vector_of(fitness, ell_comps_0=0.9, ell_comps_1=0.9),
                vector_of(fitness, einstein_radius=float("nan")),
                vector_of(fitness, centre_0=float("inf")),
                vector_of(fitness),
            ]
        )
    )
    assert np.all(values[:3] == -np.inf)
    # Light of a source at infinity is dark.
    assert values[3] < values[4] - 1000.0
    _, gradient = fitness.value_and_grad(vector_of(fitness, einstein_radius=-0.1))
    assert np.all(np.isfinite(gradient))


def test_search_from_default_priors_finds_the_lens(fitness, dataset, model, tmp_path):
    analysis = al.AnalysisImaging(dataset, positions_likelihood_list=[POSITIONS])
    search = af.MultiStartLM(path_prefix=tmp_path, name="lens", n_starts=3, n_draws=48, n_samples=50, seed=1)
    result = search.fit(model=model, analysis=analysis)
    tracer = result.max_log_likelihood_tracer
    assert float(tracer.galaxies["lens"].mass.einstein_radius) == pytest.approx(1.2, abs=0.02)
    assert float(tracer.galaxies["source"].bulge.intensity) == pytest.approx(1.5, rel=0.1)
    assert float(result.max_log_likelihood_fit.reduced_chi_squared) == pytest.approx(1.0, abs=0.15)
    assert result.samples.info["starts_at_best_mode"] == 3
    # The folder of the result holds all that the likelihood needs.
    (folder,) = (each.parent for each in tmp_path.rglob("result.json"))
    again = af.Result.from_folder(folder)
    assert float(again.max_log_likelihood_fit.log_likelihood) == float(result.max_log_likelihood_fit.log_likelihood)
    positions = again.analysis.positions_likelihood_list[0]
    np.testing.assert_array_equal(positions.positions, POSITIONS.positions)
    assert (positions.threshold, positions.plane_redshift) == (0.3, None)
    assert again.analysis.cosmology == analysis.cosmology
    assert again.max_log_likelihood_tracer.galaxies.names == ("lens", "source")


def test_bad_arguments_are_refused_in_words(dataset):
    with pytest.raises(DatasetError, match="must be an Imaging, got str"):
        al.AnalysisImaging("data.fits")
    with pytest.raises(FitError, match="must hold PositionsLH"):
        al.AnalysisImaging(dataset, positions_likelihood_list=[(1.0, 2.0)])
