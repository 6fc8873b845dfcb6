"""Examples of solved intensities: the numbers of the reference, and the first fit of a galaxy of any shape."""

import numpy as np
import pytest


def test_linear_systems_have_the_numbers_of_the_reference(example, founding):
    found = example("jax/linear_solver.py").main(data=founding("operated"), fast=True)
    D, F, S, chi_squared = found["sersic"]
    assert pytest.approx(7157449.134278, rel=1e-9) == D
    assert pytest.approx(1250902640.899025, rel=1e-9) == F
    assert pytest.approx(0.005721827503, rel=1e-9) == S
    assert chi_squared == pytest.approx(98579.498208898, rel=1e-9)
    assert np.all(np.isfinite(found["gradients"][0]["gradient"]))


@pytest.fixture
def _output_path():
    """The setting that the example changes is as before, afterwards."""
    from galens.config import conf

    before = conf.instance.output_path
    yield
    conf.instance.output_path = before


@pytest.mark.usefixtures("_output_path")
def test_expansion_finds_the_light_of_a_bulge_and_a_disk(example, tmp_path):
    found = example("expansion.py").main(output=tmp_path, fast=True)
    fit = found["fit"]
    assert 0.9 < float(fit.reduced_chi_squared) < 1.1
    assert float(found["galaxy"].stars.profile_list[0].intensity) >= 0.0
    assert len(found["draws"]) == 20
    brightest = max(found["draws"], key=lambda name: found["draws"][name].mean())
    assert found["draws"][brightest].std() > 0.0
    (folder,) = (tmp_path / "expansion").iterdir()
    assert (folder / "image" / "fit.png").exists()
    assert (folder / "report.html").exists()
    table = next(folder.rglob("intensities.csv")).read_text().splitlines()
    assert table[0] == "profile,intensity"
    assert len(table) == 21
