"""Fluxes, magnitudes, sizes, shapes and sky coordinates that follow from a model of galaxies."""

import json

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from galens import fit as af
from galens import galaxy as ag
from galens.config import conf
from galens.errors import DatasetError
from galens.fit.latent import latent_from

SHAPE, SCALE = (41, 41), 0.1
ZERO_POINT = 25.5
TRUE_ANGLE = 30.0  # of the major axis, degrees from north through east


@pytest.fixture(scope="module")
def dataset():
    """A flat sky turned by 20 degrees, whose RA passes 0 in the image; x grows to the west."""
    turn = np.deg2rad(20.0)
    scale = SCALE / 3600
    header = fits.Header(
        {
            "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 21.0, "CRPIX2": 21.0, "CRVAL1": 0.0, "CRVAL2": 30.0,
            "CD1_1": -scale * np.cos(turn), "CD1_2": scale * np.sin(turn),
            "CD2_1": -scale * np.sin(turn), "CD2_2": -scale * np.cos(turn), "BUNIT": "nanomaggy",
        }
    )  # fmt: skip
    rng = np.random.default_rng(0)
    data = ag.Array2D.no_mask(rng.normal(size=SHAPE), SCALE, header=header)
    psf = ag.Convolver.from_gaussian(shape_native=(5, 5), pixel_scales=SCALE, sigma=0.1)
    imaging = ag.Imaging(data, ag.Array2D.no_mask(np.full(SHAPE, 2.0), SCALE), psf)
    return imaging.apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=2.0))


@pytest.fixture(scope="module")
def model():
    bulge = af.Model(ag.lp.Gaussian, centre=(0.3, -0.2))
    disk = af.Model(ag.lp.ExponentialSph, centre=(0.3, 0.01), intensity=2.0, effective_radius=0.3)
    bulge.ell_comps.ell_comps_0 = af.UniformPrior(-0.5, 0.5)
    bulge.ell_comps.ell_comps_1 = af.UniformPrior(-0.5, 0.5)
    bulge.intensity = af.UniformPrior(1.0, 9.0)
    bulge.sigma = 0.2
    disk.centre.centre_1 = af.UniformPrior(-0.1, 0.1)
    galaxy = af.Model(ag.Galaxy, redshift=0.5, bulge=bulge, disk=disk)
    return af.Collection(galaxies=af.Collection(one=galaxy))


@pytest.fixture(scope="module")
def samples(model):
    rng = np.random.default_rng(1)
    means = {"ell_comps_0": 0.2, "ell_comps_1": -0.1, "intensity": 5.0, "centre_1": 0.0}
    parameters = np.stack([rng.normal(means[name], 0.02, 64) for name in model.parameter_names], axis=-1)
    return af.Samples(model, parameters, -np.arange(64.0), np.zeros(64))


@pytest.fixture(scope="module")
def latent(dataset, model, samples):
    return latent_from(model, ag.AnalysisImaging(dataset, zero_point=ZERO_POINT), samples)


def values(latent, name):
    return latent.values_for_path(f"galaxies.one.{name}")


def test_total_flux_is_the_sum_of_the_image(latent, samples):
    galaxy = samples.instances[int(latent.rows[0, 5])].galaxies.one
    everywhere = ag.Grid2D.uniform(shape_native=(201, 201), pixel_scales=SCALE)
    for name, source in (("bulge.", galaxy.bulge), ("disk.", galaxy.disk), ("", galaxy)):
        total = float(np.sum(np.asarray(source.image_2d_from(everywhere))))
        assert values(latent, f"{name}total_flux")[5] == pytest.approx(total, rel=1e-3)
        magnitude = ZERO_POINT - 2.5 * np.log10(total)
        assert values(latent, f"{name}magnitude")[5] == pytest.approx(magnitude, abs=2e-3)


