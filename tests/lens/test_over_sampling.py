"""Where the default over-sampling of a lens suffices, and what one chosen from traced rays adds."""

from __future__ import annotations

import numpy as np
import pytest

import galens.lens as al
from galens.errors import DatasetError

SHAPE, SCALE = (41, 41), 0.1


def tracer(sersic_index):
    lens = al.Galaxy(
        redshift=0.5,
        bulge=al.lp.Sersic(centre=(0.03, -0.02), ell_comps=(0.05, 0.1), intensity=0.5, sersic_index=3.0),
        mass=al.mp.Isothermal(centre=(0.03, -0.02), ell_comps=(0.1, 0.05), einstein_radius=1.0),
    )
    shape = {"intensity": 1.0, "effective_radius": 0.2, "sersic_index": sersic_index}
    return al.Tracer([lens, al.Galaxy(redshift=1.0, bulge=al.lp.SersicSph(centre=(0.1, 0.05), **shape))])


@pytest.fixture(scope="module")
def dataset():
    grid = al.Grid2D.uniform(shape_native=SHAPE, pixel_scales=SCALE, over_sample_size=8)
    psf = al.Convolver.from_gaussian(shape_native=(7, 7), sigma=0.15, pixel_scales=SCALE, normalize=True)
    simulator = al.SimulatorImaging(exposure_time=500.0, psf=psf, background_sky_level=0.2, noise_seed=2)
    simulated = simulator.via_galaxies_from(galaxies=tracer(1.0), grid=grid)
    return simulated.apply_mask(al.Mask2D.circular(shape_native=SHAPE, pixel_scales=SCALE, radius=1.8))


def source_image(dataset, lens):
    return np.asarray(al.FitImaging(dataset, lens).model_images_of_planes_list[1])


def test_points_chosen_from_rays_follow_steep_sources(dataset):
    steep, flat = tracer(4.0), tracer(1.0)
    refined = dataset.apply_over_sampling(over_sample_size_lp=al.over_sampling_from(dataset, steep))
    everywhere = al.OverSampling(np.full(dataset.shape_slim, 32), "gauss")
    dense = dataset.apply_over_sampling(over_sample_size_lp=everywhere)
    noise = np.asarray(dataset.noise_map)

    def worst(layout, lens):
        return float(np.max(np.abs(source_image(layout, lens) - source_image(dense, lens)) / noise))

    assert worst(dataset, flat) < 0.1
    assert worst(refined, flat) < 0.01
    # De Vaucouleurs: only rays know where its cusps are.
    assert worst(refined, steep) < 0.25 * worst(dataset, steep)


def test_points_of_the_lens_stay_and_none_gets_fewer(dataset):
    layout = al.over_sampling_from(dataset, tracer(2.0))
    assert np.all(layout.sizes >= dataset.over_sampling.sizes)
    assert np.all(layout.sizes >= 2)
    np.testing.assert_array_equal(layout.cusps, dataset.over_sampling.cusps)
    # The pixels that see the centre of the source are among those with most points.
    grid = al.Grid2D.from_mask(dataset.mask)
    traced = np.asarray(tracer(2.0).traced_grid_2d_list_from(grid=np.asarray(grid.values))[1])
    nearest = np.argmin(np.hypot(*(traced - (0.1, 0.05)).T))
    assert layout.sizes[nearest] == layout.sizes.max() == 17


def test_only_the_default_is_refined(dataset):
    with pytest.raises(DatasetError, match="the dataset has another one"):
        al.over_sampling_from(dataset.apply_over_sampling(over_sample_size_lp=4), tracer(1.0))
