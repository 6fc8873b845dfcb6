import numpy as np

from galens.array.flagged import flagged
from galens.plot.limits import linear_limits, log_limits, symmetric_limits


def test_linear_limits_leave_out_a_cosmic_ray():
    values = np.random.default_rng(0).normal(size=10_000)
    values[7] = 1e6
    low, high = linear_limits(values)
    assert -3 < low < -2 < 2 < high < 3


def test_linear_limits_are_the_whole_range_where_clipping_buys_nothing():
    assert linear_limits(np.linspace(0.0, 1.0, 100)) == (0.0, 1.0)


def test_linear_limits_of_a_constant_image_are_not_empty():
    low, high = linear_limits(np.zeros(9))
    assert low < 0 < high
    low, high = linear_limits(np.full(9, 1e-3))
    assert low < 1e-3 < high


def test_log_limits_start_at_the_noise_of_the_sky():
    rng = np.random.default_rng(1)
    values = 0.1 * rng.normal(size=10_000)
    values[:100] += np.logspace(0, 2, 100)
    low, high = log_limits(values)
    assert abs(low - 0.1) < 0.01
    assert high > 99


def test_log_limits_span_at_most_four_decades_without_noise():
    low, high = log_limits(np.logspace(-30, 0, 1000))
    assert np.isclose(high / low, 1e4)


def test_log_limits_exist_for_images_without_positive_values():
    assert log_limits(np.array([-1.0, 0.0])) == (0.1, 1.0)
    low, high = log_limits(np.full(5, 2.0))
    assert 0 < low < high


def test_symmetric_limits_are_symmetric_and_not_empty():
    low, high = symmetric_limits(np.array([-3.0, 1.0, np.nan]))
    assert (low, high) == (-3.0, 3.0)
    assert symmetric_limits(np.zeros(3)) == (-1.0, 1.0)


def test_only_huge_noise_values_are_flagged():
    noise = np.array([1.0, 2.0, 50.0, 1e8, np.nan])
    assert flagged(noise).tolist() == [False, False, False, True, False]
