"""Planes: galaxies by redshift, components by name, and input that is refused."""

from __future__ import annotations

import warnings

import pytest

import galens.lens as al
from galens.errors import CosmologyError, ProfileError, RayTracingError, RayTracingWarning
from tests.lens.lenses import POINTS, shining, sis


def test_galaxies_are_sorted_and_grouped_by_redshift():
    redshifts = {"a": 1.0, "b": 0.5, "c": 1.5, "d": 0.5, "e": 0.75, "f": 1}
    tracer = al.Tracer({name: al.Galaxy(redshift=z) for name, z in redshifts.items()})
    assert [plane.names for plane in tracer.planes] == [("b", "d"), ("e",), ("a", "f"), ("c",)]
    assert tracer.plane_redshifts == [0.5, 0.75, 1.0, 1.5]
    assert tracer.total_planes == 4
    assert tracer.plane_index_of("a") == 2
    with pytest.raises(RayTracingError, match="there is no galaxy 'g'; there are: a, b, c, d, e, f"):
        tracer.plane_index_of("g")


def test_a_plane_is_found_by_its_redshift():
    tracer = al.Tracer([sis(0.5), sis(2.0), sis(3.0)])
    assert tracer.plane_index_via_redshift_from(2.0) == 1
    assert tracer.plane_index_via_redshift_from(3.001) is None


@pytest.mark.parametrize(("with_light", "upper"), [((), 0), ((0,), 0), ((1,), 1), ((0, 2), 2), ((3,), 3)])
def test_the_last_plane_with_light(with_light, upper):
    galaxies = [shining(0.5 + i) if i in with_light else al.Galaxy(redshift=0.5 + i) for i in range(4)]
    tracer = al.Tracer(galaxies)
    assert tracer.upper_plane_index_with_light_profile == upper
    assert tracer.plane_indexes_with_light_profiles == list(with_light)


def test_a_field_bends_light_but_is_no_galaxy():
    shear = al.mp.ExternalShear(gamma_1=0.05, gamma_2=0.02)
    field = al.MassField(redshift=0.5, shear=shear)
    tracer = al.Tracer([sis(0.5), al.Galaxy(redshift=1.0)], fields=field)
    with_shear = al.Galaxy(redshift=0.5, mass=al.mp.IsothermalSph(einstein_radius=1.0), shear=shear)
    expected = al.Tracer([with_shear, al.Galaxy(redshift=1.0)])
    assert (tracer.traced_at(*POINTS.T)[-1][0] == expected.traced_at(*POINTS.T)[-1][0]).all()
    assert len(tracer.galaxies) == 2
    assert tracer.total_planes == 2
    assert field.shear == shear
    alone = al.Tracer([al.Galaxy(redshift=1.0)], fields=[al.MassField(redshift=0.3, shear=shear)])
    assert [len(plane) for plane in alone.planes] == [0, 1]
    assert alone.plane_redshifts == [0.3, 1.0]


def test_components_are_found_by_class_and_name():
    lens = al.Galaxy(redshift=0.5, bulge=al.lp.Sersic(intensity=2.0), mass=al.mp.Isothermal(einstein_radius=1.2))
    source = al.Galaxy(redshift=1.0, disk=al.lp.Exponential(intensity=3.0))
    tracer = al.Tracer([source, lens])
    assert tracer.has(al.lp.Exponential)
    assert tracer.extract_attribute(al.LightProfile, "intensity") == [3.0, 2.0]
    assert tracer.extract_attributes_of_planes(al.LightProfile, "intensity") == [[2.0], [3.0]]
    assert tracer.extract_attributes_of_galaxies(al.MassProfile, "einstein_radius") == [[], [1.2]]
    assert tracer.extract_attributes_of_galaxies(al.MassProfile, "einstein_radius", filter_nones=True) == [[1.2]]
    assert tracer.extract_profile("disk") == source.disk
    assert tracer.extract_plane_index_of_profile("disk") == 1
    with pytest.raises(RayTracingError, match="no galaxy has a component 'halo'; there are: bulge, disk, mass"):
        tracer.extract_profile("halo")


