"""Einstein radius and mass, magnification and fluxes that follow from a model of a lens."""

import equinox as eqx
import numpy as np
import pytest

from galens import fit as af
from galens import lens as al
from galens.fit.latent import latent_notation

SHAPE, SCALE = (81, 81), 0.08
ZERO_POINT = 25.0
RADIUS = 1.3


@pytest.fixture(scope="module")
def found():
    lens = al.Galaxy(redshift=0.5, bulge=al.lp.GaussianSph(sigma=0.3), mass=al.mp.IsothermalSph(einstein_radius=RADIUS))
    source = al.Galaxy(redshift=1.0, disk=al.lp.GaussianSph(centre=(0.2, 0.1), intensity=2.0, sigma=0.1))
    data = al.Array2D.no_mask(np.ones(SHAPE), SCALE)
    dataset = al.Imaging(data, al.Array2D.no_mask(np.ones(SHAPE), SCALE), over_sample_size_lp=4)
    dataset = dataset.apply_mask(al.Mask2D.circular(SHAPE, pixel_scales=SCALE, radius=3.2))
    analysis = al.AnalysisImaging(dataset, zero_point=ZERO_POINT)
    instance = af.ModelInstance({"galaxies": {"lens": lens, "source": source}})
    return eqx.filter_jit(lambda analysis, instance: analysis.latent_variables(instance))(analysis, instance)


def test_einstein_radius_and_mass_are_those_of_the_sphere(found):
    assert float(found["tracer.effective_einstein_radius"]) == pytest.approx(RADIUS, rel=1e-10)
    density = al.cosmo.Planck15().critical_surface_density_between_redshifts_from(0.5, 1.0)
    assert float(found["tracer.einstein_mass"]) == pytest.approx(np.pi * RADIUS**2 * float(density), rel=1e-10)
    assert 1e11 < float(found["tracer.einstein_mass"]) < 1e12


def test_magnification_is_the_mean_over_the_source(found):
    # mu of an isothermal sphere, both images together, is 2 theta_E / beta; its mean over a Gaussian source by sums.
    axis = np.linspace(-0.7, 0.7, 1400)
    y, x = np.meshgrid(axis, axis)
    light = np.exp(-((y - 0.2) ** 2 + (x - 0.1) ** 2) / (2 * 0.1**2))
    expected = np.sum(light * 2 * RADIUS / np.hypot(y, x)) / np.sum(light)
    assert float(found["galaxies.source.magnification"]) == pytest.approx(expected, rel=3e-3)
    intrinsic = 2.0 * 2 * np.pi * 0.1**2 / SCALE**2
    assert float(found["galaxies.source.lensed_flux"]) == pytest.approx(expected * intrinsic, rel=3e-3)


def test_fluxes_and_magnitudes_of_lens_and_source(found):
    microjansky = 10 ** (0.4 * (23.9 - ZERO_POINT))
    for name in ("lens.bulge", "source.disk"):
        flux = float(found[f"galaxies.{name}.total_flux"])
        galaxy = name.split(".")[0]
        assert float(found[f"galaxies.{galaxy}.total_flux_mujy"]) == pytest.approx(flux * microjansky, rel=1e-12)
    lensed = float(found["galaxies.source.lensed_flux"])
    assert float(found["galaxies.source.lensed_magnitude"]) == pytest.approx(ZERO_POINT - 2.5 * np.log10(lensed))
    assert float(found["galaxies.source.lensed_flux_mujy"]) == pytest.approx(lensed * microjansky, rel=1e-12)
    assert "galaxies.lens.magnification" not in found
    assert latent_notation("tracer.einstein_mass").unit == "solMass"
