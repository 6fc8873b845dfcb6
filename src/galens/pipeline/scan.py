"""A coarse search of the lens: very many isothermal lenses with shear against the arcs, each with its best source."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from galens import galaxy as ag
from galens.numerics.fft_convolution import convolve, frame_shape, kernel_transform
from galens.numerics.nnls import nnls
from galens.pipeline.arcs import Arcs, find_arcs, without_outer_peaks
from galens.pipeline.exposure import Exposure
from galens.pipeline.lens_light import LensLight

__all__ = [
    "Candidate",
    "arrays_of_guess",
    "guess",
    "guess_from_arrays",
    "guess_from_pair",
    "guess_without_neighbours",
    "scan",
    "traced",
]

NAMES = ("einstein_radius", "ell_comps_0", "ell_comps_1", "gamma_1", "gamma_2", "source_y", "source_x")
WIDTHS = (0.03, 0.06, 0.12, 0.25, 0.5)  # arcsec, of the round Gaussians that are the source
SMALLEST, LARGEST = 0.3, 2.8  # arcsec: Einstein radii of galaxies
RADII, SHAPES, BATCH = 24, 12, 64
SURVIVORS, CHILDREN, GENERATIONS = 14, 16, 5
NICHE, CROWD = 0.2, 4  # relative width of Einstein radii that compete, and how many of them survive
TRIED, MEETING, PARTNERS = 16384, 64, 3  # masses, those of them that bring two peaks together, and second peaks
CAP = 25.0  # chi-squared of a pixel: what no model explains shall not decide
SPREAD_OF_SHAPE, SPREAD_OF_SHEAR = 0.15, 0.05  # of ellipticities about the light's, and of shears
CORE = 0.2  # arcsec
LARGEST_PIXEL = 0.07  # arcsec: four of such pixels are taken together
TAIL = 7.0  # mean square of normal numbers over the mean of the smaller half of the squares
MUCH_BETTER = 0.8  # share of what is not explained that another peak taken for a neighbour must leave at most


@dataclass(frozen=True)
class Candidate:
    """A lens of the scan.

    Attributes:
        vector: Einstein radius, ell_comps (2), shear (2), (y, x) of the source, arcsec.
        cost: half the capped chi-squared in the mask, plus what the priors of shape and shear say.
        explained: share of the misfit of an image without arcs that the source takes away; 1 is a perfect fit.
    """

    vector: np.ndarray
    cost: float
    explained: float

    @property
    def einstein_radius(self) -> float:
        return float(self.vector[0])


@dataclass(frozen=True)
class _Field:
    """The arcs cut to a square, on blocks of 2 x 2 points: small pixels, or the quarters of a large one."""

    y: np.ndarray
    x: np.ndarray
    data: np.ndarray
    weight: np.ndarray
    transform: Any


def scan(
    exposure: Exposure, arcs: Arcs, ell_comps: tuple[float, float], radius: float, seed: int = 0
) -> list[Candidate]:
    """The best isothermal lenses with shear, different ones, the best first.

    Sources are five round Gaussians with non-negative amplitudes at one place. It is where the ray from a peak of the
    arcs ends, or where those from the highest peak and another one do. The best are varied in all seven parameters,
    generation by generation.

    Args:
        ell_comps: of the lens galaxy's light, about which shapes of the mass are tried.
        radius: of the circle that counts, arcsec.
    """
    if not len(arcs.peaks):
        return []
    field = _field(exposure, arcs, radius)
    rng = np.random.default_rng(seed)
    vectors = np.concatenate([_first(exposure, arcs, ell_comps, radius, rng), _meeting(exposure, arcs, ell_comps, rng)])
    costs = _costs(field, exposure, vectors, ell_comps)
    for generation in range(GENERATIONS):
        order = _different(vectors, costs, SURVIVORS)
        parents, parent_costs = vectors[order], costs[order]
        step = np.array([0.08, 0.06, 0.06, 0.03, 0.03, 0.06, 0.06]) * 0.65**generation
        children = np.repeat(parents, CHILDREN, axis=0)
        children = children + step * rng.standard_normal(children.shape)
        # Half of them keep their images where they are: the source moves with the deflection of the brightest peak.
        moved = children[::2]
        moved[:, 5:] = traced(exposure, arcs.peaks[:1], moved)[:, 0] + (
            parents.repeat(CHILDREN, 0)[::2, 5:] - traced(exposure, arcs.peaks[:1], parents).repeat(CHILDREN, 0)[::2, 0]
        )
        children[::2] = moved
        children[:, 0] = np.clip(children[:, 0], SMALLEST, LARGEST)
        vectors = np.concatenate([parents, children])
        costs = np.concatenate([parent_costs, _costs(field, exposure, children, ell_comps)])
    chosen = _different(vectors, costs, SURVIVORS)
    return _candidates(field, vectors[chosen], costs[chosen])


def guess_from_pair(
    exposure: Exposure, arcs: Arcs, pair: np.ndarray, ell_comps: tuple[float, float], radius: float
) -> list[Candidate]:
    """Lenses that two images on opposite sides suggest: of the light's shape, and round ones.

    Args:
        pair: (2, 2) images (y, x), arcsec. An isothermal lens' are two Einstein radii apart.
        ell_comps, radius: as in `scan`.
    """
    places = pair - np.array(exposure.centre)
    distances = np.hypot(*places.T)
    einstein_radius = float(np.clip(distances.mean(), SMALLEST, LARGEST))
    source = pair[0] - einstein_radius * places[0] / distances[0]
    vectors = np.array([[einstein_radius, *shape, 0.0, 0.0, *source] for shape in (ell_comps, (0.0, 0.0))])
    field = _field(exposure, arcs, radius)
    return _candidates(field, vectors, _costs(field, exposure, vectors, ell_comps))


def _candidates(field: _Field, vectors: np.ndarray, costs: np.ndarray) -> list[Candidate]:
    dark, perfect = _limits(field)
    explained = (dark - costs) / max(dark - perfect, 1.0)
    return [Candidate(*each) for each in zip(vectors, map(float, costs), map(float, explained), strict=True)]


def guess(exposure: Exposure, light: LensLight) -> tuple[Arcs, list[Candidate]]:
    """Arcs and the best lenses for them."""
    arcs = find_arcs(exposure, light)
    return arcs, scan(exposure, arcs, light.ell_comps, arcs.mask_radius)


def guess_without_neighbours(
    exposure: Exposure, light: LensLight, farthest_peaks: int = 3
) -> tuple[Arcs, list[Candidate]]:
    """The same where the outermost peaks of the light are neighbours: as many of them as leave the best explained."""
    arcs = find_arcs(exposure, light)
    best: tuple[Arcs, list[Candidate]] = arcs, []
    for count in range(1, min(farthest_peaks, len(arcs.peaks) - 2) + 1):
        fewer = without_outer_peaks(exposure, light, arcs, count)
        found = scan(exposure, fewer, light.ell_comps, fewer.mask_radius)
        left = 1 - best[1][0].explained if best[1] else np.inf
        if found and 1 - found[0].explained < MUCH_BETTER * left:
            best = fewer, found
    return best


def arrays_of_guess(arcs: Arcs, candidates: list[Candidate]) -> dict[str, np.ndarray]:
    """A guess as arrays."""
    found = {f"arcs_{each.name}": np.asarray(getattr(arcs, each.name)) for each in dataclasses.fields(arcs)}
    vectors = np.array([each.vector for each in candidates]).reshape(len(candidates), 7)
    costs = np.array([(each.cost, each.explained) for each in candidates]).reshape(len(candidates), 2)
    return found | {"vectors": vectors, "costs": costs}


def guess_from_arrays(arrays: Mapping[str, np.ndarray]) -> tuple[Arcs, list[Candidate]]:
    """The guess of `arrays_of_guess`."""
    values: dict[str, Any] = {}
    for each in dataclasses.fields(Arcs):
        array = arrays[f"arcs_{each.name}"]
        values[each.name] = array if array.ndim else float(array)
    arcs = Arcs(**values)
    both = zip(arrays["vectors"], arrays["costs"], strict=True)
    return arcs, [Candidate(vector, float(cost), float(explained)) for vector, (cost, explained) in both]


def _limits(field: _Field) -> tuple[float, float]:
    """The cost without any source, and that of a perfect fit: of blocks that have no light."""
    squares = np.minimum((field.data * field.weight) ** 2, CAP)[field.weight > 0]
    dark = 0.5 * float(squares.sum())
    perfect = 0.5 * len(squares) * TAIL * float(np.sort(squares)[: max(len(squares) // 2, 1)].mean())
    return dark, min(perfect, 0.5 * dark)  # where light is everywhere, no block tells the noise


def _first(
    exposure: Exposure, arcs: Arcs, ell_comps: tuple[float, float], radius: float, rng: np.random.Generator
) -> np.ndarray:
    """Einstein radii by shapes and shears by peaks, (k, 7)."""
    radii = np.linspace(SMALLEST, min(LARGEST, radius), RADII)
    shapes = np.concatenate([[[*ell_comps, 0.0, 0.0]], _shapes(ell_comps, rng, SHAPES - 1)])
    masses = np.concatenate(
        [
            np.repeat(radii, len(shapes))[:, None],
            np.tile(shapes, (len(radii), 1)),
            np.zeros((len(radii) * len(shapes), 2)),
        ],
        1,
    )
    places = traced(exposure, arcs.peaks[:3], masses)
    found = np.repeat(masses[:, None], places.shape[1], axis=1)
    found[:, :, 5:] = places
    return found.reshape(-1, 7)


def _meeting(exposure: Exposure, arcs: Arcs, ell_comps: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Masses in which rays from the highest peak and from another one meet, with the source there, (k, 7).

    A small source that is far from the axis is met by few masses of a grid.
    """
    masses = np.zeros((TRIED, 7))
    masses[:, 0] = rng.uniform(SMALLEST, LARGEST, TRIED)
    masses[:, 1:5] = _shapes(ell_comps, rng, TRIED)
    ends = traced(exposure, arcs.peaks[: PARTNERS + 1], masses)
    found = []
    for other in range(1, ends.shape[1]):
        both = ends[:, [0, other]]
        nearest = np.argsort(np.hypot(*(both[:, 0] - both[:, 1]).T))[:MEETING]
        found.append(np.concatenate([masses[nearest, :5], both[nearest].mean(axis=1)], axis=1))
    return np.concatenate(found) if found else np.empty((0, 7))


