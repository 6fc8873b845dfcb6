"""The tracer: planes, rays through them, and images, against reference numbers and identities."""

from __future__ import annotations

import numpy as np
import pytest

import galens.lens as al
from galens.errors import CosmologyError, RayTracingError, RayTracingWarning
from tests.oracle import build, excess

NAMESPACE = {name: getattr(al, name) for name in ("mp", "lp")} | {"al": al}


def sis(redshift, einstein_radius=1.0):
    return al.Galaxy(redshift=redshift, mass=al.mp.IsothermalSph(einstein_radius=einstein_radius))


SEVERAL = al.Tracer([sis(0.1), sis(1.0), sis(2.0), sis(2.0), sis(3.0), sis(3.0)])
POINT = np.array([[1.0, 2.0]])


def test_rays_meet_four_planes_where_the_reference_says():
    expected = [(1.0, 2.0), (0.58194284, 1.16388568), (0.22277247, 0.4455449), (-0.78885438, -1.57770876)]
    traced = SEVERAL.traced_grid_2d_list_from(grid=al.Grid2DIrregular(POINT))
    np.testing.assert_allclose([np.asarray(each)[0] for each in traced], expected, atol=1e-4)
    assert len(SEVERAL.traced_grid_2d_list_from(grid=POINT, plane_index_limit=1)) == 2


@pytest.mark.parametrize("number", range(3))
def test_several_planes_agree_with_the_reference(oracle, number):
    case = next(each for each in oracle.cases("tracer") if each["id"] == f"multi_plane/{number}")
    tracer = build(case["spec"]["tracer"], NAMESPACE)
    grid = oracle.input(case, "grid")
    traced = tracer.traced_grid_2d_list_from(grid=grid)
    for index, each in enumerate(traced):
        assert excess(each, *oracle.reference(case, f"traced_grid_{index}")) <= 1.0
    assert tracer.plane_redshifts == list(oracle.reference(case, "plane_redshifts")[0])
    spacing = al.Grid2D.uniform(shape_native=(30, 30), pixel_scales=0.12, over_sample_size=2)
    images = tracer.image_2d_list_from(grid=spacing)
    for index, image in enumerate(images):
        assert excess(image, *oracle.reference(case, f"image_plane_{index}")) <= 1.0
    assert excess(tracer.image_2d_from(grid=spacing), *oracle.reference(case, "image_2d")) <= 1.0


def test_light_on_a_traced_grid_is_the_lensed_image():
    source = al.Galaxy(redshift=1.0, bulge=al.lp.Sersic(centre=(0.1, 0.05), effective_radius=0.2))
    tracer = al.Tracer([sis(0.5), source])
    grid = al.Grid2D.uniform(shape_native=(9, 11), pixel_scales=0.3, over_sample_size=3)
    traced = tracer.traced_grid_2d_list_from(grid=grid)[-1]
    np.testing.assert_allclose(source.image_2d_from(grid=traced), tracer.image_2d_from(grid=grid), rtol=1e-12)


def test_a_wrong_tracer_is_refused_in_words():
    with pytest.raises(RayTracingError, match=r"galaxy_0 is .*must be a Galaxy, which has a redshift"):
        al.Tracer([al.mp.IsothermalSph()])
    with pytest.raises(RayTracingError, match="no galaxies"):
        al.Tracer([])
    with pytest.raises(CosmologyError, match=r"cosmology is 'Planck16', .*Planck15\(\)"):
        al.Tracer([sis(0.5)], cosmology="Planck16")


def test_a_source_in_front_of_the_lens_is_warned_of():
    source = al.Galaxy(redshift=0.5, bulge=al.lp.Sersic())
    with pytest.warns(RayTracingWarning, match="nothing is lensed: galaxy_1 has light, no mass and the redshift 0.5"):
        al.Tracer([sis(1.0), source])