def test_sizes_and_shapes(latent, samples):
    np.testing.assert_allclose(values(latent, "disk.half_light_radius"), 0.3, rtol=1e-4)
    bulges = [samples.instances[row].galaxies.one.bulge for row in latent.rows[0]]
    radii = values(latent, "bulge.half_light_radius")
    np.testing.assert_allclose(radii, [each.half_light_radius for each in bulges], rtol=1e-9)
    both = values(latent, "half_light_radius")
    assert np.all((both > np.minimum(radii, 0.3) - 1e-6) & (both < np.maximum(radii, 0.3) + 1e-6))
    np.testing.assert_allclose(values(latent, "bulge.axis_ratio"), [each.axis_ratio() for each in bulges])
    turned = (values(latent, "bulge.position_angle") - [each.angle() for each in bulges]) / 180.0
    np.testing.assert_allclose(turned, np.round(turned), atol=1e-9)
    assert "galaxies.one.disk.axis_ratio" not in latent.names  # circular by its class


def test_signal_to_noise_is_that_of_the_model_image(latent, samples, dataset):
    fit = ag.FitImaging(dataset, samples.instances[int(latent.rows[0, 3])].galaxies)
    expected = np.sqrt(np.sum((np.asarray(fit.model_data) / 2.0) ** 2))
    assert values(latent, "signal_to_noise")[3] == pytest.approx(expected, rel=1e-9)


def test_centres_are_on_the_sky_where_the_header_says(latent, samples, dataset):
    wcs = WCS(dataset.header.cards)
    centres = [samples.instances[row].galaxies.one.disk.centre for row in latent.rows[0]]
    rows, columns = zip(*[(20 - y / SCALE, 20 + x / SCALE) for y, x in centres], strict=True)
    expected = wcs.pixel_to_world(columns, rows)
    found = SkyCoord(values(latent, "disk.ra"), values(latent, "disk.dec"), unit="deg")
    assert np.max(found.separation(expected).arcsec) < 1e-8
    right_ascension = values(latent, "disk.ra")
    assert np.ptp(right_ascension) < 0.01  # no jump from 360 to 0
    assert np.ptp(values(latent, "bulge.ra")) < 1e-9
    assert latent.estimates()[latent.names.index("galaxies.one.disk.ra")].notation.unit == "deg"


def test_draws_at_once_are_the_draws_one_by_one(dataset, model, samples, latent):
    """Sky coordinates are computed for all draws in one go; so they are for each draw alone."""
    analysis = ag.AnalysisImaging(dataset)
    drawn = samples.parameters[latent.rows[0, :4]]
    together = analysis.latent_variables_of_draws(model.program.instance_of_draws(drawn))
    assert "galaxies.one.bulge.sky_position_angle" in together
    for index, vector in enumerate(drawn):
        alone = analysis.latent_variables_of_draws(model.program.instance(vector))
        for name, column in together.items():
            assert np.broadcast_to(column, 4)[index] == pytest.approx(float(alone[name]), rel=1e-12)


def test_position_angle_on_the_sky_is_from_north_through_east(dataset):
    """The ellipse is laid along two places on the sky, whose position angle astropy knows."""
    centre = dataset.sky_coordinates_from(np.array([0.0, 0.0]))
    y, x = dataset.scaled_coordinates_from(centre.directional_offset_by(TRUE_ANGLE * np.pi / 180, 1e-4 * np.pi / 180))
    angle = np.rad2deg(np.arctan2(y, x))
    bulge = af.Model(ag.lp.Gaussian, centre=(0.0, 0.0), ell_comps=ag.convert.ell_comps_from(0.5, angle), sigma=0.2)
    bulge.intensity = af.UniformPrior(1.0, 9.0)
    model = af.Collection(galaxies=af.Collection(one=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))
    samples = af.Samples(model, [[4.0], [5.0]], [0.0, 0.0], [0.0, 0.0])
    latent = latent_from(model, ag.AnalysisImaging(dataset), samples)
    np.testing.assert_allclose(values(latent, "bulge.sky_position_angle"), TRUE_ANGLE, atol=1e-3)
    assert not [name for name in latent.names if "magnitude" in name]
    assert "galaxies.one.total_flux" not in latent.names  # it has one component, which says the same


