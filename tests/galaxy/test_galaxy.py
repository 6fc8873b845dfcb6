"""Galaxies: components, images, names."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.galaxy as ag
from galens.errors import ProfileError
from galens.galaxy.galaxies import ByGalaxy

GRID = ag.Grid2D.uniform(shape_native=(20, 22), pixel_scales=0.1, over_sample_size=2)


@pytest.fixture
def galaxy():
    return ag.Galaxy(
        redshift=0.5,
        bulge=ag.lp.Sersic(centre=(0.1, 0.0), ell_comps=(0.1, 0.2), effective_radius=0.7),
        disk=ag.lp.Exponential(effective_radius=1.5),
        nucleus=ag.lp_operated.Gaussian(sigma=0.1),
    )


def test_components_are_attributes(galaxy):
    assert isinstance(galaxy.bulge, ag.lp.Sersic)
    assert galaxy.redshift == 0.5
    assert list(galaxy.light_profiles) == ["bulge", "disk", "nucleus"]
    assert galaxy.has(ag.lp.Exponential)
    assert not galaxy.has(ag.lp.Chameleon)
    # An Exponential is a Sersic profile.
    assert galaxy.cls_list_from(ag.lp.Sersic) == [galaxy.bulge, galaxy.disk]
    assert galaxy.cls_list_from(ag.lp.Sersic, cls_filtered=ag.lp.Exponential) == [galaxy.bulge]
    assert galaxy.extract_attribute(ag.LightProfile, "effective_radius") == [0.7, 1.5]
    assert "bulge=Sersic(centre=(0.1, 0.0)" in repr(galaxy)


def test_unknown_attribute_suggests_the_right_name(galaxy):
    with pytest.raises(AttributeError, match=r"no attribute 'buldge'; did you mean 'bulge'"):
        _ = galaxy.buldge
    with pytest.raises(AttributeError, match="its components are: bulge, disk, nucleus"):
        _ = galaxy.mass
    assert not hasattr(galaxy, "mass")


def test_image_is_the_sum_of_the_components(galaxy):
    images = galaxy.image_2d_list_from(grid=GRID)
    whole = galaxy.image_2d_from(grid=GRID)
    np.testing.assert_allclose(whole, sum(np.asarray(image) for image in images), rtol=1e-13)
    operated, other = (galaxy.image_2d_from(grid=GRID, operated_only=only) for only in (True, False))
    np.testing.assert_allclose(operated, images[2], rtol=1e-13)
    np.testing.assert_allclose(other + operated, whole, rtol=1e-13)
    assert whole.native.shape == (20, 22)


def test_image_of_points_equals_the_grid_image_there(galaxy):
    grid = GRID.apply_over_sampling(over_sample_size=1)
    on_points = galaxy.image_2d_from(grid=ag.Grid2DIrregular(grid.values))
    np.testing.assert_allclose(on_points, galaxy.image_2d_from(grid=grid), rtol=1e-14)


def test_galaxy_without_light_is_dark():
    galaxy = ag.Galaxy(redshift=1.0)
    assert not np.any(np.asarray(galaxy.image_2d_from(grid=GRID)))
    assert float(galaxy.luminosity_within_circle_from(1.0)) == 0.0


def test_luminosity_is_that_of_all_profiles(galaxy):
    total = sum(each.luminosity_within_circle_from(1.0) for each in galaxy.light_profiles.values())
    assert float(galaxy.luminosity_within_circle_from(1.0)) == pytest.approx(float(total))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ag.Galaxy(redshift=-0.1), "redshift is -0.1, but must be at least 0"),
        (lambda: ag.Galaxy(redshift=float("nan")), "redshift is nan"),
        (lambda: ag.Galaxy(redshift=0.5, light=[ag.lp.Sersic()]), "light is .* a name of its own"),
        (lambda: ag.Galaxy(redshift=0.5, bulge=ag.lp.Sersic), "bulge is .* one profile"),
        (lambda: ag.Galaxy(redshift=0.5, values=ag.lp.Sersic()), "cannot be called 'values'"),
        (lambda: ag.Galaxy(redshift=0.5, image_2d_from=ag.lp.Sersic()), "cannot be called 'image_2d_from'"),
        (lambda: ag.Galaxies([ag.lp.Sersic()]), "not a Galaxy"),
        (lambda: ag.Galaxies(ag.Galaxy(redshift=0.5)), "a sequence of galaxies"),
    ],
)
def test_wrong_composition_is_refused_in_words(make, message):
    with pytest.raises(ProfileError, match=message):
        make()


def test_galaxy_passes_through_transformations(galaxy):
    gradient = jax.jit(jax.grad(lambda each: jnp.sum(each.image_2d_from(grid=GRID).values)))(galaxy)
    assert type(gradient) is ag.Galaxy
    assert gradient.names == galaxy.names
    assert float(gradient.disk.intensity) == pytest.approx(
        float(np.sum(galaxy.disk.image_2d_from(grid=GRID))) / galaxy.disk.intensity
    )


def test_physical_galaxy_has_physical_components():
    @jax.jit
    def physical(redshift, index):
        return ag.Galaxy(redshift=redshift, bulge=ag.lp.Sersic(sersic_index=index)).is_physical()

    assert physical(0.5, 2.0)
    assert not physical(0.5, -2.0)
    assert not physical(-0.5, 2.0)


def test_galaxies_add_up(galaxy):
    other = ag.Galaxy(redshift=1.0, clump=ag.lp.SersicSph(centre=(0.5, -0.5)))
    galaxies = ag.Galaxies([galaxy, other])
    images = galaxies.image_2d_list_from(grid=GRID)
    np.testing.assert_allclose(
        galaxies.image_2d_from(grid=GRID), np.asarray(images[0]) + np.asarray(images[1]), rtol=1e-13
    )
    assert len(galaxies) == 2
    assert list(galaxies) == [galaxy, other]
    assert galaxies[1] is other is galaxies["galaxy_1"]
    assert galaxies.redshifts == [0.5, 1.0]
    assert len(galaxies.light_profiles) == 4
    assert ag.Galaxies(galaxies).names == ("galaxy_0", "galaxy_1")
    assert ag.Galaxies({"lens": galaxy, "source": other}).names == ("lens", "source")


def test_results_by_galaxy_are_found_by_name_index_and_galaxy(galaxy):
    other = ag.Galaxy(redshift=1.0)
    images = ag.Galaxies({"lens": galaxy, "source": other}).galaxy_image_2d_dict_from(grid=GRID)
    assert isinstance(images, ByGalaxy)
    assert list(images) == ["lens", "source"]
    for key in ("source", 1, -1, other, ag.Galaxy(redshift=1.0)):
        assert images[key] is images["source"]
    assert len(images.values()) == 2
    with pytest.raises(KeyError, match="lens, source"):
        images["disk"]
    with pytest.raises(KeyError, match="none of the galaxies"):
        images[ag.Galaxy(redshift=2.0)]


def test_blurred_images_agree_with_one_another(galaxy):
    psf = ag.Convolver.from_gaussian(shape_native=(5, 7), pixel_scales=0.1, sigma=0.15, normalize=True)
    mask = ag.Mask2D.circular(shape_native=(40, 40), pixel_scales=0.1, radius=1.2)
    grid = ag.Grid2D.from_mask(mask, over_sample_size=1)
    around = ag.Grid2D.from_mask(mask.derive_mask.blurring_from((5, 7)), over_sample_size=1)
    blurred = galaxy.blurred_image_2d_from(grid=grid, psf=psf, blurring_grid=around)
    whole = galaxy.unmasked_blurred_image_2d_from(grid=grid, psf=psf)
    assert whole.shape_native == (40, 40)
    np.testing.assert_allclose(blurred.native[~mask.array], whole.native[~mask.array], rtol=1e-10)
    assert galaxy.padded_image_2d_from(grid=grid, psf_shape_2d=(5, 7)).shape_native == (44, 46)
    # Operated light is not blurred.
    nucleus = galaxy.nucleus.blurred_image_2d_from(grid=grid, psf=psf)
    np.testing.assert_array_equal(nucleus, galaxy.nucleus.image_2d_from(grid=grid))
