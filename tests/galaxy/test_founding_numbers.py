"""Numbers of the founding examples: image sums, staged likelihood, gradients, over-sampling, a centre on a pixel.

The data are stored upside-down with respect to their models; every number is known both as read and flipped.
"""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits

import galens.galaxy as ag
from galens.numerics.special import sersic_constant

SHAPE, SIDE = (100, 100), 0.1
MASK = ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SIDE, radius=3.0)
TILT = (0.05263157894736841, 3.2227547345982974e-18)


@pytest.fixture(scope="module")
def load(shared):
    @cache
    def load(name, flipped, over_sample_size):
        folder = shared / "founding" / "imaging" / name
        data, noise, psf = (fits.getdata(folder / f"{part}.fits") for part in ("data", "noise_map", "psf"))
        if flipped:
            data, noise, psf = data[::-1], noise[::-1], psf[::-1]
        sizes = over_sample_size if isinstance(over_sample_size, int) else radial_sizes(over_sample_size)
        dataset = ag.Imaging.from_arrays(data, noise, SIDE, psf, over_sample_size_lp=1).apply_mask(MASK)
        return dataset.apply_over_sampling(over_sample_size_lp=sizes)

    return load


def radial_sizes(bins):
    sub_sizes, radii = bins
    return ag.util.over_sample.over_sample_size_via_radial_bins_from(
        grid=ag.Grid2D.from_mask(MASK), sub_size_list=list(sub_sizes), radial_list=list(radii), centre_list=[(0.1, 0.1)]
    )


@pytest.mark.parametrize(
    ("over_sample_size", "sersic", "brightest", "corner", "exponential", "galaxy"),
    [
        (4, 126.001214114, 0.745257313, 3.59926504147e-4, 119.481135814, 245.482349929),
        (1, 125.811060934, 0.743806508, 3.5991685251e-4, 119.475579921, 245.286640855),
    ],
)
def test_image_sums_of_the_introduction(over_sample_size, sersic, brightest, corner, exponential, galaxy):
    grid = ag.Grid2D.uniform(shape_native=(150, 150), pixel_scales=0.05, over_sample_size=over_sample_size)
    bulge = ag.lp.Sersic(ell_comps=(0.2, 0.1), intensity=0.005, effective_radius=2.0, sersic_index=4.0)
    disk = ag.lp.Exponential(ell_comps=(0.1, 0.0), intensity=0.1, effective_radius=0.5)
    image = bulge.image_2d_from(grid=grid)
    assert float(np.sum(image)) == pytest.approx(sersic, rel=1e-10)
    assert float(np.max(image)) == pytest.approx(brightest, rel=1e-8)
    assert float(image.native[0, 0]) == pytest.approx(corner, rel=1e-9)
    assert float(np.sum(disk.image_2d_from(grid=grid))) == pytest.approx(exponential, rel=1e-10)
    both = ag.Galaxy(redshift=0.5, bulge=bulge, disk=disk)
    assert float(np.sum(both.image_2d_from(grid=grid))) == pytest.approx(galaxy, rel=1e-10)


@pytest.mark.parametrize(
    ("flipped", "centre", "chi_squared", "log_likelihood"),
    [
        (False, 0.0, 7467.270339540, 3477.488287094),
        (False, 0.05, 20834.618104895, -3206.185595583),
        (True, 0.0, 3060.387077608, 5680.929918061),
        (True, 0.05, 14726.122512218, -151.937800244),
    ],
)
def test_good_and_bad_fit_of_the_overview(load, flipped, centre, chi_squared, log_likelihood):
    bulge = ag.lp.Sersic(centre=(centre, centre), ell_comps=TILT, intensity=1.0, effective_radius=0.8, sersic_index=4.0)
    fit = ag.FitImaging(load("simple__sersic", flipped, 8), [ag.Galaxy(redshift=0.5, bulge=bulge)])
    assert float(fit.chi_squared) == pytest.approx(chi_squared, rel=1e-9)
    assert float(fit.log_likelihood) == pytest.approx(log_likelihood, rel=1e-9)


@pytest.mark.parametrize(
    ("flipped", "over_sample_size", "log_likelihood"),
    [(True, 1, 4873.659530912), (True, 8, 4920.935524788), (False, 1, -15008.783512929)],
)
def test_likelihood_of_the_guide(load, flipped, over_sample_size, log_likelihood):
    bulge = ag.lp.Sersic(ell_comps=TILT, intensity=1.0, effective_radius=0.6, sersic_index=3.0)
    disk = ag.lp.Exponential(ell_comps=(0.152828012432548, 0.08823529411764709), intensity=0.5, effective_radius=1.6)
    fit = ag.FitImaging(load("simple", flipped, over_sample_size), [ag.Galaxy(redshift=0.5, bulge=bulge, disk=disk)])
    assert fit.mask.pixels_in_mask == 2828
    assert float(fit.noise_normalization) == pytest.approx(-12761.571774081, rel=1e-12)
    assert float(fit.log_likelihood) == pytest.approx(log_likelihood, rel=1e-12)


@pytest.mark.parametrize(
    ("family", "value", "gradient"),
    [
        ("lp_operated", -617623371.3508041, (-1242447183.640904, -75606345.194131, -470304807.237306)),
        ("lp", -618416199.4481044, (-1244016845.421542, -75650022.525486, -471767889.081949)),
    ],
)
def test_value_and_gradient_at_the_prior_medians(load, family, value, gradient):
    dataset = load("operated", False, 1)

    def log_likelihood(vector):
        bulge = getattr(ag, family).Sersic(intensity=vector[0], effective_radius=vector[1], sersic_index=vector[2])
        return ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, bulge=bulge)]).log_likelihood

    medians = jnp.array([1.0, 15.0, 2.9])
    got, slope = jax.jit(jax.value_and_grad(log_likelihood))(medians)
    assert float(got) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(slope, gradient, rtol=1e-9)
    steps = 1e-5 * jnp.eye(3)
    above, below = jnp.split(jax.jit(jax.vmap(log_likelihood))(medians + jnp.concatenate([steps, -steps])), 2)
    np.testing.assert_allclose(slope, (above - below) / 2e-5, rtol=1e-6)


