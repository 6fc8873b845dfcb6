r"""How long light takes along each ray.

With lens planes 0, ..., K-1, the source at K, and potentials of light from the last plane N,

.. math:: \Delta t = \sum_{i < K} \frac{1 + z_i}{c} \left[ \frac{D_i D_{i+1}}{D_{i,i+1}} \frac{|\theta_i -
          \theta_{i+1}|^2}{2} - \frac{D_i D_N}{D_{iN}} \psi_i(\theta_i) \right]

relative to the straight way from the source without lenses. Only mass in front of the source counts. With one lens
plane this is the time-delay distance over c times the Fermat potential.

Source: Schneider, Ehlers & Falco (1992), section 9.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from galens.errors import RayTracingError

if TYPE_CHECKING:
    from galens.lens.tracer import Tracer

__all__ = ["arrival_time_at", "fermat_potential_at", "geometry_term_at"]

ARCSEC = np.pi / 648000.0
DAYS_PER_KPC = 3.0856775814913673e19 / 299792458.0 / 86400.0  # light


def geometry_term_at(tracer: Tracer, y: Any, x: Any) -> Any:
    """|theta - beta|^2 / 2, arcsec^2, of one lens plane."""
    _only_lens(tracer)
    to_y, to_x = tracer.traced_at(y, x)[-1]
    return 0.5 * ((y - to_y) ** 2 + (x - to_x) ** 2)


def fermat_potential_at(tracer: Tracer, y: Any, x: Any) -> Any:
    """|theta - beta|^2 / 2 - psi(theta), arcsec^2, of one lens plane."""
    lens = _only_lens(tracer)
    return geometry_term_at(tracer, y, x) - tracer.plane_masses[lens].potential_at(y, x)


def arrival_time_at(tracer: Tracer, plane_index: int, y: Any, x: Any) -> Any:
    """Days, for light from a plane."""
    lenses = tracer.lens_planes_of(plane_index)
    if not lenses:
        raise RayTracingError(
            f"time delays need mass in front of the source: the tracer has {tracer.total_planes} planes, at redshifts "
            f"{', '.join(str(each) for each in tracer.plane_redshifts)}, and no mass in front of plane {plane_index}."
        )
    if not tracer.in_order and plane_index != tracer.total_planes - 1:
        raise RayTracingError("where redshifts are free, time delays are those of light from the last plane.")
    rays = tracer.traced_at(y, x)
    masses, cosmology = tracer.plane_masses, tracer.cosmology
    redshifts = jnp.stack([jnp.asarray(each, float) for each in tracer.plane_redshifts])
    to = cosmology.angular_diameter_distance_to_earth_in_kpc_from
    between = cosmology.angular_diameter_distance_between_redshifts_in_kpc_from

    places = jnp.array([*lenses, plane_index])
    if not tracer.in_order:
        places = places[jnp.argsort(redshifts[places])]
    path_y, path_x = (jnp.stack([ray[axis] for ray in rays])[places] for axis in (0, 1))
    near, far = redshifts[places[:-1]], redshifts[places[1:]]
    apart = far > near
    distance = to(near) * to(far) / between(jnp.where(apart, near, 0.5), jnp.where(apart, far, 1.0))
    # Planes of one redshift are one plane: rays do not move between them.
    geometry = jnp.where(apart, (1.0 + near) * distance, 0.0)
    days = jnp.tensordot(geometry, 0.5 * (jnp.diff(path_y, axis=0) ** 2 + jnp.diff(path_x, axis=0) ** 2), axes=1)
    for i in lenses:
        lens, last = redshifts[i], redshifts[-1]
        in_front = last > lens
        depth = to(lens) * to(last) / between(jnp.where(in_front, lens, 0.5), jnp.where(in_front, last, 1.0))
        days = days - jnp.where(in_front, (1.0 + lens) * depth, 0.0) * masses[i].potential_at(*rays[i])
    return days * DAYS_PER_KPC * ARCSEC**2


def _only_lens(tracer: Tracer) -> int:
    lenses = tracer.lens_planes_of(tracer.total_planes - 1)
    if len(lenses) != 1:
        raise RayTracingError(
            f"a Fermat potential belongs to one plane with mass in front of the source, but the tracer has "
            f"{len(lenses)}; time_delays_from is for any number above 0."
        )
    return lenses[0]
