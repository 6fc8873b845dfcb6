import pytest


def test_introduction_has_the_sums_of_the_reference(example, tmp_path):
    numbers = example("start_here.py").main(output=tmp_path)
    assert numbers["sersic_sum"] == pytest.approx(126.001214114058, rel=1e-10)
    assert numbers["sersic_max"] == pytest.approx(0.745257314173, rel=1e-10)
    assert numbers["sersic_corner"] == pytest.approx(3.59926504147e-4, rel=1e-10)
    assert numbers["exponential_sum"] == pytest.approx(119.481135814249, rel=1e-10)
    assert numbers["galaxy_sum"] == pytest.approx(245.482349928308, rel=1e-10)
    assert len(list(tmp_path.glob("*.png"))) == 6


def test_introduction_has_the_sums_of_the_reference_at_one_point_per_pixel(example):
    ag = example("start_here.py").ag
    grid = ag.Grid2D.uniform(shape_native=(150, 150), pixel_scales=0.05, over_sample_size=1)
    sersic = ag.lp.Sersic(ell_comps=(0.2, 0.1), intensity=0.005, effective_radius=2.0, sersic_index=4.0)
    disk = ag.lp.Exponential(ell_comps=(0.1, 0.0), intensity=0.1, effective_radius=0.5)
    image = sersic.image_2d_from(grid=grid)
    assert float(image.array.sum()) == pytest.approx(125.811060933954, rel=1e-10)
    assert float(image.array.max()) == pytest.approx(0.743806507964, rel=1e-10)
    assert float(image.native[0, 0]) == pytest.approx(3.59916852513e-4, rel=1e-10)
    galaxy = ag.Galaxy(redshift=0.5, bulge=sersic, disk=disk)
    assert float(galaxy.image_2d_from(grid=grid).array.sum()) == pytest.approx(245.286640854899, rel=1e-10)


def test_galaxies_add_up_and_all_profiles_compile_batch_and_differentiate(example, tmp_path):
    numbers = example("galaxies.py").main(output=tmp_path)
    assert numbers["additivity"] < 1e-12
    assert numbers["at_points"] < 1e-12
    assert numbers["jit"] < 1e-12
    assert numbers["vmap"] < 1e-12
    assert numbers["finite_slopes"]
    assert len(list(tmp_path.glob("*.png"))) == 3
