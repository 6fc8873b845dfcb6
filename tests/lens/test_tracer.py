"""The tracer: rays and images against reference numbers and identities."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.lens as al
from galens.errors import GridError
from tests.lens.lenses import POINTS, shining, sis
from tests.oracle import build, excess

NAMESPACE = {name: getattr(al, name) for name in ("mp", "lp")} | {"al": al}

# Not in the order of their redshifts.
SEVERAL = al.Tracer([sis(2.0), sis(0.1), sis(3.0), sis(1.0), sis(3.0), sis(2.0)])
PIXELS = al.Grid2D.uniform(shape_native=(7, 8), pixel_scales=0.4, over_sample_size=2)


@jax.jit
def rays(tracer, grid):
    return tracer.traced_grid_2d_list_from(grid=grid)


def test_rays_meet_four_planes_where_the_reference_says():
    expected = [(1.0, 2.0), (0.58194284, 1.16388568), (0.22277247, 0.4455449), (-0.78885438, -1.57770876)]
    traced = SEVERAL.traced_grid_2d_list_from(grid=al.Grid2DIrregular(POINTS))
    np.testing.assert_allclose([np.asarray(each)[0] for each in traced], expected, atol=1e-5)
    # Nothing but floating-point noise separates compiled code from the same operations one by one.
    one_by_one = [np.stack(each, axis=-1) for each in SEVERAL.traced_at(*POINTS.T, plane_index_limit=1)]
    assert len(one_by_one) == 2
    np.testing.assert_allclose(one_by_one, [np.asarray(each) for each in traced[:2]], rtol=1e-13)


def test_rays_at_a_redshift_between_planes():
    expected = {
        0.05: (1.0, 2.0),
        0.5: (0.6273814, 1.2547628),
        1.75: (0.27331481, 0.54662962),
        2.0: (0.22277247, 0.4455449),
    }
    for redshift, place in expected.items():
        grid = SEVERAL.grid_2d_at_redshift_from(grid=POINTS, redshift=redshift)
        np.testing.assert_allclose(grid[0], place, atol=1e-5)


def test_recursion_with_scaling_factors_written_out():
    factor = al.cosmo.Planck15().scaling_factor_between_redshifts_from
    beta_12, beta_13, beta_23 = factor(0.1, 1, 3), factor(0.1, 2, 3), factor(1, 2, 3)
    np.testing.assert_allclose([beta_12, beta_13, beta_23], [0.934804, 0.98396, 0.753974], atol=1e-5)
    tracer = al.Tracer([sis(0.1), sis(1.0, 0.4, (0.2, 0.1)), sis(2.0, 0.3), al.Galaxy(redshift=3.0)])
    first, second, third = (
        lambda points, mass=galaxy.mass: np.stack(mass.deflections_at(*points.T), axis=-1)
        for galaxy in tracer.galaxies.values[:3]
    )
    at_1 = POINTS - beta_12 * first(POINTS)
    at_2 = POINTS - beta_13 * first(POINTS) - beta_23 * second(at_1)
    at_3 = POINTS - first(POINTS) - second(at_1) - third(at_2)
    np.testing.assert_allclose(rays(tracer, POINTS), [POINTS, at_1, at_2, at_3], rtol=1e-12)
    between = tracer.deflections_between_planes_from(POINTS, plane_i=1, plane_j=3)
    np.testing.assert_allclose(between, at_1 - at_3, rtol=1e-12)


@jax.jit
def several_planes(tracer, grid, image_grid, redshift):
    planes = tracer.total_planes
    (yy, yx), (xy, xx) = tracer.hessian_at(grid[:, 0], grid[:, 1])
    found = {f"traced_grid_{i}": each for i, each in enumerate(tracer.traced_grid_2d_list_from(grid))}
    found |= {f"image_plane_{i}": each for i, each in enumerate(tracer.image_2d_list_from(image_grid))}
    for i in range(planes):
        for j in range(i + 1, planes):
            found[f"deflections_between_{i}_{j}"] = tracer.deflections_between_planes_from(grid, i, j)
    return found | {
        "grid_at_redshift": tracer.grid_2d_at_redshift_from(grid, redshift),
        "hessian_multiplane_yy_xy_yx_xx": jnp.stack([yy, xy, yx, xx]),
        "image_2d": tracer.image_2d_from(image_grid),
        "plane_redshifts": jnp.stack(tracer.plane_redshifts),
    }


@pytest.mark.parametrize("number", range(3))
def test_several_planes_agree_with_the_reference(oracle, number):
    case = next(each for each in oracle.cases("tracer") if each["id"] == f"multi_plane/{number}")
    tracer = build(case["spec"]["tracer"], NAMESPACE)
    redshift = float(case["arrays"]["grid_at_redshift"]["note"].split("=")[1])
    image_grid = al.Grid2D.uniform(shape_native=(30, 30), pixel_scales=0.12, over_sample_size=2)
    found = several_planes(tracer, oracle.input(case, "grid"), image_grid, redshift)
    for name in case["arrays"]:
        if name != "magnification_via_hessian_multiplane":
            assert excess(found[name], *oracle.reference(case, name)) <= 1.0, name


@jax.jit
def two_planes(tracer, grid, image_grid):
    return {
        "deflections": tracer.deflections_yx_2d_from(grid),
        "convergence_2d": tracer.convergence_2d_from(grid),
        "fermat_potential": tracer.fermat_potential_from(grid),
        "time_delay_geometry_term": tracer.time_delay_geometry_term_from(grid),
        "time_delays_days": tracer.time_delays_from(grid),
        "image_2d": tracer.image_2d_from(image_grid),
    }


@pytest.mark.parametrize("name", ["sie_shear", "epl_shear", "cored", "nfw", "epl_multipole"])
def test_two_planes_agree_with_the_reference(oracle, name):
    case = next(each for each in oracle.cases("tracer") if each["id"] == f"system/{name}")
    tracer = build(case["spec"]["tracer"], NAMESPACE)
    image_grid = al.Grid2D.uniform(shape_native=(30, 30), pixel_scales=0.1, over_sample_size=2)
    for output, got in two_planes(tracer, oracle.input(case, "grid"), image_grid).items():
        assert excess(got, *oracle.reference(case, output)) <= 1.0, output


def test_two_planes_do_not_depend_on_redshifts_or_cosmology():
    near = al.Tracer([sis(0.5), al.Galaxy(redshift=1.0)])
    far = al.Tracer([sis(1.5), al.Galaxy(redshift=4.0)], cosmology=al.cosmo.FlatwCDM(H0=50.0, Om0=0.9, w0=-0.5))
    np.testing.assert_array_equal(near.traced_at(*POINTS.T), far.traced_at(*POINTS.T))


def test_a_plane_without_mass_changes_nothing():
    lens, source = sis(0.5, 1.3), shining(2.0, centre=(0.1, 0.1))
    two, three = al.Tracer([lens, source]), al.Tracer([lens, shining(1.1, 0.0), source])
    np.testing.assert_array_equal(two.traced_at(*POINTS.T)[-1], three.traced_at(*POINTS.T)[-1])
    np.testing.assert_allclose(two.time_delays_from(POINTS), three.time_delays_from(POINTS), rtol=1e-12)


def test_light_in_planes_is_that_of_the_reference():
    point = np.array([[1.0, 2.0]])
    together = al.Tracer([shining(0.5, 1.0), shining(0.5, 2.0), shining(0.5, 3.0)])
    (image,) = together.image_2d_list_from(grid=point)
    np.testing.assert_allclose(image, 0.30276535, rtol=1e-6)
    lens, middle = (
        al.Galaxy(redshift=z, light=al.lp.Sersic(intensity=i), mass=al.mp.IsothermalSph(einstein_radius=i))
        for z, i in ((0.5, 1.0), (1.0, 2.0))
    )
    tracer = al.Tracer({"source": shining(2.0, 3.0), "lens": lens, "middle": middle})
    images = [float(each[0]) for each in tracer.image_2d_list_from(grid=point)]
    np.testing.assert_allclose(images, [0.0504608, 0.2517025, 1.8611933], rtol=1e-5)
    by_galaxy = tracer.galaxy_image_2d_dict_from(grid=point)
    np.testing.assert_allclose([float(by_galaxy[name][0]) for name in ("lens", "middle", "source")], images, rtol=1e-13)


def test_convergence_and_potential_are_plain_sums():
    tracer = al.Tracer([sis(0.5, 1.0), sis(0.5, 2.0), sis(0.5, 3.0)])
    y, x = np.array([1.0, 2.0])
    np.testing.assert_allclose(tracer.convergence_at(y, x), 1.34164079, rtol=1e-8)
    np.testing.assert_allclose(tracer.potential_at(y, x), 13.4164078, rtol=1e-8)
    np.testing.assert_allclose(tracer.deflections_at(y, x), (2.68328157, 5.36656315), rtol=1e-8)


def test_light_on_a_traced_grid_is_the_lensed_image():
    source = shining(1.0, centre=(0.1, 0.05), effective_radius=0.2)
    tracer = al.Tracer([sis(0.5), source])
    traced = tracer.traced_grid_2d_list_from(grid=PIXELS)[-1]
    np.testing.assert_allclose(source.image_2d_from(grid=traced), tracer.image_2d_from(grid=PIXELS), rtol=1e-12)
    over_sampled = tracer.traced_at(*np.asarray(PIXELS.over_sampled).T)[-1]
    np.testing.assert_allclose(traced.over_sampled, np.stack(over_sampled, axis=-1), rtol=1e-12)
    # Shifted coordinates no longer know where their points are: the centres are left.
    assert (traced - 0.1).over_sampling.total == 56
    with pytest.raises(GridError, match="the points of this grid have been moved"):
        traced.apply_over_sampling(over_sample_size=4)


def test_a_picture_of_the_source_gives_its_image():
    source = shining(1.0, effective_radius=0.5, sersic_index=1.0)
    lens = al.Galaxy(redshift=0.5, light=al.lp.Sersic(), mass=al.mp.IsothermalSph(einstein_radius=1.0))
    tracer = al.Tracer([lens, source])
    plane = al.Grid2D.uniform(shape_native=(121, 121), pixel_scales=0.025, over_sample_size=1)
    picture = source.image_2d_from(grid=plane)
    exact = tracer.image_2d_from(grid=PIXELS)
    image = tracer.image_2d_via_input_plane_image_from(grid=PIXELS, plane_image=picture)
    np.testing.assert_allclose(image, exact, rtol=1e-2)
    alone = tracer.image_2d_via_input_plane_image_from(PIXELS, picture, include_other_planes=False)
    np.testing.assert_allclose(alone, exact - lens.image_2d_from(PIXELS), rtol=1e-2)
