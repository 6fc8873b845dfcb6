"""Where a search for a lens may begin: draws of the prior, moved to what the image says without any fit.

From draws of the prior alone most minimisations end where there is no lens, where the light of the lens galaxy has
taken the arcs, or where the source is as large as the ring. So, of each draw: the light in front gets the place and the
size of the smooth galaxy; masses get its place, their Einstein radius is that of the arcs, and their other parameters
come nearer to the middle of their priors; and the source is where the draw's own mass takes the arcs to, as large as
they are there. Everything else is what was drawn, and that is also the scatter of sizes about these values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from galens import array as aa
from galens.errors import ModelError
from galens.galaxy import cosmology as cosmo
from galens.galaxy.profiles.light.base import LightProfile
from galens.galaxy.profiles.mass.base import MassProfile
from galens.lens.imaging.arcs import image_without_lens_light, lensed_image
from galens.lens.instance import SUBHALO, tracer_via_instance_from

__all__ = ["draws_by_the_arcs"]

CENTRES = ("centre_0", "centre_1")
SIZES = ("effective_radius", "sigma")  # names of radii that hold about half the light
EINSTEIN_RADIUS = "einstein_radius"
FARTHEST = 3.0  # standard deviations of the prior
SCATTER_OF_SIZE = 0.3  # of the logarithm, for each standard deviation of what was drawn
SCATTER_OF_EINSTEIN_RADIUS = 0.1
NEARER = 0.5  # of the way from the middle of their priors that other parameters of masses keep
SMALLEST = 1e-6  # arcsec
AT_ONCE = 8  # draws


@dataclass(frozen=True)
class _Parameters:
    """Indices of the parameters that the image says something of, by what they are of and by their name."""

    lens_light: dict[str, list[int]]
    mass: dict[str, list[int]]
    source_light: dict[str, list[int]]


def draws_by_the_arcs(dataset: aa.Imaging, cosmology: cosmo.FlatwCDM, program: Any, vectors: np.ndarray) -> np.ndarray:
    """Draws of the prior (S, n), moved to where the image says that lens and source are.

    A place farther than 3 standard deviations from the middle of its prior is not taken, and sizes go as far as that.
    All are where they were drawn if the model has no source behind a mass, or the image no arcs.

    Args:
        program: of the model.
        vectors: (S, n) draws of its prior.
    """
    found = _parameters(program, cosmology, vectors[0])
    if found is None:
        return vectors
    image = lensed_image(dataset) if found.lens_light else image_without_lens_light(dataset)
    if image.arc_radius == 0.0:
        return vectors
    draws = _Draws(program, np.array(program.normal_from_physical(vectors)))
    draws.draw_in([column for columns in found.mass.values() for column in columns], NEARER)
    if found.lens_light:
        for names in (found.lens_light, found.mass):
            for name, value in zip(CENTRES, image.centre, strict=True):
                draws.place(names.get(name, []), np.full(len(vectors), value))
    for name in SIZES:
        draws.size(found.lens_light.get(name, []), image.half_light_radius, SCATTER_OF_SIZE)
    radii = found.mass.get(EINSTEIN_RADIUS, [])
    draws.size(radii, image.arc_radius / max(len(radii), 1), SCATTER_OF_EINSTEIN_RADIUS)

    y, x = np.moveaxis(np.asarray(dataset.mask.pixel_centres), -1, 0)
    centres, sizes = (np.asarray(each) for each in _sources(program, cosmology, y, x, image.arcs, draws.vectors))
    for axis, name in enumerate(CENTRES):
        draws.place(found.source_light.get(name, []), centres[:, axis])
    for name in SIZES:
        draws.size(found.source_light.get(name, []), sizes, SCATTER_OF_SIZE)
    return draws.vectors


class _Draws:
    """Draws whose columns are replaced one after the other, in the space where every prior is a unit normal.

    Args:
        drawn: (S, n) in that space.
    """

    def __init__(self, program: Any, drawn: np.ndarray) -> None:
        self.program, self.drawn, self.normal = program, drawn, drawn.copy()

    @property
    def vectors(self) -> np.ndarray:
        return np.asarray(self.program.physical_from_normal(self.normal))

    def draw_in(self, columns: list[int], factor: float) -> None:
        """Brings columns nearer to the middle of their priors."""
        self.normal[:, columns] = factor * self.drawn[:, columns]

    def place(self, columns: list[int], values: np.ndarray) -> None:
        """Columns at values (S,), where their priors think them possible."""
        for column in columns:
            normal = self._normal(column, values)
            self.normal[:, column] = np.where(np.abs(normal) < FARTHEST, normal, self.normal[:, column])

    def size(self, columns: list[int], values: Any, scatter: float) -> None:
        """Columns about positive values, scattered by what was drawn, as near to them as the priors reach."""
        for column in columns:
            about = np.maximum(values, SMALLEST) * np.exp(scatter * self.drawn[:, column])
            self.normal[:, column] = np.clip(self._normal(column, about), -FARTHEST, FARTHEST)

    def _normal(self, column: int, values: np.ndarray) -> np.ndarray:
        vectors = np.array(self.vectors)
        vectors[:, column] = values
        return np.asarray(self.program.normal_from_physical(vectors))[:, column]


def _parameters(program: Any, cosmology: cosmo.FlatwCDM, vector: np.ndarray) -> _Parameters | None:
    """The parameters of a model of light behind mass; None for other models."""
    instance = program.instance(vector)
    tracer = tracer_via_instance_from(instance, cosmology)
    last = tracer.total_planes - 1
    if not any(masses.masses for masses in tracer.plane_masses[:last]):
        return None
    names = list(map(str, instance.galaxies.keys()))
    found = _Parameters({}, {}, {})
    for index, path in enumerate(program.paths):
        if str(path[0]) != "galaxies" or str(path[1]) == SUBHALO:
            continue
        name, plane = str(path[-1]), tracer.plane_index_of(names.index(str(path[1])))
        try:
            # centre_0 is in the pair centre of the profile
            profile = instance.object_for_path(path[: -2 if name.startswith(f"{path[-2]}_") else -1])
        except ModelError:  # it stands in the arithmetic of another parameter only
            continue
        if isinstance(profile, LightProfile) and plane in (0, last):
            target = found.source_light if plane == last else found.lens_light
        elif isinstance(profile, MassProfile) and plane < last:
            target = found.mass
        else:
            continue
        target.setdefault(name, []).append(index)
    return found if found.source_light else None


@partial(jax.jit, static_argnums=0)
def _sources(
    program: Any, cosmology: cosmo.FlatwCDM, y: Array, x: Array, light: Array, vectors: Float[Array, "S n"]
) -> tuple[Float[Array, "S 2"], Float[Array, " S"]]:
    """Centre (y, x) of the arcs' light on the last plane, and its mean distance from there, for masses of vectors."""
    share = light / jnp.sum(light)

    def source(vector: Array) -> tuple[Array, Array]:
        tracer = tracer_via_instance_from(program.instance(vector), cosmology)
        ends = jnp.stack(tracer.traced_at(y, x)[-1])
        centre = ends @ share
        return centre, jnp.hypot(*(ends - centre[:, None])) @ share

    return jax.lax.map(source, vectors, batch_size=AT_ONCE)
