"""The example of a tracer."""

from __future__ import annotations

import numpy as np
import pytest


def test_the_first_source_is_bent_less_and_the_second_is_seen_around_it(example, tmp_path):
    results = example("tracer.py").main(output=tmp_path)
    assert results["factor"] == pytest.approx(0.717, abs=0.05)
    assert results["flux second"] > 0.0
    assert np.isfinite(results["delay"])
    assert {each.stem for each in tmp_path.glob("*.png")} == {"lens", "first", "second"}
