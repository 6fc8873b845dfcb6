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

from galens import array as aa
from galens.errors import ProfileError
from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.light.group import ProfileGroup, grouped
from galens.galaxy.profiles.light.snr import LightProfileSNR
from galens.galaxy.profiles.light.weighted import weighted_sum

__all__ = ["Light", "columns_of", "image_of", "light_of", "model_of"]

Groups = tuple[ProfileGroup, ...]

LARGEST_CHUNK = 10


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


def light_of(profiles: Iterable[LightProfile]) -> Light:
    """The profiles, members of bases one by one.

    Raises:
        ProfileError: one has a signal to noise instead of an intensity.
    """
    members = [member for profile in profiles for member in profile.members]
    for each in members:
        if isinstance(each, LightProfileSNR):
            raise ProfileError(
                f"a fit needs intensities, but lp_snr.{type(each).__name__} has none: use lp.{type(each).__name__}."
            )
    linear = [each for each in members if isinstance(each, LightProfileLinear)]
    ordinary = [each for each in members if not isinstance(each, LightProfileLinear)]
    return Light(grouped(ordinary), grouped(linear))


def image_of(operator: aa.ImagingOperator, light: Light, model: aa.DatasetModel | None, blurred: bool = True) -> Any:
    """The image (N,) of the profiles that have an intensity, with or without the PSF."""
    to_blur, as_observed = _split(light.ordinary)
    image = jnp.zeros(operator.mask.pixels_in_mask)
    if to_blur:
        total = _total(operator, to_blur, model)
        image = operator.blurred(total) if blurred else operator.binned(total)
    return image + _observed_total(operator, as_observed, model, blurred) if as_observed else image


def columns_of(
    operator: aa.ImagingOperator,
    light: Light,
    model: aa.DatasetModel | None,
    scale: Any,
    precision: Any = float,
) -> tuple[Any, Any]:
    """Images (n, N) of the linear profiles at intensity 1, in the order of the groups, and (N,) of the others, times
    `scale` (N,).

    A few columns at a time pass from coordinates to the mask: they fit into the caches, and into memory that the
    system need not clear for every evaluation. One part waits for the other: two independent batched transforms
    can wait for each other for ever.
    """
    to_blur, as_observed = _split(light.linear)
    offset: Any = jnp.zeros(operator.mask.pixels_in_mask)
    if light.ordinary:
        offset = image_of(operator, light, model)
    weights = scale.astype(precision)
    rows: list[Any] = []
    previous = offset[0]
    operated, points = _operated_and_points(as_observed)
    for groups, is_blurred in ((to_blur, True), (operated, False)):
        for alike in _mergeable(groups):
            # A sum that no compiler can leave out: one part must wait for the other.
            weights = weights + (0.0 * lax.stop_gradient(previous)).astype(precision)
            rows.append(_rows(alike, partial(_scaled_images, operator, model, precision, is_blurred, weights)))
            previous = rows[-1][0, 0]
    rows.extend(_points(operator, group, model).astype(precision) * weights for group in points)
    return _joined(rows), offset * scale


def _mergeable(groups: Groups) -> list[Groups]:
    """Consecutive groups that differ in numbers only: one loop serves them."""
    found: list[list[ProfileGroup]] = []
    for group in groups:
        if found and _kind(found[-1][-1]) == _kind(group):
            found[-1].append(group)
        else:
            found.append([group])
    return [tuple(each) for each in found]


def _kind(group: ProfileGroup) -> Any:
    return jax.tree.structure(group.profile), tuple(jnp.ndim(leaf) for leaf in jax.tree.leaves(group.profile))


def _rows(groups: Groups, images: Callable[[ProfileGroup], Any]) -> Any:
    """`images` (k, N) of groups that differ in numbers only, a chunk of profiles at a time."""
    counts = [len(group) for group in groups]
    size = _chunk_size(counts)
    if len(groups) == 1 and size == counts[0]:
        return images(groups[0])
    structure = jax.tree.structure(groups[0].profile)
    leaves = zip(*[jax.tree.leaves(group.profile) for group in groups], strict=True)
    chunks = [
        jnp.concatenate([_cut(leaf, count, size) for leaf, count in zip(each, counts, strict=True)]) for each in leaves
    ]
    members = tuple(range(size))
    found = lax.map(lambda values: images(ProfileGroup(jax.tree.unflatten(structure, values), members)), chunks)
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


