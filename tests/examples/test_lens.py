"""The example that models a lens."""

from __future__ import annotations

import pytest


def test_the_lens_is_recovered(example, tmp_path):
    result = example("lens.py").main(output=tmp_path, n_starts=8)
    assert float(result.max_log_likelihood_fit.reduced_chi_squared) == pytest.approx(1.0, abs=0.1)
    lens = result.max_log_likelihood_tracer.galaxies["lens"]
    assert float(lens.mass.einstein_radius) == pytest.approx(1.2, abs=0.002)
    assert float(lens.shear.gamma_1) == pytest.approx(0.03, abs=0.003)
    assert {each.stem for each in tmp_path.glob("*.png")} == {"dataset", "fit", "tracer"}