def test_slices_have_copies_of_galaxies():
    lenses, line_of_sight = [sis(1.0), sis(2.0)], [sis(z) for z in (0.1, 0.6, 1.3, 1.55, 1.8, 2.6)]
    field = al.MassField(redshift=0.45, sheet=al.mp.MassSheet(kappa=0.1))
    tracer = al.sliced_tracer_from(lenses, line_of_sight, [shining(3.0)], [1, 3, 1], fields=[field])
    assert tracer.plane_redshifts == [0.5, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0]
    assert [galaxy.redshift for galaxy in line_of_sight] == [0.1, 0.6, 1.3, 1.55, 1.8, 2.6]
    assert (field.redshift, tracer.fields[0].redshift) == (0.45, 0.5)
    with pytest.raises(RayTracingError, match=r"planes_between_lenses must be 3 numbers .* got \[1, 3\]"):
        al.sliced_tracer_from(lenses, line_of_sight, [shining(3.0)], [1, 3])
    with pytest.raises(RayTracingError, match="sources must have one redshift, behind"):
        al.sliced_tracer_from(lenses, line_of_sight, [shining(1.5)], [1, 3, 1])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: al.Tracer([al.mp.IsothermalSph()]), RayTracingError, "galaxy_0 is .* a Galaxy, which has a redshift"),
        (lambda: al.Tracer([]), RayTracingError, "there are no galaxies"),
        (lambda: al.Tracer(sis(0.5)), ProfileError, "a sequence of galaxies, got one"),
        (lambda: al.Tracer([sis(0.5)], cosmology="Planck16"), CosmologyError, r"is 'Planck16', .*Planck15\(\)"),
        (lambda: al.Tracer([sis(0.5)], cosmology=al.cosmo.Planck15), CosmologyError, r"must be one of .*Planck15\(\)"),
        (lambda: al.Tracer([sis(0.5)], fields=[sis(0.5)]), RayTracingError, "fields are MassFields, got Galaxy"),
        (lambda: al.MassField(redshift=-1.0), RayTracingError, "redshift is -1.0, but must be at least 0"),
        (lambda: al.MassField(redshift=1.0, light=al.lp.Sersic()), RayTracingError, "light is .* belongs to a Galaxy"),
        (lambda: al.MassField(redshift=1.0, masses=al.mp.MassSheet()), RayTracingError, "cannot be called 'masses'"),
        (
            lambda: al.Tracer([sis(0.5), al.Galaxy(redshift=1.0, star=al.lp.PointSource())]),
            RayTracingError,
            "galaxy_1 has a point source of the PSF's shape",
        ),
        (
            lambda: al.Tracer([sis(0.5)]).traced_at(1.0, 1.0, 2),
            RayTracingError,
            "there is no plane 2: the tracer has 1",
        ),
        (
            lambda: al.Tracer([sis(0.5), sis(1.0)]).grid_2d_at_redshift_from(POINTS, 1.5),
            RayTracingError,
            "redshift is 1.5, but must be at most 1, that of the last plane",
        ),
        (lambda: al.Tracer([sis(0.5)]).time_delays_from(POINTS), RayTracingError, "time delays need mass in front"),
        (
            lambda: al.Tracer([sis(0.5), sis(0.7), sis(1.0)]).fermat_potential_from(POINTS),
            RayTracingError,
            "has 2; time_delays_from is for any number",
        ),
    ],
)
def test_what_cannot_be_traced_is_refused_in_words(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("source", [0.5, 1.0])
def test_a_source_that_is_not_behind_the_lens_is_warned_of(source):
    with pytest.warns(
        RayTracingWarning, match=f"nothing is lensed: galaxy_1 has light, no mass and the redshift {source:g}"
    ):
        al.Tracer([sis(1.0), shining(source)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        al.Tracer([sis(1.0), shining(0.5), shining(1.5)])
        al.Tracer([shining(1.0), shining(0.5)])
        al.Tracer([sis(1.0), al.Galaxy(redshift=2.0)])
