"""Galaxies along the line of sight moved into a few planes, which makes many halos affordable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from galens.errors import RayTracingError
from galens.galaxy import cosmology as cosmo
from galens.galaxy.galaxy import Galaxy
from galens.lens.mass_field import MassField
from galens.lens.tracer import Tracer

__all__ = ["sliced_tracer_from"]


def sliced_tracer_from(
    lens_galaxies: Sequence[Galaxy],
    line_of_sight_galaxies: Sequence[Galaxy],
    source_galaxies: Sequence[Galaxy],
    planes_between_lenses: Sequence[int],
    cosmology: cosmo.FlatwCDM | None = None,
    fields: Sequence[MassField] = (),
) -> Tracer:
    """A tracer whose galaxies and fields have the redshift of the nearest of a few planes.

    Those planes are at the redshifts of the lenses and the source, and equally spaced between them. The galaxies given
    keep their redshifts: the tracer has copies.

    Args:
        lens_galaxies: at one or more redshifts.
        line_of_sight_galaxies: at any redshifts.
        source_galaxies: at one redshift, behind the others.
        planes_between_lenses: number of planes in front of the first lens redshift, between each and the next, and
            between the last and the source.
        cosmology: as of `Tracer`.
        fields: at any redshifts.

    Raises:
        RayTracingError: sources at several redshifts or in front of a lens, or other than one number of planes for each
            interval.
    """
    lenses = sorted({float(galaxy.redshift) for galaxy in lens_galaxies})
    sources = {float(galaxy.redshift) for galaxy in source_galaxies}
    if len(sources) != 1 or not lenses or max(lenses) >= max(sources):
        raise RayTracingError(
            f"sliced_tracer_from: sources must have one redshift, behind one or more of lenses; they are at "
            f"{sorted(sources)}, lenses at {lenses}."
        )
    if len(planes_between_lenses) != len(lenses) + 1 or min(planes_between_lenses) < 0:
        raise RayTracingError(
            f"sliced_tracer_from: planes_between_lenses must be {len(lenses) + 1} numbers of at least 0, one for each "
            f"interval from 0 over the lenses at {lenses} to the source; got {list(planes_between_lenses)}."
        )
    edges = [0.0, *lenses, sources.pop()]
    redshifts = np.concatenate(
        [
            np.linspace(near, far, planes + 2)[1:]
            for near, far, planes in zip(edges, edges[1:], planes_between_lenses, strict=False)
        ]
    )

    def moved(member: Any) -> Any:
        nearest = redshifts[np.argmin(np.abs(redshifts - float(member.redshift)))]
        return type(member)(redshift=float(nearest), **dict(zip(member.names, member.values, strict=True)))

    galaxies = [*lens_galaxies, *line_of_sight_galaxies, *source_galaxies]
    return Tracer([moved(each) for each in galaxies], cosmology, [moved(each) for each in fields])
