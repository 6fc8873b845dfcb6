"""`Grid2D`: the (y, x) coordinates of the unmasked pixels, with their over-sampling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np

from galens.array import mask_regions
from galens.array.array_2d import Array2D, native_values, slim_values
from galens.array.container import unchecked
from galens.array.coordinates import CoordinateContainer
from galens.array.geometry import Geometry2D, pair_of_floats, shape_native_from
from galens.array.header import Header
from galens.array.irregular import Grid2DIrregular
from galens.array.mask import Mask2D
from galens.array.over_sampler import OverSampler
from galens.array.over_sampling import OverSampling
from galens.errors import ArrayError, GridError

__all__ = ["Grid2D", "over_sampling_from"]


def over_sampling_from(over_sample_size: Any, mask: Mask2D, scheme: str = "uniform") -> OverSampling:
    """The layout for one size, or for sizes per pixel given slim (N,), native (rows, columns) or as an Array2D.

    Raises:
        GridError: where the sizes do not fit the mask or are not whole numbers above 0.
    """
    if isinstance(over_sample_size, OverSampling):
        layout = over_sample_size
    else:
        sizes = np.asarray(over_sample_size)
        if sizes.ndim == 0:
            sizes = np.full(mask.pixels_in_mask, sizes)
        elif sizes.shape == mask.shape_native:
            sizes = sizes.reshape(-1)[mask.flat_index]
        layout = OverSampling(sizes, scheme)
    if layout.pixels != mask.pixels_in_mask:
        raise GridError(
            f"over-sample sizes for {layout.pixels} pixels do not fit a mask with {mask.pixels_in_mask} unmasked "
            f"pixels of {mask.shape_native}."
        )
    return layout


class Grid2D(CoordinateContainer):
    """(y, x) coordinates in arcsec of the unmasked pixels, and the points at which functions are averaged over them.

    Args:
        values: slim (N, 2) or native (rows, columns, 2) coordinates, arcsec. Never modified.
        mask: which pixels.
        over_sample_size: points along one side of every pixel: one number or one per pixel; midpoint rule.
        over_sampling: a layout, instead of `over_sample_size`.

    Raises:
        GridError: where values or sizes do not fit the mask.
    """

    values: Any
    mask: Mask2D = eqx.field(static=True)
    over_sampling: OverSampling = eqx.field(static=True)
    moved_points: tuple[Any, Any] | None

    def __init__(
        self, values: Any, mask: Mask2D, over_sample_size: Any = 4, over_sampling: OverSampling | None = None
    ) -> None:
        try:
            self.values = slim_values(values, mask, (2,))
        except ArrayError as error:
            raise GridError(str(error)) from error
        self.mask = mask
        self.over_sampling = over_sampling_from(over_sample_size if over_sampling is None else over_sampling, mask)
        self.moved_points = None

    def _with_values(self, values: Any) -> Grid2D:
        if self.moved_points is not None:
            # Where its points would come to lie is not known here.
            return Grid2D(values, self.mask, over_sample_size=1)
        return unchecked(Grid2D, values=values, mask=self.mask, over_sampling=self.over_sampling, moved_points=None)

    @property
    def points(self) -> tuple[Any, Any]:
        """y (M,) and x (M,), arcsec, of the points to average over the pixels, in the order of `over_sampling`."""
        if self.moved_points is not None:
            return self.moved_points
        return self.over_sampling.points(self.values, self.pixel_scales)

    def moved_to(self, values: Any, points: tuple[Any, Any] | None = None) -> Grid2D:
        """The same pixels with their centres and points elsewhere, as light rays that meet them are in another plane.

        Args:
            values: (N, 2) of the centres, arcsec.
            points: y (M,) and x (M,) of the points in the order of `over_sampling`; None where each pixel has one
                point, its centre.
        """
        if points is None:
            points = values[..., 0], values[..., 1]
        return unchecked(Grid2D, values=values, mask=self.mask, over_sampling=self.over_sampling, moved_points=points)

    def _scalars(self, values: Any) -> Array2D:
        return unchecked(Array2D, values=values, mask=self.mask, header=Header())

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        return f"Grid2D({self.mask.pixels_in_mask} of {rows} x {columns} pixels, {self.mask.scales_text} arcsec)"

    @classmethod
    def from_mask(cls, mask: Mask2D, over_sample_size: Any = 4, over_sampling: OverSampling | None = None) -> Grid2D:
        """The centres of the unmasked pixels."""
        return cls(mask.pixel_centres, mask, over_sample_size, over_sampling)

    @classmethod
    def uniform(
        cls,
        shape_native: tuple[int, int],
        pixel_scales: float | Sequence[float],
        origin: Sequence[float] = (0.0, 0.0),
        over_sample_size: Any = 4,
    ) -> Grid2D:
        """The centres of all pixels of an array."""
        return cls.from_mask(Mask2D.all_false(shape_native, pixel_scales, origin), over_sample_size)

    @classmethod
    def no_mask(
        cls,
        values: Any,
        pixel_scales: float | Sequence[float],
        shape_native: tuple[int, int] | None = None,
        origin: Sequence[float] = (0.0, 0.0),
        over_sample_size: Any = 4,
    ) -> Grid2D:
        """Given coordinates (rows, columns, 2), or (rows * columns, 2) with their `shape_native`, none masked."""
        if shape_native is None:
            if np.ndim(values) != 3:
                raise GridError(
                    f"coordinates of shape {np.shape(values)} need three axes (rows, columns, 2), or shape_native "
                    f"given with them."
                )
            shape_native = np.shape(values)[:2]
        return cls(values, Mask2D.all_false(shape_native, pixel_scales, origin), over_sample_size)

    @classmethod
    def bounding_box(
        cls,
        bounding_box: Sequence[float],
        shape_native: tuple[int, int],
        buffer_around_corners: bool = False,
        over_sample_size: Any = 4,
    ) -> Grid2D:
        """A grid that fills a box.

        Args:
            bounding_box: (y_min, y_max, x_min, x_max), arcsec: the outer pixel edges.
            buffer_around_corners: put the centres of the outermost pixels on the box instead.

        Raises:
            GridError: where the box has no area, or a side of one pixel is to have its centre on both ends.
        """
        y_min, y_max, x_min, x_max = (float(limit) for limit in bounding_box)
        rows, columns = shape_native_from(shape_native)
        if not (y_max > y_min and x_max > x_min):
            raise GridError(f"bounding_box must be (y_min, y_max, x_min, x_max), increasing, got {bounding_box!r}.")
        if buffer_around_corners:
            if rows < 2 or columns < 2:
                raise GridError(f"pixel centres on both limits need two pixels a side, got shape ({rows}, {columns}).")
            rows, columns = rows - 1, columns - 1
        scales = (y_max - y_min) / rows, (x_max - x_min) / columns
        return cls.uniform(shape_native, scales, ((y_min + y_max) / 2, (x_min + x_max) / 2), over_sample_size)

    @classmethod
    def from_extent(cls, extent: Sequence[float], shape_native: tuple[int, int], over_sample_size: Any = 4) -> Grid2D:
        """A grid whose outermost pixel centres lie on the limits (x_min, x_max, y_min, y_max), arcsec."""
        x_min, x_max, y_min, y_max = extent
        return cls.bounding_box((y_min, y_max, x_min, x_max), shape_native, True, over_sample_size)

    @classmethod
    def blurring_grid_from(
        cls, mask: Mask2D, kernel_shape_native: tuple[int, int], over_sample_size: Any = 1
    ) -> Grid2D:
        """Centres of the masked pixels whose light a kernel of this shape spreads into the unmasked region.

        Raises:
            MaskError: where the kernel reaches beyond the array.
        """
        return cls.from_mask(mask.derive_mask.blurring_from(kernel_shape_native), over_sample_size)

    @property
    def native(self) -> Any:
        """The whole grid, (rows, columns, 2), zero where masked."""
        return native_values(self.values, self.mask, (2,))

    @property
    def slim(self) -> Grid2D:
        """This grid: coordinates are always stored slim."""
        return self

    @property
    def geometry(self) -> Geometry2D:
        return self.mask.geometry

    @property
    def shape_native(self) -> tuple[int, int]:
        return self.mask.shape_native

    @property
    def shape_slim(self) -> int:
        return self.mask.pixels_in_mask

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.mask.pixel_scales

    @property
    def pixel_scale(self) -> float:
        return self.mask.pixel_scale

    @property
    def origin(self) -> tuple[float, float]:
        return self.mask.origin

    @property
    def over_sample_size(self) -> Array2D:
        """Points along one side of each pixel, int."""
        return self.over_sampler.sub_size

    @property
    def over_sampler(self) -> OverSampler:
        """Points and averages listed pixel by pixel."""
        return OverSampler(self.mask, self.over_sampling)

    @property
    def over_sampled(self) -> Grid2DIrregular:
        """All points, pixel by pixel in slim order and row by row inside a pixel, (M, 2), arcsec."""
        if self.moved_points is not None:
            return Grid2DIrregular(jnp.stack(self.moved_points, axis=-1)[self.over_sampling.pixel_order])
        return self.over_sampler.over_sampled_from(self.values)

    def apply_over_sampling(self, over_sample_size: Any = 4, over_sampling: OverSampling | None = None) -> Grid2D:
        """The same coordinates with another over-sampling.

        Raises:
            GridError: where the points of this one have been moved, as by a lens: apply it to the grid before.
        """
        self._require_in_place()
        return Grid2D(self.values, self.mask, over_sample_size, over_sampling)

    def padded_grid_from(self, kernel_shape_native: tuple[int, int]) -> Grid2D:
        """A grid without masked pixels, larger by half a kernel on every side, so that a convolution loses nothing.

        Added pixels, and those masked here, get the smallest over-sample size of this grid.
        """
        self._require_in_place()
        reach_y, reach_x = (side // 2 for side in kernel_shape_native)
        (rows, columns), sizes = self.shape_native, self.over_sampling.sizes
        mask = self.mask.window(-reach_y, -reach_x, (rows + 2 * reach_y, columns + 2 * reach_x))
        least = int(sizes.min(initial=sizes.max(initial=1)))
        padded_sizes = native_values(sizes, self.mask)
        padded_sizes = mask_regions.window(padded_sizes, -reach_y, -reach_x, mask.shape_native, least)
        padded_sizes[padded_sizes == 0] = least
        layout = OverSampling(padded_sizes.reshape(-1), self.over_sampling.scheme)
        return Grid2D.from_mask(mask.derive_mask.all_false, over_sampling=layout)

    def _require_in_place(self) -> None:
        if self.moved_points is not None:
            raise GridError(
                "the points of this grid have been moved, as by a lens, so that they cannot be made anew: apply "
                "over-sampling or padding to the grid of the image, and trace that."
            )

    def grid_2d_radial_projected_from(
        self,
        centre: Sequence[float] = (0.0, 0.0),
        angle: float = 0.0,
        shape_slim: int = 0,
        remove_projected_centre: bool = False,
    ) -> Grid2DIrregular:
        """Points on a straight line from `centre`, one pixel scale apart, to the farthest side of the array.

        Args:
            centre: (y, x) of the first point, arcsec.
            angle: of the line, degrees counter-clockwise from +x.
            shape_slim: number of points, where not 0.
            remove_projected_centre: leave out the first point, `centre` itself.
        """
        y, x = pair_of_floats(centre, "centre")
        x_min, x_max, y_min, y_max = self.geometry.extent
        reach = max(x_max - x, x - x_min, y_max - y, y - y_min)
        # A whole number of steps must not lose its last point to rounding.
        points = shape_slim or int(reach / self.pixel_scale + 1e-8) + 1
        radii = self.pixel_scale * np.arange(1 if remove_projected_centre else 0, points)
        direction = np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))
        return Grid2DIrregular(np.array([y, x]) + radii[:, None] * np.array(direction))
