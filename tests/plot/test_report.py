"""The report of a result folder, looked at in a real browser."""

from __future__ import annotations

import re
import shutil
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

import galens.fit as af
import galens.galaxy as ag
import galens.plot as aplt
from galens.config import conf
from galens.errors import PlotError
from galens.fit.output.figures import make_report
from galens.plot.report.words import number
from tests.browser import Browser, browser

WIDTHS = (1280, 360)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of a small fit, which wrote its report."""
    workspace = tmp_path_factory.mktemp("report")
    psf = ag.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.1, pixel_scales=0.1)
    simulator = ag.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1, noise_seed=1)
    grid = ag.Grid2D.uniform(shape_native=(40, 40), pixel_scales=0.1, over_sample_size=2)
    truth = ag.Galaxy(redshift=0.5, bulge=ag.lp.ExponentialSph(intensity=1.0, effective_radius=0.5))
    dataset = simulator.via_galaxies_from(galaxies=[truth], grid=grid)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=(40, 40), pixel_scales=0.1, radius=1.5))
    bulge = af.Model(ag.lp.ExponentialSph, centre=(0.0, 0.0))
    model = af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))
    search = af.MultiStartLM(name="small <galaxy>", n_starts=4, n_draws=16, n_samples=200, silence=True)
    before = conf.instance
    conf.instance = conf.Config()
    conf.instance.output_path = workspace
    try:
        result = search.fit(
            model,
            ag.AnalysisImaging(dataset),
            info={"command": "galens fit small.yaml", "configuration": "search: {class: MultiStartLM}", "data": {}},
        )
    finally:
        conf.instance = before
    assert result.path is not None
    return result.path


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chromium():
    with browser() as running:
        yield running


class Elements(HTMLParser):
    """Every tag of a page with its attributes; `open` are those that are never closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_page_needs_nothing_but_itself(page):
    elements = Elements(page)
    assert elements.open == []
    for tag, attributes in elements.found:
        assert tag not in ("script", "iframe", "object")
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith(("#", "data:")), (tag, attributes)
    assert not re.search(r"@import|url\((?!#)", page)
    assert len(page) < 5e6


def test_pictures_have_words_and_tables_have_headers(page):
    elements = Elements(page).found
    pictures = [attributes for tag, attributes in elements if tag == "img" or attributes.get("role") == "img"]
    assert len(pictures) >= 11
    assert all(attributes.get("alt") or attributes.get("aria-label") for attributes in pictures)
    headers = [attributes["scope"] for tag, attributes in elements if tag == "th"]
    assert headers.count("col") == 2 * 5
    assert headers.count("row") > 2


def test_parameters_and_what_follows_from_them_have_units(page):
    rows = re.findall(r'<span class="name">(.*?)</span>.*?data-label="Unit"[^>]*><span>(.*?)</span>', page)
    assert ("effective radius", "arcsec") in rows
    assert ("intensity", "units of the data") in rows
    assert ("half light radius", "arcsec") in rows


def test_names_are_text_not_markup(page):
    assert "<h1>small &lt;galaxy&gt;</h1>" in page


def test_page_says_how_to_get_this_result_again(page, folder):
    assert "galens fit small.yaml" in page
    assert "search: {class: MultiStartLM}" in page
    assert f'af.Result.from_folder("{folder.name}")' in unescape(page)


def test_report_is_rebuilt_from_the_folder_alone(folder, page, tmp_path):
    copy = shutil.copytree(folder, tmp_path / folder.name)
    (copy / "report.html").unlink()
    assert aplt.write_report(copy) == copy / "report.html"
    again = (copy / "report.html").read_text(encoding="utf-8")
    assert again == page


def test_each_image_of_a_joint_fit_is_shown(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / folder.name)
    for index in ("0", "1"):
        (copy / index).mkdir()
        for name in ("fit.fits", "dataset.fits", "component_images.fits"):
            shutil.copy(folder / name, copy / index / name)
    (copy / "fit.fits").unlink()
    text = aplt.write_report(copy).read_text(encoding="utf-8")
    for index in ("0", "1"):
        assert f"Fit, dataset {index}</h2>" in text
        assert f"Dataset {index}: Reduced chi-squared" in text
    identifiers = re.findall(r'<section id="(.*?)"', text)
    assert len(set(identifiers)) == len(identifiers)


def test_folder_without_a_result_is_an_error(tmp_path):
    with pytest.raises(PlotError, match=r"no result\.json"):
        aplt.write_report(tmp_path)


def test_fit_survives_a_report_that_fails(tmp_path):
    (failure,) = make_report(tmp_path)
    assert "the report could not be written: PlotError" in failure


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_browser_shows_the_page_without_complaint_at_any_width(chromium: Browser, folder, tmp_path, width, dark):
    chromium.resize(width, dark=dark)
    chromium.open((folder / "report.html").as_uri())
    assert chromium.errors == []
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
    chromium.screenshot(tmp_path / "page.png", whole=True)
    picture = imread(tmp_path / "page.png")[..., :3]
    paper = picture[2, 2]
    assert (paper.mean() < 0.5) == dark
    # Where the page shows something: text, figures, table, to its end.
    used = np.abs(picture - paper).max(axis=(1, 2)) > 0.2
    assert used.mean() > 0.4
    assert used[-400:].any()


def test_text_can_be_read_on_its_background(chromium: Browser, folder):
    chromium.resize(1280)
    for dark in (False, True):
        chromium.resize(1280, dark=dark)
        chromium.open((folder / "report.html").as_uri())
        paper = _luminance(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
        for selector in ("body", ".facts", "figcaption", "thead th", ".name", "dt"):
            ink = _luminance(chromium.evaluate(f"getComputedStyle(document.querySelector('{selector}')).color"))
            assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, (selector, dark)  # WCAG 2.2, level AA


def _luminance(colour: str) -> float:
    """Relative luminance of ``rgb(r, g, b)``, as WCAG defines it."""
    channels = np.array([int(each) for each in re.findall(r"\d+", colour)[:3]]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (12973.4, "12\u202f973"), (-0.0123456, "\u22120.0123"), (3.0e-7, "3 × 10⁻⁷"), (1.5, "1.5")],
)
def test_numbers_are_written_for_reading(value, text):
    assert number(value, 5 if value > 1e4 else 3) == text