def _shapes(ell_comps: tuple[float, float], rng: np.random.Generator, count: int) -> np.ndarray:
    """(count, 4) ellipticities about the light's, and shears."""
    spreads = np.array([SPREAD_OF_SHAPE, SPREAD_OF_SHAPE, SPREAD_OF_SHEAR, SPREAD_OF_SHEAR])
    return np.array([*ell_comps, 0.0, 0.0]) + spreads * rng.standard_normal((count, 4))


def _different(vectors: np.ndarray, costs: np.ndarray, most: int) -> np.ndarray:
    """Indices of the cheapest that differ, few of one Einstein radius: so that no mode crowds out the others early."""
    chosen: list[int] = []
    crowd: dict[int, int] = {}
    for index in np.argsort(costs, kind="stable"):
        niche = int(np.log(vectors[index, 0]) / NICHE)
        new = all(np.max(np.abs(vectors[index] - vectors[other])) > 0.04 for other in chosen)
        if new and crowd.get(niche, 0) < CROWD:
            chosen.append(int(index))
            crowd[niche] = crowd.get(niche, 0) + 1
        if len(chosen) == most:
            break
    return np.array(chosen)


def _field(exposure: Exposure, arcs: Arcs, radius: float) -> _Field:
    scale = exposure.pixel_scale
    row, column = np.unravel_index(np.argmin(exposure.radius), exposure.data.shape)
    to_edge = (row, column, exposure.data.shape[0] - row - 1, exposure.data.shape[1] - column - 1)
    reach = min(round(radius / scale) + 1, *map(int, to_edge))
    cut = (slice(row - reach, row + reach), slice(column - reach, column + reach))
    used = (exposure.radius <= radius) & (exposure.radius > CORE) & ~exposure.flagged & ~arcs.neighbours
    weight = np.where(used, 1 / exposure.noise_map**2, 0.0)[cut]
    y, x = (each[cut] for each in exposure.coordinates)
    if scale <= LARGEST_PIXEL:
        total = _blocks(weight).sum(axis=-1)
        data = _blocks(weight * arcs.residual[cut]).sum(axis=-1) / np.maximum(total, 1e-300)
        kernel = _kernel_of_blocks(exposure.psf)
    else:
        total, data, kernel = weight, arcs.residual[cut], exposure.psf
        quarter = 0.25 * scale * np.array([1.0, -1.0])
        y = np.repeat(y, 2, axis=1).repeat(2, axis=0) + np.tile(quarter, len(y))[:, None]
        x = np.repeat(x, 2, axis=1).repeat(2, axis=0) - np.tile(quarter, x.shape[1])
    return _Field(y, x, data, np.sqrt(total), kernel_transform(kernel, frame_shape(data.shape, kernel.shape)))