def test_gradient_of_seven_parameters_at_zero_ellipticity(load):
    dataset = load("operated", False, 1)

    def log_likelihood(bulge):
        return ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, bulge=bulge)]).log_likelihood

    bulge = ag.lp_operated.Sersic(intensity=1.0, effective_radius=15.0, sersic_index=2.9)
    slope = jax.jit(jax.grad(log_likelihood))(bulge)
    np.testing.assert_allclose(
        [*slope.centre, *slope.ell_comps], (-2246133.17327, -1798190.63405, -34130269.87046, -2893825.30288), rtol=1e-9
    )


def galaxies(cls, centre=(0.1, 0.1)):
    profile = cls(centre=centre, ell_comps=(0.1, 0.2), intensity=1.0, effective_radius=15.0, sersic_index=2.9)
    return ag.Galaxies([ag.Galaxy(redshift=0.5, bulge=profile)])


SUB_32_4_1, SUB_32_4_2 = ((32, 4, 1), (0.3, 0.6)), ((32, 4, 2), (0.301, 1.001))


@pytest.mark.parametrize(
    ("family", "flipped", "sizes", "value", "gradient"),
    [
        (
            "lp_operated",
            False,
            1,
            -617932728.6288942,
            (-35590172.40391, -27604641.24244, -2989803.03827, 55223219.75858, -1242898920.23316, -74921006.01174,
             -480834290.26395),
        ),
        (
            "lp_operated",
            True,
            1,
            -610223753.4988643,
            (-26137015.648, -22332800.630, 63509179.587, 54735136.657, -1227524435.445, -74201252.070, -472313426.233),
        ),
        (
            "lp",
            False,
            1,
            -618363637.908992,
            (-34595680.172, -26724824.828, -1598065.260, 57239062.446, -1243745191.765, -74944434.820, -481661106.733),
        ),
        (
            "lp",
            True,
            1,
            -610742741.3559202,
            (-25122485.823, -21534256.227, 64121020.075, 56691386.595, -1228546537.908, -74231322.466, -473265012.986),
        ),
        (
            "lp",
            False,
            2,
            -618427787.7586641,
            (-34576928.419, -26773772.569, -1481386.857, 57298404.745, -1243874962.663, -74946513.089, -481830295.812),
        ),
        (
            "lp",
            False,
            SUB_32_4_1,
            -618383200.7055708,
            (-34525793.203, -26805404.520, -1540689.838, 57180868.699, -1243785572.501, -74943924.824, -481755871.389),
        ),
        ("lp", True, 2, -610811003.3966031, None),
        ("lp", False, 4, -618442914.6795783, None),
        ("lp", False, 8, -618446436.0962209, None),
        ("lp", True, SUB_32_4_1, -610763169.1124191, None),
        ("lp", False, SUB_32_4_2, -618433234.7390536, None),
    ],
)  # fmt: skip
def test_chi_squared_and_its_gradient_with_respect_to_nested_galaxies(load, family, flipped, sizes, value, gradient):
    dataset, model = load("operated", flipped, sizes), galaxies(getattr(ag, family).Sersic)

    def fitness(model):
        return -0.5 * ag.FitImaging(dataset, model).chi_squared

    assert float(fitness(model)) == pytest.approx(value, rel=1e-12)
    if gradient is not None:
        slope = jax.jit(jax.grad(fitness))(model)
        assert type(slope) is ag.Galaxies
        assert type(slope[0].bulge) is type(model[0].bulge)
        # Leaves: the redshift, then the profile's parameters in their order.
        np.testing.assert_allclose(jax.tree.leaves(slope[0].bulge), gradient, rtol=1e-9)


def test_sersic_constant_of_the_manual_example():
    assert float(sersic_constant(2.9)) == pytest.approx(5.470290409375, rel=1e-12)


def test_centre_exactly_on_a_pixel_has_the_exact_value_and_a_gradient(load):
    dataset = load("operated", False, 1)

    def fitness(model):
        return -0.5 * ag.FitImaging(dataset, model).chi_squared

    evaluate = jax.jit(jax.value_and_grad(fitness))
    value, slope = evaluate(galaxies(ag.lp_operated.Sersic, centre=(0.05, 0.05)))
    assert float(value) == pytest.approx(-616353704.7132819, rel=1e-12)
    bulge = slope[0].bulge
    assert float(bulge.intensity) == pytest.approx(-1239789768.0862, rel=1e-12)
    assert float(bulge.sersic_index) == pytest.approx(-480579658.4007, rel=1e-12)
    # In the direction of an axis the pixel at the centre changes alike on both sides: it contributes nothing.
    for index, step in ((0, (1e-6, 0.0)), (1, (0.0, 1e-6))):
        above, below = (
            evaluate(galaxies(ag.lp_operated.Sersic, centre=(0.05 + sign * step[0], 0.05 + sign * step[1])))[0]
            for sign in (1.0, -1.0)
        )
        assert float(bulge.centre[index]) == pytest.approx(float(above - below) / 2e-6, rel=1e-4)
    _, next_to_it = evaluate(galaxies(ag.lp_operated.Sersic, centre=(0.05 + 1e-12, 0.05)))
    np.testing.assert_allclose(jax.tree.leaves(next_to_it), jax.tree.leaves(slope), rtol=1e-5)
