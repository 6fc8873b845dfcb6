"""A fit of an image is read from its folder alone, with its data, its best fit and its galaxies."""

import subprocess
import sys

import numpy as np
import pytest

from galens import fit as af
from galens import galaxy as ag
from galens.config import conf
from galens.errors import FitError
from galens.galaxy.imaging.result import ResultImaging

SHAPE, SCALE = (31, 31), 0.1


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    truth = ag.Galaxy(redshift=0.5, bulge=ag.lp.Gaussian(intensity=3.0, sigma=0.3))
    simulator = ag.SimulatorImaging(exposure_time=300.0, background_sky_level=0.1, noise_seed=1)
    grid = ag.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE)
    dataset = simulator.via_galaxies_from(galaxies=[truth], grid=grid)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=1.3))
    bulge = af.Model(ag.lp_linear.Gaussian, ell_comps=(0.0, 0.0))
    model = af.Collection(galaxies=af.Collection(lens=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge)))
    settings = {"name": "fit", "silence": True, "n_starts": 2, "n_draws": 8, "n_samples": 100}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conf, "instance", conf.Config())
        patch.setattr("galens.fit.search.base.draw_figures", lambda *_: [])
        patch.setattr("galens.fit.search.base.make_report", lambda *_: [])
        conf.instance.output_path = tmp_path_factory.mktemp("output")
        analysis = ag.AnalysisImaging(dataset, settings=ag.Settings(use_positive_only_solver=False), zero_point=25.0)
        return af.MultiStartLM(**settings).fit(model, analysis)


def test_galaxies_of_largest_likelihood_have_solved_intensities(result):
    bulge = result.max_log_likelihood_galaxies["lens"].bulge
    assert isinstance(bulge, ag.lp.Gaussian)
    assert bulge.intensity == pytest.approx(3.0, rel=0.05)


def test_folder_gives_back_the_fit_with_its_data(result):
    read = af.Result.from_folder(result.path)
    assert isinstance(read, ResultImaging)
    assert read.analysis.dataset.content_hash == result.analysis.dataset.content_hash
    assert read.analysis.settings == result.analysis.settings
    assert read.analysis.zero_point == 25.0
    fit = read.max_log_likelihood_fit
    assert float(fit.figure_of_merit) == pytest.approx(result.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(fit.model_data.values, result.max_log_likelihood_fit.model_data.values, rtol=1e-12)
    best = read.max_log_likelihood_galaxies["lens"].bulge
    assert best.sigma == result.instance.galaxies.lens.bulge.sigma
    assert read.info == result.info


def test_another_process_reads_it_without_a_script(result, tmp_path):
    code = f"""
from galens import fit as af
result = af.Result.from_folder({str(result.path)!r})
print(result.samples.median_pdf(as_instance=False), result.latent.median_pdf())
assert result.max_log_likelihood_galaxies.names == ("lens",)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(result.samples.median_pdf(as_instance=False)) in done.stdout


def test_folder_that_is_not_one_is_an_error(tmp_path):
    with pytest.raises(FitError, match="no finished fit"):
        af.Result.from_folder(tmp_path)