def _kernel_of_blocks(psf: np.ndarray) -> np.ndarray:
    """The PSF between means over blocks of 2 x 2 pixels, with odd sides."""
    for axis in (0, 1):
        profile = np.moveaxis(psf, axis, 0)
        half = profile.shape[0] // 2
        reach = half // 2 + 1
        padded = np.pad(profile, ((2 * reach + 1 - half,) * 2, (0, 0)))
        # Two points of one block and two of another are 2 n - 1, 2 n (twice) and 2 n + 1 pixels apart.
        middle = padded[1:-1:2]
        psf = np.moveaxis(middle + 0.5 * (padded[0:-2:2] + padded[2::2]), 0, axis)
    return psf / psf.sum()


def _blocks(values: np.ndarray) -> np.ndarray:
    """(n / 2, m / 2, 4) of (n, m)."""
    ny, nx = values.shape
    return values.reshape(ny // 2, 2, nx // 2, 2).transpose(0, 2, 1, 3).reshape(ny // 2, nx // 2, 4)


def _mass(centre: Any, vector: Any) -> ag.Galaxy:
    mass = ag.mp.Isothermal(centre=(centre[0], centre[1]), ell_comps=(vector[1], vector[2]), einstein_radius=vector[0])
    shear: Any = ag.mp.ExternalShear
    return ag.Galaxy(redshift=0.5, mass=mass, shear=shear(gamma_1=vector[3], gamma_2=vector[4]))


@jax.jit
def _rays(centre: Any, places: Any, vectors: Any) -> Any:
    def one(vector: Any) -> Any:
        alpha = _mass(centre, vector).deflections_at(places[:, 0], places[:, 1])
        return places - jnp.stack(alpha, axis=-1)

    return jax.vmap(one)(vectors)


def traced(exposure: Exposure, places: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """(k, p, 2) where rays from places (p, 2) end."""
    return np.asarray(_rays(jnp.asarray(exposure.centre), jnp.asarray(places), jnp.asarray(vectors)))


def _cost(centre: Any, field: tuple[Any, ...], light: Any, vector: Any) -> tuple[Any, Any]:
    """(half the capped chi-squared, what the priors say) of a lens."""
    y, x, data, weight, transform = field
    alpha_y, alpha_x = _mass(centre, vector).deflections_at(y, x)
    square = (y - alpha_y - vector[5]) ** 2 + (x - alpha_x - vector[6]) ** 2
    widths = jnp.asarray(WIDTHS)[:, None, None]
    images = jnp.exp(-0.5 * square / widths**2)
    images = images.reshape(len(WIDTHS), y.shape[0] // 2, 2, -1, 2).mean(axis=(2, 4))
    margins = [(0, frame - side) for frame, side in zip(transform.shape, data.shape, strict=True)]
    frames = jnp.pad(images, ((0, 0), *margins))
    blurred = convolve(frames, transform)[:, : data.shape[0], : data.shape[1]]
    rows = (blurred * weight).reshape(len(WIDTHS), -1)
    values = (data * weight).ravel()
    amplitudes = nnls(rows @ rows.T, rows @ values).solution
    residual = values - amplitudes @ rows
    tilt = (vector[1] - light[0]) ** 2 + (vector[2] - light[1]) ** 2
    prior = tilt / SPREAD_OF_SHAPE**2 + (vector[3] ** 2 + vector[4] ** 2) / SPREAD_OF_SHEAR**2
    return 0.5 * jnp.sum(jnp.minimum(residual**2, CAP)), 0.5 * prior


@jax.jit
def _batch(centre: Any, field: Any, light: Any, vectors: Any) -> Any:
    return jax.lax.map(partial(_cost, centre, field, light), vectors)


def _costs(field: _Field, exposure: Exposure, vectors: np.ndarray, light: tuple[float, float]) -> np.ndarray:
    """(k,) of vectors (k, 7)."""
    arrays = tuple(jnp.asarray(each) for each in (field.y, field.x, field.data, field.weight, field.transform))
    found = []
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        padded = np.pad(part, ((0, BATCH - len(part)), (0, 0)), mode="edge")
        misfit, prior = _batch(jnp.asarray(exposure.centre), arrays, jnp.asarray(light), jnp.asarray(padded))
        found.append((np.asarray(misfit) + np.asarray(prior))[: len(part)])
    return np.concatenate(found)
