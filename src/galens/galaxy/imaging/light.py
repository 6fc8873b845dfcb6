"""From light profiles to images of a dataset: what is blurred, what is as observed, what is solved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from galens.errors import ProfileError
from galens.galaxy.imaging.sight import Sight
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.galaxy.profiles.light.snr import LightProfileSNR
from galens.galaxy.profiles.light.weighted import weighted_sum

__all__ = ["Light", "columns_of", "image_of", "light_of", "model_of"]

Groups = tuple[ProfileGroup, ...]

LARGEST_CHUNK = 10
MOST_FILLING = 1.25  # profiles in a loop over groups for each that there is


class Light(eqx.Module):
    """Profiles as a fit evaluates them: those with an intensity, and those whose intensity is solved."""

    ordinary: Groups
    linear: Groups

    @property
    def total(self) -> int:
        """Number of linear profiles."""
        return sum(len(group) for group in self.linear)

    @property
    def order(self) -> np.ndarray:
        """(n,) place, in the order of the groups, of each linear profile in the order of the galaxies."""
        return np.argsort([index for group in _blurred_first(self.linear) for index in group.indices])


def light_of(profiles: Iterable[LightProfile], planes: Iterable[int] | None = None) -> Light:
    """The profiles, members of bases one by one.

    Args:
        profiles: n profiles.
        planes: of their galaxies, n; None: all are on the first.

    Raises:
        ProfileError: one has a signal to noise instead of an intensity.
    """
    profiles = tuple(profiles)
    of_planes = (0,) * len(profiles) if planes is None else tuple(planes)
    members = [
        (member, plane) for profile, plane in zip(profiles, of_planes, strict=True) for member in profile.members
    ]
    for each, _ in members:
        if isinstance(each, LightProfileSNR):
            raise ProfileError(
                f"a fit needs intensities, but lp_snr.{type(each).__name__} has none: use lp.{type(each).__name__}."
            )
    linear = [pair for pair in members if isinstance(pair[0], LightProfileLinear)]
    ordinary = [pair for pair in members if not isinstance(pair[0], LightProfileLinear)]
    return Light(*(grouped([each for each, _ in pairs], [plane for _, plane in pairs]) for pairs in (ordinary, linear)))


def image_of(sight: Sight, light: Light, blurred: bool = True) -> Any:
    """The image (N,) of the profiles that have an intensity, with or without the PSF."""
    operator = sight.operator
    to_blur, as_observed = _split(light.ordinary)
    image = jnp.zeros(operator.mask.pixels_in_mask)
    if to_blur:
        total = _total(sight, to_blur)
        image = operator.blurred(total) if blurred else operator.binned(total)
    return image + _observed_total(sight, as_observed, blurred) if as_observed else image


def columns_of(sight: Sight, light: Light, scale: Any, precision: Any = float) -> tuple[Any, Any]:
    """Images (n, N) of the linear profiles at intensity 1, in the order of the groups, and (N,) of the others, times
    `scale` (N,).

    A few columns at a time pass from coordinates to the mask: they fit into the caches, and into memory that the
    system need not clear for every evaluation. One part waits for the other: two independent batched transforms
    can wait for each other for ever.
    """
    to_blur, as_observed = _split(light.linear)
    offset: Any = jnp.zeros(sight.operator.mask.pixels_in_mask)
    if light.ordinary:
        offset = image_of(sight, light)
    weights = scale.astype(precision)
    rows: list[Any] = []
    previous = offset[0]
    operated, points = _operated_and_points(as_observed)
    for groups, is_blurred in ((to_blur, True), (operated, False)):
        for alike in _mergeable(sight, groups):
            # A sum that no compiler can leave out: one part must wait for the other.
            weights = weights + (0.0 * lax.stop_gradient(previous)).astype(precision)
            rows.append(_rows(alike, partial(_scaled_images, sight, precision, is_blurred, weights)))
            previous = rows[-1][0, 0]
    rows.extend(_points(sight, group).astype(precision) * weights for group in points)
    return _joined(rows), offset * scale


def _mergeable(sight: Sight, groups: Groups) -> list[Groups]:
    """Consecutive groups that differ in numbers only: one loop serves them."""

    def kind(group: ProfileGroup) -> Any:
        dimensions = tuple(jnp.ndim(leaf) for leaf in jax.tree.leaves(group.profile))
        return jax.tree.structure(group.profile), dimensions, 0 if sight.treats_planes_alike else group.plane

    found: list[list[ProfileGroup]] = []
    for group in groups:
        if found and kind(found[-1][-1]) == kind(group):
            found[-1].append(group)
        else:
            found.append([group])
    return [tuple(each) for each in found]


def _rows(groups: Groups, images: Callable[[ProfileGroup, Any], Any]) -> Any:
    """Images (k, N) of groups that differ in numbers only, a chunk of profiles at a time.

    Args:
        images: of a group on a plane.
    """
    counts = [len(group) for group in groups]
    size = _chunk_size(counts)
    if len(groups) == 1 and size == counts[0]:
        return images(groups[0], groups[0].plane)
    chunks, unpacked = _packed(groups, size)
    members = tuple(range(size))

    def of_chunk(values: list[Any]) -> Any:
        profile, plane = unpacked(values)
        return images(ProfileGroup(profile, members), plane)

    found = lax.map(of_chunk, chunks)
    found = found.reshape(-1, found.shape[-1])
    starts = np.cumsum([0, *[-(-count // size) * size for count in counts]])
    kept = np.concatenate([start + np.arange(count) for start, count in zip(starts, counts, strict=False)])
    return found if len(kept) == len(found) else found[kept]


def _chunk_size(counts: list[int]) -> int:
    """How many profiles go through at a time: few enough for the caches of a CPU, and to fill the last chunks."""
    sizes = range(1, min(LARGEST_CHUNK, max(counts)) + 1)
    return min(
        sizes, key=lambda size: (sum(-(-count // size) * size + 2 * -(-count // size) for count in counts), -size)
    )


def _cut(leaf: Any, size: int) -> Any:
    """A leaf of k profiles, (k, 1), for each chunk of them: (chunks, size, 1), filled up with the last one."""
    leaf = jnp.asarray(leaf, float)
    padded = jnp.concatenate([leaf, jnp.repeat(leaf[-1:], -len(leaf) % size, axis=0)])
    return padded.reshape(-1, size, *leaf.shape[1:])


def _scaled_images(
    sight: Sight, precision: Any, is_blurred: bool, weights: Any, group: ProfileGroup, plane: Any
) -> Any:
    """Images (k, N) of each profile of a group on a plane times weights (N,)."""
    lights = sight.light(lambda y, x: group.images_at(y, x, precision), group, plane)
    if not is_blurred:
        return sight.operator.binned(lights) * weights
    extent = sight.extent(group, plane)
    if extent is not None:
        extent = (extent[0], jnp.max(jnp.asarray(extent[1])))
    return sight.operator.blurred(lights, extent) * weights


def model_of(sight: Sight, light: Light, amplitudes: Any) -> Any:
    """The image (N,) of all profiles, linear ones with `amplitudes` (n,) in the order of the groups: one transform."""
    operator = sight.operator
    to_blur, as_observed = _split(light.linear)
    ordinary_to_blur, ordinary_as_observed = _split(light.ordinary)
    image: Any = jnp.zeros(operator.mask.pixels_in_mask)
    start = 0
    operated, points = _operated_and_points(as_observed)
    ordinary_operated, ordinary_points = _operated_and_points(ordinary_as_observed)
    for groups, others, method in (
        (to_blur, ordinary_to_blur, operator.blurred),
        (operated, ordinary_operated, operator.binned),
    ):
        total: Any = _total(sight, others) if others else 0.0
        for alike in _mergeable(sight, groups):
            stop = start + sum(map(len, alike))
            total = total + _weighted_total(sight, alike, amplitudes[start:stop])
            start = stop
        if groups or others:
            image = image + method(total)
    for group in points:
        image = image + amplitudes[start : start + len(group)] @ _points(sight, group)
        start += len(group)
    return image + _observed_total(sight, ordinary_points) if ordinary_points else image


def _weighted_total(sight: Sight, groups: Groups, amplitudes: Any) -> Any:
    """Light of groups that differ in numbers only, times amplitudes: a loop, so that it is compiled once.

    Groups are filled up to the length of the longest by profiles without amplitude.
    """
    counts = [len(group) for group in groups]
    parts = jnp.split(amplitudes, np.cumsum(counts[:-1]))

    def light(profile: Any, amplitudes: Any, plane: Any) -> Any:
        return sight.light(partial(weighted_sum, profile, amplitudes), profile, plane)

    if len(groups) == 1 or max(counts) * len(counts) > MOST_FILLING * sum(counts):
        lights = [light(group.profile, part, group.plane) for group, part in zip(groups, parts, strict=True)]
        return sum(lights[1:], start=lights[0])
    chunks, unpacked = _packed(groups, max(counts))
    heights = jnp.stack([jnp.pad(each, (0, max(counts) - len(each))) for each in parts])

    # Computed anew in the backward pass: to keep what it needs takes as many kernels as the light, and their memory.
    @jax.checkpoint
    def of_group(values: list[Any], height: Any) -> Any:
        profile, plane = unpacked(values)
        return light(profile, height, plane)

    def added(total: Any, each: tuple[list[Any], Any]) -> tuple[Any, None]:
        return total + of_group(*each), None

    nothing = jnp.zeros_like(jax.eval_shape(partial(light, plane=0), groups[0].profile, parts[0]))
    return lax.scan(added, nothing, (chunks, heights))[0]


def _packed(groups: Groups, size: int) -> tuple[list[Any], Callable[[list[Any]], tuple[Any, Any]]]:
    """Numbers of the profiles of groups, for each chunk of `size`, and the way from those of a chunk to its profile and
    plane.

    What profiles of a group share is one array, of which a loop reads one row in each round, and its gradient writes
    one. The others stay apart, so that no gradient is computed of those that are constant.
    """
    structure = jax.tree.structure(groups[0].profile)
    columns = list(zip(*[jax.tree.leaves(group.profile) for group in groups], strict=True))
    shared = [index for index, column in enumerate(columns) if jnp.ndim(column[0]) == 0]
    own = [index for index, column in enumerate(columns) if jnp.ndim(column[0]) > 0]

    rows = [[columns[index][place] for index in shared] for place in range(len(groups))]
    of_groups = jnp.array(rows, float).reshape(len(groups), len(shared))
    of_chunk = [place for place, group in enumerate(groups) for _ in range(0, len(group), size)]
    numbers = [of_groups if len(of_chunk) == len(groups) else of_groups[np.array(of_chunk)]]
    numbers.extend(jnp.concatenate([_cut(leaf, size) for leaf in columns[index]]) for index in own)
    planes = [groups[place].plane for place in of_chunk]
    several = len(set(planes)) > 1

    def unpacked(values: list[Any]) -> tuple[Any, Any]:
        leaves = dict(zip([*shared, *own], [*values[0], *values[1 : len(own) + 1]], strict=True))
        profile = jax.tree.unflatten(structure, [leaves[index] for index in range(len(columns))])
        return profile, values[-1] if several else planes[0]

    return [*numbers, jnp.asarray(planes)] if several else numbers, unpacked


def _joined(rows: list[Any]) -> Any:
    return rows[0] if len(rows) == 1 else jnp.concatenate(rows)


def _split(groups: Groups) -> tuple[Groups, Groups]:
    """(groups that the PSF blurs, groups that are as observed: operated ones, then points)."""
    operated, points = _operated_and_points(tuple(each for each in groups if each.is_operated or each.is_point))
    return tuple(each for each in groups if not (each.is_operated or each.is_point)), operated + points


def _operated_and_points(as_observed: Groups) -> tuple[Groups, Groups]:
    return (
        tuple(each for each in as_observed if not each.is_point),
        tuple(each for each in as_observed if each.is_point),
    )


def _blurred_first(groups: Groups) -> Groups:
    to_blur, as_observed = _split(groups)
    return to_blur + as_observed


def _total(sight: Sight, groups: Groups) -> Any:
    lights = [sight.light(group.image_at, group, group.plane) for group in groups]
    return sum(lights[1:], start=lights[0])


def _observed_total(sight: Sight, groups: Groups, blurred: bool = True) -> Any:
    """The image (N,) of groups that are as observed."""
    operated, points = _operated_and_points(groups)
    images = [sight.operator.binned(_total(sight, operated))] if operated else []
    images.extend(jnp.sum(_points(sight, group, blurred), axis=0) for group in points)
    return sum(images[1:], start=images[0])


def _points(sight: Sight, group: ProfileGroup, blurred: bool = True) -> Any:
    """Images (k, N) of point sources at one place: the PSF there, or before it the pixel that holds them."""
    operator, centre = sight.operator, sight.centre(group)
    image = operator.point(centre) if blurred else operator.point_before_psf(centre)
    return jnp.broadcast_to(group.profile.intensity * image, (len(group), image.shape[-1]))  # type: ignore[attr-defined]
