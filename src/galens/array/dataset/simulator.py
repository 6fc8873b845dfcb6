"""`SimulatorImaging`: images of model galaxies as a telescope would take them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.dataset.imaging import Imaging
from galens.array.frame import refined
from galens.array.grid_2d import Grid2D
from galens.array.psf import Convolver
from galens.errors import DatasetError

__all__ = ["SimulatorImaging"]


class SimulatorImaging(eqx.Module):
    """An exposure: blurs an image, adds sky and Poisson noise, and makes the noise map.

    Brightness is in electrons per second (e-/s) per pixel. Equal arguments give equal datasets.

    Args:
        exposure_time: seconds.
        psf: point spread function; None for no blurring.
        background_sky_level: brightness of the sky, e-/s per pixel.
        subtract_background_sky: take the sky off the data again; its noise stays.
        normalize_psf: divide the PSF by its sum; the one that is passed stays as it is.
        add_poisson_noise_to_data: False gives data without noise.
        include_poisson_noise_in_noise_map: sqrt(counts) / exposure_time with the counts (sky included) of
            the image as taken, at least one count, so that no noise is zero. False:
            `noise_if_add_noise_false` everywhere.
        noise_if_add_noise_false: e-/s.
        noise_seed: of the noise, a generator of its own; -1 draws a new one each time.

    Raises:
        DatasetError: an exposure time that is not above 0.
    """

    exposure_time: float
    psf: Convolver | None
    background_sky_level: float
    subtract_background_sky: bool = eqx.field(static=True)
    add_poisson_noise_to_data: bool = eqx.field(static=True)
    include_poisson_noise_in_noise_map: bool = eqx.field(static=True)
    noise_if_add_noise_false: float
    noise_seed: int = eqx.field(static=True)

    def __init__(
        self,
        exposure_time: float,
        psf: Convolver | None = None,
        background_sky_level: float = 0.0,
        subtract_background_sky: bool = True,
        normalize_psf: bool = True,
        add_poisson_noise_to_data: bool = True,
        include_poisson_noise_in_noise_map: bool = True,
        noise_if_add_noise_false: float = 0.1,
        noise_seed: int = 0,
    ) -> None:
        if not exposure_time > 0.0:
            raise DatasetError(f"exposure_time must be above 0 seconds, got {exposure_time!r}.")
        self.exposure_time = exposure_time
        self.psf = psf.normalized if psf is not None and normalize_psf else psf
        self.background_sky_level = background_sky_level
        self.subtract_background_sky = subtract_background_sky
        self.add_poisson_noise_to_data = add_poisson_noise_to_data
        self.include_poisson_noise_in_noise_map = include_poisson_noise_in_noise_map
        self.noise_if_add_noise_false = noise_if_add_noise_false
        self.noise_seed = noise_seed

    def via_image_from(self, image: Array2D, over_sample_size_lp: Any = None) -> Imaging:
        """The dataset of an image (e-/s), dark outside of its unmasked pixels.

        Args:
            over_sample_size_lp: of the dataset that is returned.

        Raises:
            DatasetError: a pixel that is not finite, or negative where it gets Poisson noise.
        """
        blurred = image if self.psf is None else self.psf.convolved_image_from(image)
        return self._exposed(blurred, over_sample_size_lp)

    def via_galaxies_from(self, galaxies: Any, grid: Grid2D, over_sample_size_lp: Any = None) -> Imaging:
        """The dataset of galaxies on a grid.

        They are evaluated on a grid that is larger by half a PSF on every side, so that light from
        outside is blurred into the image as on the sky. Light profiles that include the PSF already
        ("operated") are not blurred again.

        Args:
            galaxies: an object with ``image_2d_from(grid)``, or several. Where that takes
                ``operated_only``, operated light is told apart; what its ``point_image_2d_from(grid, psf)`` gives is
                added as it is; what has a signal to noise instead of an intensity gets one.
            grid: of the image, with the over-sampling to evaluate with.
            over_sample_size_lp: of the dataset that is returned.

        Raises:
            DatasetError: as for `via_image_from`.
        """
        lights = [galaxies] if hasattr(galaxies, "image_2d_from") else list(galaxies)
        lights = [self._with_intensities(light, grid) for light in lights]
        if self.psf is None:
            return self._exposed(_image(lights, grid), over_sample_size_lp)
        padded = _refined(grid.padded_grid_from(self.psf.image_shape_native), self.psf.convolve_over_sample_size)
        image = self.psf.convolved_image_from(_image(lights, padded, operated=False))
        image = image.trimmed_after_convolution_from(self.psf.image_shape_native)
        operated = _image([light for light in lights if _tells_operated(light)], grid, operated=True)
        image = image + np.asarray(operated.native)
        for light in lights:
            if hasattr(light, "point_image_2d_from"):
                image = image + np.asarray(light.point_image_2d_from(grid=grid, psf=self.psf).native)
        return self._exposed(image, over_sample_size_lp)

    def via_tracer_from(self, tracer: Any, grid: Grid2D, over_sample_size_lp: Any = None) -> Imaging:
        """The dataset of a lens on a grid: `via_galaxies_from` of the tracer of its light."""
        return self.via_galaxies_from(tracer, grid, over_sample_size_lp)

    def via_deflections_and_galaxies_from(
        self, deflections: Any, galaxies: Any, grid: Grid2D, over_sample_size_lp: Any = None
    ) -> Imaging:
        """The dataset of galaxies behind given deflections, such as those of a simulated halo.

        Deflections are known at the centres of pixels only, so that galaxies are evaluated there; light from outside of
        the grid is not blurred into the image.

        Args:
            deflections: (y, x) of each pixel of the grid, (N, 2) or a `VectorYX2D`, arcsec.
            galaxies: an object with ``image_2d_from(grid)``, or several.
            grid: of the image.
            over_sample_size_lp: of the dataset that is returned.

        Raises:
            DatasetError: deflections of another shape; or as for `via_image_from`.
        """
        vectors = np.asarray(deflections)
        if vectors.shape != grid.shape:
            raise DatasetError(f"deflections must have the shape of the grid, {grid.shape}, got {vectors.shape}.")
        coarse = grid.apply_over_sampling(over_sample_size=1)
        moved = coarse.moved_to(np.asarray(grid.values) - vectors)
        lights = [galaxies] if hasattr(galaxies, "image_2d_from") else list(galaxies)
        image = _image([self._with_intensities(light, moved) for light in lights], moved)
        return self.via_image_from(image, over_sample_size_lp)

    def via_source_image_from(
        self, tracer: Any, grid: Grid2D, source_image: Array2D, over_sample_size_lp: Any = None
    ) -> Imaging:
        """The dataset of a lens whose source is a picture, such as an image of a nearby galaxy.

        Args:
            tracer: an object with ``image_2d_via_input_plane_image_from(grid, plane_image, operated_only=...)``; light
                of its other planes is added.
            grid: of the image, with the over-sampling to evaluate with.
            source_image: surface brightness of the source on a uniform grid, e-/s per pixel of `grid`.
            over_sample_size_lp: of the dataset that is returned.

        Raises:
            DatasetError: as for `via_image_from`.
        """
        lens = _WithPicture(self._with_intensities(tracer, grid), source_image)
        return self.via_galaxies_from(lens, grid, over_sample_size_lp)

    def _with_intensities(self, light: Any, grid: Grid2D) -> Any:
        """An object whose brightness, where it is given by a signal to noise, is that of this exposure."""
        convert = getattr(light, "snr_light_profiles_to_light_profiles_from", None)
        return light if convert is None else convert(grid, self.exposure_time, self.background_sky_level, self.psf)

    def _exposed(self, image: Array2D, over_sample_size_lp: Any) -> Imaging:
        """The dataset of a blurred image."""
        time, sky = self.exposure_time, self.background_sky_level
        clean = np.asarray(image.values) + sky
        self._require_exposable(clean, image)
        rng = np.random.default_rng(None if self.noise_seed == -1 else self.noise_seed)
        taken = rng.poisson(clean * time) / time if self.add_poisson_noise_to_data else clean
        if self.include_poisson_noise_in_noise_map:
            noise = np.sqrt(np.maximum(taken * time, 1.0)) / time
        else:
            noise = np.full(clean.shape, float(self.noise_if_add_noise_false))
        data = taken - sky if self.subtract_background_sky else taken
        return Imaging(
            data=unchecked(Array2D, values=data, mask=image.mask, header=image.header),
            noise_map=unchecked(Array2D, values=noise, mask=image.mask, header=image.header),
            psf=self.psf,
            over_sample_size_lp=over_sample_size_lp,
            use_normalized_psf=False,
        )

    def _require_exposable(self, clean: np.ndarray, image: Array2D) -> None:
        bad = np.flatnonzero(~np.isfinite(clean) | (self.add_poisson_noise_to_data & (clean < 0.0)))
        if bad.size:
            row, column = image.mask.native_for_slim[bad[0]]
            raise DatasetError(
                f"an exposure needs brightness that is finite and, for Poisson noise, not negative: {bad.size} of "
                f"{clean.size} pixels are not so; the first, at row {row}, column {column}, has {clean[bad[0]]:g} e-/s "
                f"with the sky."
            )


@dataclass(frozen=True)
class _WithPicture:
    """A lens with a picture as its source, as an object with images."""

    tracer: Any
    picture: Array2D

    def image_2d_from(self, grid: Grid2D, operated_only: bool | None = None) -> Array2D:
        return self.tracer.image_2d_via_input_plane_image_from(grid, self.picture, operated_only=operated_only)

    def point_image_2d_from(self, grid: Grid2D, psf: Convolver) -> Array2D:
        return self.tracer.point_image_2d_from(grid=grid, psf=psf)


def _refined(grid: Grid2D, parts: int) -> Grid2D:
    """A grid without masked pixels on pixels cut into `parts` x `parts`, each with its share of the
    points.
    """
    if parts == 1:
        return grid
    sizes = grid.over_sampling.sizes.reshape(grid.shape_native).repeat(parts, axis=0).repeat(parts, axis=1)
    return Grid2D.from_mask(refined(grid.mask, parts), over_sample_size=-(-sizes // parts))


def _image(lights: Iterable[Any], grid: Grid2D, operated: bool | None = None) -> Array2D:
    """Sum of the images of several objects; only operated light, only other light, or (None) all of it."""
    total = Array2D(np.zeros(grid.mask.pixels_in_mask), grid.mask)
    for light in lights:
        options = {} if operated is None or not _tells_operated(light) else {"operated_only": operated}
        total = total + np.asarray(light.image_2d_from(grid=grid, **options))
    return total


def _tells_operated(light: Any) -> bool:
    return "operated_only" in inspect.signature(light.image_2d_from).parameters
