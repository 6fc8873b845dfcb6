"""From an instance of a model to its tracer."""

from __future__ import annotations

from typing import Any

import equinox as eqx

from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxies import Galaxies, names_and_values
from galens.galaxy.galaxy import Galaxy
from galens.galaxy.imaging.abstract_analysis import galaxies_of
from galens.lens.tracer import Tracer

__all__ = ["tracer_via_instance_from"]

SUBHALO = "subhalo"


def tracer_via_instance_from(instance: Any, cosmology: cosmo.FlatwCDM | None = None) -> Tracer:
    """The tracer of an instance of a model.

    The instance has `galaxies` and may have `extra_galaxies` and `scaling_galaxies` (of galaxies by name or in a list),
    `fields` (of `MassField`s) and a `cosmology`. Where redshifts are free, the last of `galaxies` that is not the
    subhalo is the farthest: the source.

    The masses of a galaxy called "subhalo" have their centres where they are seen in the image, so that a search knows
    where to look for them; in the tracer they are where a ray that is seen there is at the subhalo's redshift.

    Args:
        instance: of the model.
        cosmology: where the instance has none; None: `Planck15`.

    Raises:
        ModelError: the instance has no galaxies.
        RayTracingError: as of `Tracer`.
    """
    galaxies = galaxies_of(instance)
    own = getattr(instance, "cosmology", None)
    cosmology = cosmology if own is None else own
    fields = getattr(instance, "fields", None)
    sources = [name for name in names_and_values(instance.galaxies)[0] if name != SUBHALO]
    farthest = sources[-1] if sources else None
    tracer = Tracer(galaxies, cosmology, fields, farthest)
    if SUBHALO not in galaxies.names:
        return tracer
    subhalo = _in_its_plane(galaxies[SUBHALO], tracer)
    others = dict(zip(galaxies.names, galaxies, strict=True))
    return Tracer(Galaxies(others | {SUBHALO: subhalo}), cosmology, fields, farthest)


def _in_its_plane(subhalo: Galaxy, tracer: Tracer) -> Galaxy:
    """The subhalo with the centres of its masses traced to its redshift. Its own deflections play no part in that."""
    components = dict(subhalo.components)
    for name, mass in subhalo.mass_profiles.items():
        if "centre" in mass.__dataclass_fields__:
            centre = tracer.ray_at_redshift(*mass.centre, subhalo.redshift)
            components[name] = eqx.tree_at(lambda profile: profile.centre, mass, centre)
    return Galaxy(redshift=subhalo.redshift, **components)