def _cut(leaf: Any, count: int, size: int) -> Any:
    """A leaf for each chunk of `count` profiles: (k, 1) as (chunks, size, 1), scalars repeated."""
    leaf = jnp.asarray(leaf, float)
    chunks = -(-count // size)
    if leaf.ndim == 0:
        return jnp.broadcast_to(leaf, (chunks,))
    padded = jnp.concatenate([leaf, jnp.repeat(leaf[-1:], chunks * size - count, axis=0)])
    return padded.reshape(chunks, size, *leaf.shape[1:])


def _scaled_images(
    operator: aa.ImagingOperator, model: Any, precision: Any, is_blurred: bool, weights: Any, group: ProfileGroup
) -> Any:
    lights = _lights(operator, group, model, precision)
    if not is_blurred:
        return operator.binned(lights) * weights
    extent = group.profile.extent
    if extent is not None:
        extent = (_centre(group.centre, model), jnp.max(jnp.asarray(extent)))
    return operator.blurred(lights, extent) * weights


def _centre(centre: Any, model: aa.DatasetModel | None) -> Any:
    """Where in the dataset a centre of the model lies, (y, x) in arcsec."""
    return centre if model is None else model.moved_back(*centre)


def model_of(operator: aa.ImagingOperator, light: Light, model: aa.DatasetModel | None, amplitudes: Any) -> Any:
    """The image (N,) of all profiles, linear ones with `amplitudes` (n,) in the order of the groups: one transform."""
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
        total: Any = _total(operator, others, model) if others else 0.0
        for group in groups:
            here = amplitudes[start : start + len(group)]
            total = total + _on(operator, _Weighted(group, here), model)
            start += len(group)
        if groups or others:
            image = image + method(total)
    for group in points:
        image = image + amplitudes[start : start + len(group)] @ _points(operator, group, model)
        start += len(group)
    return image + _observed_total(operator, ordinary_points, model) if ordinary_points else image


class _Weighted(eqx.Module):
    group: ProfileGroup
    amplitudes: Any

    @property
    def centre(self) -> Any:
        return self.group.centre

    def image_at(self, y: Any, x: Any) -> Any:
        return weighted_sum(self.group.profile, self.amplitudes, y, x)


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


def _total(operator: aa.ImagingOperator, groups: Groups, model: aa.DatasetModel | None) -> Any:
    lights = [_on(operator, group, model) for group in groups]
    return sum(lights[1:], start=lights[0])


def _observed_total(
    operator: aa.ImagingOperator, groups: Groups, model: aa.DatasetModel | None, blurred: bool = True
) -> Any:
    """The image (N,) of groups that are as observed."""
    operated, points = _operated_and_points(groups)
    images = [operator.binned(_total(operator, operated, model))] if operated else []
    images.extend(jnp.sum(_points(operator, group, model, blurred), axis=0) for group in points)
    return sum(images[1:], start=images[0])


def _points(
    operator: aa.ImagingOperator, group: ProfileGroup, model: aa.DatasetModel | None, blurred: bool = True
) -> Any:
    """Images (k, N) of point sources at one place: the PSF there, or before it the pixel that holds them."""
    centre = group.centre if model is None else model.moved_back(*group.centre)
    image = operator.point(centre) if blurred else operator.point_before_psf(centre)
    return jnp.broadcast_to(group.profile.intensity * image, (len(group), image.shape[-1]))  # type: ignore[attr-defined]


def _on(operator: aa.ImagingOperator, source: Any, model: aa.DatasetModel | None) -> Any:
    """Light (P,) of something with `image_at` and `centre`, at the points of the dataset."""
    if model is None:
        return operator.light(source.image_at, source.centre)
    return operator.light(lambda y, x: source.image_at(*model.moved(y, x)), model.moved_back(*source.centre))


def _lights(operator: aa.ImagingOperator, group: ProfileGroup, model: aa.DatasetModel | None, precision: Any) -> Any:
    """Light (k, P) of each profile of a group."""

    def images_at(y: Any, x: Any) -> Any:
        y, x = (y, x) if model is None else model.moved(y, x)
        return group.images_at(y, x, precision)

    return operator.light(images_at, _centre(group.centre, model))
