"""The default over-sampling renders a steep bulge far below the noise, wherever in its pixel the centre is."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.signal import fftconvolve

import galens.galaxy as ag

SHAPE, SIDE = (41, 41), 0.05
PSF = np.exp(-0.5 * (np.hypot(*np.mgrid[-5:6, -5:6]) / 1.6) ** 2)
PSF /= PSF.sum()


def galaxy(centre):
    bulge = ag.lp.Sersic(centre=centre, ell_comps=(0.05, 0.08), intensity=2.0, effective_radius=0.8, sersic_index=4.0)
    disk = ag.lp.Exponential(centre=centre, ell_comps=(0.1, 0.2), intensity=0.8, effective_radius=1.5)
    return ag.Galaxy(redshift=0.5, bulge=bulge, disk=disk)


def exact_image(centre, margin):
    """Means over pixels by halving towards the cusp; on an array with `margin` pixels more on each side."""
    light = jax.jit(lambda y, x: sum(profile.image_at(y, x) for profile in galaxy(centre).light_profiles.values()))
    half = (SHAPE[0] - 1) / 2 + margin
    axis = (np.arange(SHAPE[0] + 2 * margin) - half) * SIDE
    y, x = np.meshgrid(-axis, axis, indexing="ij")
    nodes, weights = np.polynomial.legendre.leggauss(8)
    oy, ox = np.meshgrid(nodes / 2, nodes / 2, indexing="ij")
    rule = np.outer(weights, weights).ravel() / 4

    def means(y, x, side):
        points = y[:, None] + side * oy.ravel(), x[:, None] + side * ox.ravel()
        return np.asarray(light(*points)) @ rule

    image = means(y.ravel(), x.ravel(), SIDE)
    near = np.flatnonzero(np.hypot(y.ravel() - centre[0], x.ravel() - centre[1]) < 5 * SIDE)
    for index in near:
        side, (cy, cx), total = SIDE, (y.ravel()[index], x.ravel()[index]), 0.0
        boxes = [(cy, cx)]
        for depth in range(18):
            boxes = [(by + i * side / 4, bx + j * side / 4) for by, bx in boxes for i in (-1, 1) for j in (-1, 1)]
            side /= 2
            close = [np.hypot(by - centre[0], bx - centre[1]) < 1.5 * side for by, bx in boxes]
            done = [box for box, keep in zip(boxes, close, strict=True) if not keep or depth == 17]
            boxes = [box for box, keep in zip(boxes, close, strict=True) if keep]
            if done:
                padded = np.array(done + [done[0]] * (16 * (len(done) // 16 + 1) - len(done)))
                total += means(*padded.T, side)[: len(done)].sum() * side**2
            if not boxes:
                break
        image[index] = total / SIDE**2
    return image.reshape(y.shape)


@pytest.mark.parametrize("centre", [(0.0, 0.0), (0.01, -0.01), (0.024, 0.026)])
def test_error_of_the_default_image_is_below_a_thousandth_of_the_noise(centre):
    margin = 5
    exact = fftconvolve(exact_image(centre, margin), PSF, mode="same")[margin:-margin, margin:-margin]
    noise = np.sqrt(0.02**2 + exact / 500)
    data = exact + noise * np.random.default_rng(3).standard_normal(SHAPE)
    dataset = ag.Imaging.from_arrays(data, noise, SIDE, psf=PSF)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SIDE, radius=0.95))
    fit = ag.FitImaging(dataset=dataset, galaxies=[galaxy(centre)])
    error = np.abs(np.asarray(fit.model_data) - exact[~dataset.mask.array]) / np.asarray(dataset.noise_map)
    assert error.max() < 1e-3


@pytest.mark.parametrize("zeroed", [True, False])
def test_the_rim_of_a_region_that_does_not_count_is_no_peak(zeroed):
    shape, axis = (121, 121), (np.arange(121) - 60) * SIDE
    radius = np.hypot(axis[:, None], axis[None, :])
    data = 300.0 * np.exp(-radius / 0.7)
    whole = ag.Imaging.from_arrays(data, np.ones(shape), SIDE, psf=PSF)
    whole = whole.apply_mask(ag.Mask2D.circular(shape_native=shape, pixel_scales=SIDE, radius=3.0))
    ring = ag.Mask2D.circular_annular(shape_native=shape, pixel_scales=SIDE, inner_radius=0.8, outer_radius=1.5)
    scaled = whole.apply_noise_scaling(ring, should_zero_data=zeroed)
    assert data[60, 60 + 31] > 30.0  # the rim is well above the noise
    assert scaled.over_sampling.total == whole.over_sampling.total


def test_offset_and_rotation_move_the_points_that_follow_the_centre():
    data = np.ones(SHAPE)
    data[18, 22] = 300.0
    dataset = ag.Imaging.from_arrays(data, np.ones(SHAPE), SIDE, psf=PSF)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=SIDE, radius=0.95))
    model = ag.DatasetModel(grid_offset=(0.03, -0.02), grid_rotation_angle=30.0)
    y, x = model.moved(0.11, 0.09)
    np.testing.assert_allclose(model.moved_back(y, x), (0.11, 0.09), rtol=1e-14)
    moved = ag.FitImaging(dataset, [ag.Galaxy(0.5, bulge=ag.lp.SersicSph(centre=(y, x)))], model)
    still = ag.FitImaging(dataset, [ag.Galaxy(0.5, bulge=ag.lp.SersicSph(centre=(0.11, 0.09)))])
    np.testing.assert_allclose(moved.model_data.values, still.model_data.values, rtol=1e-10)
