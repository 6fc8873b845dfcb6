"""What notebooks show of objects."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.image import imread

import galens.fit as af
import galens.galaxy as ag
from galens.html import card, symbol_html, table, thumbnail

GALAXY = ag.Galaxy(redshift=0.5, bulge=ag.lp.SersicSph(centre=(0.2, 0.0), effective_radius=0.4))


@pytest.fixture(scope="module")
def fit() -> ag.FitImaging:
    psf = ag.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.1, pixel_scales=0.1)
    data = ag.Array2D.no_mask(np.random.default_rng(1).normal(1.0, 0.1, (20, 30)), 0.1, header={"BUNIT": "e-/s"})
    noise = ag.Array2D.full(0.1, (20, 30), 0.1)
    dataset = ag.Imaging(data, noise, psf, over_sample_size_lp=1)
    mask = ag.Mask2D.circular(shape_native=(20, 30), pixel_scales=0.1, radius=0.8)
    return ag.FitImaging(dataset.apply_mask(mask), [GALAXY])


@pytest.fixture(scope="module")
def result(fit) -> af.Result:
    galaxy = af.Model(ag.Galaxy, redshift=0.5, bulge=af.Model(ag.lp.SersicSph, centre=(0.2, 0.0)))
    model = af.Collection(galaxies=af.Collection(galaxy=galaxy))
    rng = np.random.default_rng(1)
    values = np.array([0.1, 0.4, 4.0]) + 0.01 * rng.standard_normal((50, 3))
    samples = af.Samples(model, values, -rng.random(50), np.zeros(50), log_evidence=-3.0)
    return af.Result(samples, model, ag.AnalysisImaging(fit.dataset), "small", None, {"seconds": 1.5})


class Checked(HTMLParser):
    """Fails where elements are not closed in order; keeps the attributes of images."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict[str, str]] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.images.append(dict(attributes))
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def pixels(image: str) -> np.ndarray:
    return imread(io.BytesIO(base64.b64decode(image.split(",", 1)[1])))


def shown(thing) -> str:
    text = thing._repr_html_()
    for image in Checked(text).images:
        assert image["alt"]
        assert pixels(image["src"]).shape[2] == 4
    return text


def test_array_shows_its_pixels_and_unit(fit):
    text = shown(fit.data)
    assert "20 × 30 of 0.1″" in text
    assert "e-/s" in text
    assert len(Checked(text).images) == 1


def test_masked_pixels_are_transparent(fit):
    image = pixels(Checked(shown(fit.data)).images[0]["src"])
    np.testing.assert_array_equal(image[..., 3] == 0, fit.mask.array)


def test_mask_is_dark_where_masked(fit):
    image = pixels(Checked(shown(fit.mask)).images[0]["src"])
    np.testing.assert_array_equal(image[..., 0] < 0.5, fit.mask.array)


def test_dataset_shows_data_noise_and_psf(fit):
    assert [image["alt"] for image in Checked(shown(fit.dataset)).images] == [
        "data",
        "noise map",
        "signal to noise",
        "PSF",
    ]


@pytest.mark.parametrize(
    "thing", [GALAXY, ag.Galaxies({"<lens>": GALAXY}), GALAXY.bulge], ids=["galaxy", "galaxies", "profile"]
)
def test_light_is_drawn_and_parameters_have_units(thing):
    text = shown(thing)
    assert len(Checked(text).images) == 1
    assert "<i>R</i><sub>eff</sub>" in text
    assert re.search(r">0\.4</td><td[^>]*>arcsec<", text)
    assert "<lens>" not in text


def test_galaxy_without_light_is_its_redshift():
    assert Checked(shown(ag.Galaxy(redshift=0.5))).images == []


def test_light_whose_intensity_a_fit_solves_is_not_drawn():
    basis = ag.lp_basis.Basis([ag.lp_linear.GaussianSph(sigma=sigma) for sigma in (0.1, 1.0)])
    text = shown(ag.Galaxy(redshift=0.5, light=basis))
    assert Checked(text).images == []
    assert "2 GaussianSph" in text


def test_many_galaxies_in_one_are_not_drawn():
    galaxies = jax.vmap(lambda radius: ag.Galaxy(redshift=0.5, bulge=ag.lp.SersicSph(effective_radius=radius)))(
        jnp.array([0.5, 1.0])
    )
    assert Checked(shown(galaxies)).images == []


def test_batch_of_images_says_its_shape(fit):
    batch = jax.vmap(lambda factor: fit.data * factor)(jnp.arange(2.0))
    assert f"(2, {fit.mask.pixels_in_mask})" in shown(batch)


def test_model_shows_priors_and_units(result):
    text = shown(result.model)
    assert "UniformPrior, lower_limit = 0.0, upper_limit = 30.0" in text
    assert "arcsec" in text


def test_result_shows_parameters_and_the_fit(result):
    text = shown(result)
    assert "galaxies.galaxy.bulge.effective_radius" in text
    assert len(Checked(text).images) == 3
    assert "-3.000" in shown(result.samples)


def test_result_without_its_data_has_no_pictures(result):
    alone = af.Result(result.samples, result.model)
    assert Checked(shown(alone)).images == []


def test_difference_has_zero_in_the_middle_of_its_colours():
    image = pixels(Checked(thumbnail(np.array([[-1.0, 0.0, 0.5]]), "x", "difference")).images[0]["src"])
    negative, zero, positive = image[0, :, :3]
    assert negative[2] > negative[0]  # blue
    assert positive[0] > positive[2]  # red
    assert np.ptp(zero) < 0.02


@pytest.mark.parametrize("values", [np.zeros((3, 3)), np.full((3, 3), np.nan)], ids=["equal", "unknown"])
def test_image_without_contrast_is_drawn(values):
    assert len(Checked(thumbnail(values, "x")).images) == 1


def test_large_image_is_binned():
    image = pixels(Checked(thumbnail(np.ones((1000, 500)), "x")).images[0]["src"])
    assert image.shape[:2] == (250, 125)


def test_text_is_not_markup():
    text = card("<a>", {"<b>": "<c>"})
    assert "&lt;a&gt;" in text
    assert "&lt;c&gt;" in text
    Checked(table(("x",), [("<em>1</em>",)]))


def test_symbols_become_html():
    assert symbol_html(r"\theta_{\rm Ein}") == "<i>θ</i><sub>Ein</sub>"
    assert symbol_html(r"\Delta y") == "<i>Δy</i>"
    assert symbol_html("a<b") == "<i>a&lt;b</i>"
