"""Figures of lenses: what is drawn where, and the files."""

from importlib.metadata import entry_points
from types import SimpleNamespace

import numpy as np
import pytest

import galens.lens as al
import galens.plot as aplt
from galens.errors import PlotError
from galens.plot import fit as fit_figures
from galens.plot import lens as lens_figures
from galens.plot.panel import Panel
from galens.plot.report.contents import read_contents
from galens.plot.report.drawings import lens_drawings

SHAPE, SCALE, RADIUS = (40, 40), 0.1, 1.2
LENS = al.Galaxy(
    redshift=0.5,
    bulge=al.lp.GaussianSph(sigma=0.4),
    mass=al.mp.PowerLawSph(einstein_radius=RADIUS, slope=1.8),
)
SOURCE = al.Galaxy(redshift=1.0, disk=al.lp.GaussianSph(centre=(0.1, 0.2), intensity=0.5, sigma=0.1))


@pytest.fixture(scope="module")
def fit() -> al.FitImaging:
    tracer = al.Tracer([LENS, SOURCE])
    grid = al.Grid2D.uniform(SHAPE, SCALE, over_sample_size=1)
    noise = np.random.default_rng(3).normal(0.0, 0.05, SHAPE)
    data = al.Array2D.no_mask(np.asarray(tracer.image_2d_from(grid).native) + noise, SCALE)
    dataset = al.Imaging(data, al.Array2D.no_mask(np.full(SHAPE, 0.05), SCALE), over_sample_size_lp=1)
    return al.FitImaging(dataset.apply_mask(al.Mask2D.circular(SHAPE, pixel_scales=SCALE, radius=1.9)), tracer)


@pytest.fixture
def panels(monkeypatch) -> list[Panel]:
    drawn: list[Panel] = []
    for module in (fit_figures, lens_figures):
        monkeypatch.setattr(module, "put_out_sheet", lambda panels, *_, **__: drawn.extend(panels))
    return drawn


def test_a_fit_of_a_lens_shows_lens_source_and_source_plane(fit, panels):
    aplt.subplot_fit_imaging(fit)
    by_title = {panel.title: panel for panel in panels}
    assert list(by_title) == [
        "Data (log)", "Model (log)", "Signal to noise", "Source plane",
        "Lens light", "Data \N{MINUS SIGN} lens", "Lensed source", "Source plane, all",
        "Residual", "Residual / noise", "Residual / noise, within 1", "Chi-squared",
    ]  # fmt: skip
    lens, source, model = (by_title[name].picture.values for name in ("Lens light", "Lensed source", "Model (log)"))
    np.testing.assert_allclose(lens + source, model)
    tangential, radial = by_title["Lensed source"].overlays.lines
    np.testing.assert_allclose(np.hypot(*tangential.T), RADIUS, rtol=1e-8)
    assert np.hypot(*radial.T).max() < RADIUS
    # The radial caustic is a circle; the source, inside it, is in both pictures of its plane.
    circle = by_title["Source plane, all"].overlays.lines[1]
    left, right, bottom, top = by_title["Source plane, all"].picture.extent
    assert left < circle[:, 1].min() < circle[:, 1].max() < right
    assert bottom < circle[:, 0].min() < circle[:, 0].max() < top
    left, right, bottom, top = by_title["Source plane"].picture.extent
    assert (left + right) / 2 == pytest.approx(0.2, abs=0.02)
    assert (bottom + top) / 2 == pytest.approx(0.1, abs=0.02)
    assert right - left < 1.5


def test_a_tracer_is_drawn_with_its_maps(fit, panels):
    aplt.subplot_tracer(fit.tracer, fit.dataset.grids.lp, title_prefix="J1: ")
    by_title = {panel.title.removeprefix("J1: "): panel for panel in panels}
    assert list(by_title) == [
        "Image", "Lensed source", "Source plane", "Lens light", "Convergence", "Potential",
        "Deflection y", "Deflection x", "Magnification",
    ]  # fmt: skip
    together = by_title["Lens light"].picture.values + by_title["Lensed source"].picture.values
    np.testing.assert_allclose(by_title["Image"].picture.values, together)
    across = by_title["Deflection x"].picture.values
    assert np.nanmin(across[:, -5:]) > 0.0 > np.nanmax(across[:, :5])


def test_result_figures_of_a_lens_are_written(fit, tmp_path):
    (hook,) = [entry.load() for entry in entry_points(group="galens.figures") if entry.name == "imaging"]
    hook(tmp_path, SimpleNamespace(dataset=fit.dataset), SimpleNamespace(max_log_likelihood_fit=fit))
    assert {path.name for path in tmp_path.iterdir()} == {"dataset.png", "fit.png", "tracer.png"}
    assert all(path.stat().st_size > 20_000 for path in tmp_path.iterdir())


def test_the_report_shows_the_source_plane_and_the_curves_from_the_files_of_a_result(fit, tmp_path):
    al.AnalysisImaging(fit.dataset).save_results(tmp_path, SimpleNamespace(max_log_likelihood_fit=fit))
    (tmp_path / "result.json").write_text("{}")
    (tmp_path / "search.json").write_text("{}")
    (observation,) = read_contents(tmp_path).observations
    (tangential,) = observation.curves.tangential_critical_curves
    np.testing.assert_allclose(np.hypot(*tangential.T), RADIUS, atol=2e-6)
    total = np.asarray(observation.lens["LENSED_SOURCE"]) + np.asarray(fit.model_images_of_planes_list[0])
    np.testing.assert_allclose(total, np.asarray(fit.model_data), rtol=1e-6)
    plane = observation.lens["SOURCE_PLANE"]
    assert float(np.max(np.asarray(plane))) == pytest.approx(0.5, rel=0.05)
    drawings = lens_drawings(observation)
    assert [each.title for each in drawings] == ["Data without lens light", "Lensed source", "Source plane"]
    assert all(each.svg.startswith("<svg") for each in drawings)


def test_a_tracer_of_one_plane_or_without_light_is_refused(fit):
    grid = fit.dataset.grids.lp
    with pytest.raises(PlotError, match="one plane only"):
        aplt.subplot_tracer(al.Tracer([LENS]), grid)
    dark = al.Galaxy(redshift=0.5, mass=LENS.mass)
    with pytest.raises(PlotError, match="no light"):
        aplt.subplot_tracer(al.Tracer([dark, al.Galaxy(redshift=1.0)]), grid)
