from importlib.metadata import entry_points
from types import SimpleNamespace

import numpy as np
import pytest

import galens.galaxy as ag
import galens.plot as aplt
from galens.errors import PlotError
from galens.plot import fit as figures
from galens.plot import galaxies as galaxy_figures
from galens.plot.panel import Panel

BULGE = ag.lp.Sersic(ell_comps=(0.1, 0.0), intensity=1.0, effective_radius=0.5, sersic_index=2.0)
GALAXY = ag.Galaxy(redshift=0.5, bulge=BULGE, outer_disk=ag.lp.Exponential(effective_radius=1.0))


@pytest.fixture(scope="module")
def fit() -> ag.FitImaging:
    psf = ag.Convolver.from_gaussian(shape_native=(5, 5), sigma=0.1, pixel_scales=0.1)
    simulator = ag.SimulatorImaging(exposure_time=300.0, psf=psf, background_sky_level=0.1)
    grid = ag.Grid2D.uniform(shape_native=(40, 40), pixel_scales=0.1, over_sample_size=2)
    dataset = simulator.via_galaxies_from(galaxies=ag.Galaxies([GALAXY]), grid=grid)
    mask = ag.Mask2D.circular(shape_native=(40, 40), pixel_scales=0.1, radius=1.5)
    dataset = dataset.apply_mask(mask=mask).apply_over_sampling(over_sample_size_lp=2)
    return ag.FitImaging(dataset=dataset, galaxies=[GALAXY])


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> list[Panel]:
    """The panels of the figures, which are not drawn."""
    seen: list[Panel] = []
    for module in (figures, galaxy_figures):
        monkeypatch.setattr(module, "put_out_sheet", lambda panels, *rest: seen.extend(panels))
    return seen


def test_fit_is_written(fit, tmp_path):
    aplt.subplot_fit_imaging(fit, output_path=tmp_path, output_format=["png", "pdf"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fit.pdf", "fit.png"]


def test_data_and_model_share_their_colours_and_residuals_are_symmetric(fit, panels):
    aplt.subplot_fit_imaging(fit)
    data, model, residual, _, normalised, chi_squared = panels
    assert data.limits == model.limits
    assert data.log
    for panel in (residual, normalised):
        low, high = panel.limits
        assert low == -high
    assert normalised.limits[1] >= 3.0
    assert chi_squared.limits[0] == 0.0


def test_linear_colours_are_an_option(fit, panels):
    aplt.subplot_fit_imaging(fit, use_log10=False, colormap="cividis", cb_unit="e-/s")
    data, model, residual, *_ = panels
    assert not data.log
    assert not model.log
    assert data.colormap == "cividis"
    assert residual.colormap is None
    assert residual.unit == "e-/s"


def test_several_galaxies_are_drawn_together_and_one_by_one_on_one_scale(panels):
    grid = ag.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.1)
    aplt.subplot_galaxies({"lens": GALAXY, "source": ag.Galaxy(redshift=1.0, bulge=BULGE)}, grid)
    assert [panel.title for panel in panels] == ["Image", "Lens (z = 0.5)", "Source (z = 1)"]
    assert len({panel.limits for panel in panels}) == 1
    total, *parts = (panel.picture.values for panel in panels)
    assert np.allclose(total, sum(parts))


def test_one_profile_is_one_panel(panels):
    grid = ag.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.1)
    aplt.subplot_galaxies([ag.Galaxy(redshift=0.5, bulge=BULGE)], grid, positions=(0.0, 0.0))
    assert [panel.title for panel in panels] == ["Bulge"]
    assert panels[0].overlays.positions == (0.0, 0.0)


def test_one_galaxy_is_taken_apart_into_its_profiles(panels):
    grid = ag.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.1)
    aplt.subplot_galaxies([GALAXY], grid)
    aplt.subplot_galaxy_light_profiles(GALAXY, grid)
    assert [panel.title for panel in panels] == 2 * ["Image", "Bulge", "Outer disk"]


def test_a_galaxy_without_light_is_refused():
    grid = ag.Grid2D.uniform(shape_native=(20, 20), pixel_scales=0.1)
    with pytest.raises(PlotError, match="light"):
        aplt.subplot_galaxies([ag.Galaxy(redshift=0.5)], grid)


def test_result_figures_are_found_through_entry_points(fit, tmp_path):
    hooks = {entry.name: entry for entry in entry_points(group="galens.figures")}
    rng = np.random.default_rng(0)
    samples = SimpleNamespace(
        model=SimpleNamespace(parameter_labels=["x", "y"]),
        names=("a.x", "a.y"),
        parameters=rng.normal(size=(300, 2)),
        weights=np.ones(300),
        pdf_converged=True,
        effective_sample_size=300.0,
    )
    result = SimpleNamespace(max_log_likelihood_fit=fit, samples=samples)
    hooks["imaging"].load()(tmp_path, SimpleNamespace(dataset=fit.dataset), result)
    hooks["posterior"].load()(tmp_path, result)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corner.png", "dataset.png", "fit.png", "galaxies.png"]


def test_no_corner_plot_is_written_of_samples_that_are_no_distribution(tmp_path):
    hook = entry_points(group="galens.figures")["posterior"].load()
    samples = SimpleNamespace(parameters=np.zeros((3, 2)), pdf_converged=False)
    hook(tmp_path, SimpleNamespace(samples=samples))
    assert not list(tmp_path.iterdir())
