"""What an image says of a lens before any fit, and the draws of a prior that are moved to it."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.lens as al
from galens.lens.imaging.arcs import image_without_lens_light, lensed_image

SHAPE, SCALE = (41, 41), 0.12
CENTRE, RADIUS = (0.12, -0.12), 1.3


def image_of(with_lens_light: bool = True) -> al.Imaging:
    light = al.lp.Sersic(centre=CENTRE, ell_comps=(0.1, 0.1), intensity=1.0, effective_radius=0.7)
    lens = al.Galaxy(
        redshift=0.5,
        mass=al.mp.Isothermal(centre=CENTRE, ell_comps=(0.05, 0.1), einstein_radius=RADIUS),
        **({"bulge": light} if with_lens_light else {}),
    )
    bulge = al.lp.SersicSph(centre=(0.3, 0.0), intensity=1.0, effective_radius=0.2, sersic_index=1.0)
    grid = al.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=2)
    psf = al.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.12, pixel_scales=SCALE, normalize=True)
    simulator = al.SimulatorImaging(exposure_time=1000.0, psf=psf, background_sky_level=0.1, noise_seed=3)
    tracer = al.Tracer([lens, al.Galaxy(redshift=1.0, bulge=bulge)])
    simulated = simulator.via_galaxies_from(galaxies=tracer, grid=grid, over_sample_size_lp=2)
    return simulated.apply_mask(al.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=2.3))


@pytest.fixture(scope="module")
def dataset():
    return image_of()


def model_of(**lens):
    source = af.Model(al.Galaxy, redshift=1.0, bulge=al.lp_linear.SersicSph)
    galaxies = af.Collection(lens=af.Model(al.Galaxy, redshift=0.5, **lens), source=source)
    return af.Collection(galaxies=galaxies)


@pytest.fixture(scope="module")
def model():
    return model_of(bulge=al.lp_linear.SersicSph, mass=al.mp.Isothermal, shear=al.mp.ExternalShear)


def draws_of(model, number=48):
    normal = np.random.default_rng(5).standard_normal((number, model.program.n))
    return np.asarray(model.program.physical_from_normal(normal))


def column(model, name):
    return model.program.names.index(f"galaxies.{name}")


def test_image_is_taken_apart_at_the_lens_and_its_arcs(dataset):
    image = lensed_image(dataset)
    assert image.centre == pytest.approx(CENTRE, abs=1e-9)
    assert image.arc_radius == pytest.approx(RADIUS, rel=0.1)
    assert 0.35 < image.half_light_radius < 1.0
    assert image.arcs.shape == (dataset.mask.pixels_in_mask,)
    y, x = np.moveaxis(np.asarray(dataset.mask.pixel_centres), -1, 0)
    distance = np.hypot(y - CENTRE[0], x - CENTRE[1])
    assert image.arcs[np.abs(distance - RADIUS) < 0.5].sum() > 0.8 * image.arcs.sum()


def test_pixels_that_are_switched_off_decide_nothing(dataset):
    off = np.zeros(SHAPE, bool)
    off[3:6, 18:22] = True
    data = np.where(off, 1e4, np.asarray(dataset.data.native))
    noise = np.where(off, 1e8, np.where(dataset.mask.array, 1.0, np.asarray(dataset.noise_map.native)))
    spoilt = al.Imaging(
        data=al.Array2D.no_mask(data, SCALE), noise_map=al.Array2D.no_mask(noise, SCALE), over_sample_size_lp=1
    ).apply_mask(dataset.mask)
    image = lensed_image(spoilt)
    assert image.centre == pytest.approx(CENTRE, abs=1e-9)
    assert image.arcs[off[~dataset.mask.array]].max() == 0.0


def test_without_lens_light_all_significant_light_is_arcs():
    image = image_without_lens_light(image_of(with_lens_light=False))
    assert image.arc_radius == pytest.approx(RADIUS, rel=0.15)
    assert image.half_light_radius == 0.0


def test_draws_are_moved_within_their_priors_and_fit_better(dataset, model):
    fitness, drawn = af.Fitness(model, al.AnalysisImaging(dataset)), draws_of(model)
    moved = fitness.analysis.informed_draws(model.program, drawn)
    normal = np.asarray(model.program.normal_from_physical(moved))
    assert np.all(np.abs(normal) < 4.0)
    assert np.all(np.isfinite(fitness.log_prior(moved)))
    before, after = fitness.batched(drawn), fitness.batched(moved)
    misfit = [float(np.median(-0.5 * dataset.noise_normalization - each)) for each in (before, after)]
    assert misfit[1] < 0.5 * misfit[0]
    # What was drawn scatters what the image says, and says what the image does not.
    radii = moved[:, column(model, "lens.mass.einstein_radius")]
    assert np.median(radii) == pytest.approx(RADIUS, rel=0.1)
    assert 0.05 < np.std(np.log(radii)) < 0.2
    index = column(model, "source.bulge.sersic_index")
    np.testing.assert_allclose(moved[:, index], drawn[:, index], rtol=1e-9)
    places = [column(model, f"lens.{each}.centre.centre_0") for each in ("bulge", "mass")]
    np.testing.assert_allclose(moved[:, places], CENTRE[0], atol=1e-9)
    # Masses near the true one bring the arcs together where the source is.
    good = np.argsort(-after)[:5]
    assert np.median(moved[good, column(model, "source.bulge.centre.centre_0")]) == pytest.approx(0.3, abs=0.15)


def test_what_the_priors_exclude_is_not_moved_there(dataset):
    model = model_of(bulge=al.lp_linear.SersicSph, mass=al.mp.IsothermalSph)
    lens = model.galaxies.lens
    lens.bulge.centre.centre_0 = af.GaussianPrior(mean=1.0, sigma=0.05)
    lens.mass.einstein_radius = af.UniformPrior(lower_limit=0.2, upper_limit=0.6)
    drawn = draws_of(model)
    moved = al.AnalysisImaging(dataset).informed_draws(model.program, drawn)
    index = column(model, "lens.bulge.centre.centre_0")
    np.testing.assert_allclose(moved[:, index], drawn[:, index], rtol=1e-9)
    radii = moved[:, column(model, "lens.mass.einstein_radius")]
    assert np.all((radii > 0.59) & (radii < 0.6))


def test_models_without_a_source_behind_mass_and_images_without_arcs_keep_their_draws(dataset, model):
    analysis = al.AnalysisImaging(dataset)
    galaxy = af.Collection(galaxies=af.Collection(lens=af.Model(al.Galaxy, redshift=0.5, bulge=al.lp_linear.SersicSph)))
    massless = model_of(bulge=al.lp_linear.SersicSph)
    for each in (galaxy, massless):
        drawn = draws_of(each)
        assert analysis.informed_draws(each.program, drawn) is drawn
    empty = al.Imaging(
        data=al.Array2D.no_mask(jnp.zeros(SHAPE), SCALE),
        noise_map=al.Array2D.no_mask(jnp.ones(SHAPE), SCALE),
        over_sample_size_lp=1,
    ).apply_mask(dataset.mask)
    drawn = draws_of(model)
    assert al.AnalysisImaging(empty).informed_draws(model.program, drawn) is drawn