def test_sky_background_is_nowhere(dataset):
    sky = af.Model(ag.lp.FlatSky, intensity=af.UniformPrior(0.0, 1.0))
    model = af.Collection(galaxies=af.Collection(sky=af.Model(ag.Galaxy, redshift=0.0, background=sky)))
    samples = af.Samples(model, [[0.3], [0.4]], [0.0, 0.0], [0.0, 0.0])
    latent = latent_from(model, ag.AnalysisImaging(dataset, zero_point=ZERO_POINT), samples)
    assert latent.names == ("galaxies.sky.signal_to_noise",)


def test_image_without_sky_has_no_sky_coordinates(dataset, model, samples):
    bare = ag.Imaging(
        ag.Array2D(dataset.data.values, dataset.mask), ag.Array2D(dataset.noise_map.values, dataset.mask), dataset.psf
    )
    latent = latent_from(model, ag.AnalysisImaging(bare, zero_point=ZERO_POINT), samples)
    assert not [name for name in latent.names if name.endswith((".ra", ".dec", "sky_position_angle"))]


def test_zero_point_is_no_part_of_the_fit_but_changes_what_follows(dataset, model, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(conf, "instance", conf.Config())
    monkeypatch.setattr("galens.fit.search.base.draw_figures", lambda *_: [])
    monkeypatch.setattr("galens.fit.search.base.make_report", lambda *_: [])
    conf.instance.output_path = tmp_path
    search = af.MultiStartLM(name="fit", n_starts=1, n_draws=2, n_samples=64)
    first = search.fit(model, ag.AnalysisImaging(dataset))
    second = search.fit(model, ag.AnalysisImaging(dataset, zero_point=ZERO_POINT))
    assert second.path == first.path
    assert "computed anew" in capsys.readouterr().err
    np.testing.assert_array_equal(second.samples.parameters, first.samples.parameters)
    assert "galaxies.one.magnitude" not in first.latent.names
    assert "galaxies.one.magnitude" in second.latent.names
    document = json.loads((first.path / "result.json").read_text())
    assert document["latent"]["galaxies.one.magnitude"]["unit"] == "mag"
    assert document["data_unit"] == "nanomaggy"
    assert "& nanomaggy" in (first.path / "results.tex").read_text()
    search.fit(model, ag.AnalysisImaging(dataset, zero_point=ZERO_POINT))
    assert "computed anew" not in capsys.readouterr().err


def test_zero_point_must_be_a_magnitude(dataset):
    with pytest.raises(DatasetError, match="zero_point is nan"):
        ag.AnalysisImaging(dataset, zero_point=np.nan)


def test_linear_light_has_the_flux_of_its_solved_intensity(dataset):
    truth = ag.Galaxy(redshift=0.5, bulge=ag.lp.Gaussian(intensity=3.0, sigma=0.3))
    image = ag.FitImaging(dataset, [truth]).model_data
    noiseless = ag.Imaging(ag.Array2D(image.values, dataset.mask), dataset.noise_map, dataset.psf)
    bulge = af.Model(ag.lp_linear.Gaussian, centre=(0.0, 0.0), ell_comps=(0.0, 0.0))
    bulge.sigma = af.UniformPrior(0.2, 0.4)
    model = af.Collection(galaxies=af.Collection(one=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))
    samples = af.Samples(model, [[0.3], [0.3]], [0.0, 0.0], [0.0, 0.0])
    latent = latent_from(model, ag.AnalysisImaging(noiseless), samples)
    flux = truth.total_flux_from(SCALE)
    np.testing.assert_allclose(values(latent, "bulge.total_flux"), flux, rtol=1e-4)
