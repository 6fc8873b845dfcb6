"""`Imaging`: an image with its noise map and PSF, masked and ready to be fitted."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.dataset import validation
from galens.array.dataset.default_over_sampling import default_over_sampling
from galens.array.dataset.grids import ImagingGrids
from galens.array.dataset.nddata import parts_of
from galens.array.dataset.noise_scaling import noise_scaled
from galens.array.dataset.operator import ImagingOperator
from galens.array.dataset.stored import read_dataset, write_dataset, write_parts
from galens.array.fits import read_image
from galens.array.flagged import FLAGGED_NOISE, SWITCHED_OFF
from galens.array.grid_2d import Grid2D, over_sampling_from
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling
from galens.array.psf import Convolver
from galens.array.world_coordinates import scaled_from_sky, sky_from_scaled, wcs_of
from galens.errors import DatasetError
from galens.numerics.device import on_device
from galens.runtime import require_x64

if TYPE_CHECKING:
    from astropy.coordinates import SkyCoord
    from astropy.wcs import WCS

__all__ = ["Imaging"]

Path_ = str | os.PathLike[str]

MAX_POINTS_WITHOUT_MASK = 4_000_000
POINTS_PER_PART = 2
GRID_SIZE_AT_CUSPS = 11


class Imaging(eqx.Module):
    """An image, its noise map and its point spread function (PSF), with all that a likelihood needs of
    them.

    Everything is checked when a dataset is made. The methods that change something return a new dataset.

    Args:
        data: the image, in any unit.
        noise_map: standard deviation of the noise of every pixel, in the same unit. A huge value (1e8)
            switches a pixel off.
        psf: a `Convolver` or its kernel as `Array2D`, on pixels of the data's size; None for an image
        without blurring.
        over_sample_size_lp: points along one side of a pixel at which light profiles are evaluated: one
            number, one per pixel (`Array2D`, slim or native), or an `OverSampling`. None: chosen from
            mask, data and noise so that the error stays far below the noise (`default_over_sampling`).
        over_sample_size_pixelization: the same for pixelized sources.
        use_normalized_psf: divide the PSF by its sum; the one that is passed stays as it is.
        check_noise_map: False loads data with bad pixels, which a mask must then exclude: `apply_mask`
        looks again.

    Raises:
        DatasetError: shapes differ, or an unmasked pixel has data that are not finite or noise that is
        not positive.
        KernelError: the PSF is even-sized, larger than the image, on other pixels, or not finite.
        MaskError: no pixel is left.
        GridError: over-sample sizes do not fit.
    """

    data: Array2D
    noise_map: Array2D
    psf: Convolver | None
    inverse_noise: jax.Array
    noise_normalization: jax.Array
    _operator: ImagingOperator | None
    over_sampling: OverSampling = eqx.field(static=True)
    over_sampling_pixelization: OverSampling = eqx.field(static=True)
    over_sampling_is_default: bool = eqx.field(static=True)
    pixels_are_checked: bool = eqx.field(static=True)

    def __init__(
        self,
        data: Array2D,
        noise_map: Array2D,
        psf: Convolver | Array2D | None = None,
        over_sample_size_lp: Any = None,
        over_sample_size_pixelization: Any = 4,
        use_normalized_psf: bool = True,
        check_noise_map: bool = True,
    ) -> None:
        require_x64()
        validation.require_matching(data, noise_map)
        if check_noise_map:
            validation.require_usable_pixels(data, noise_map)
        if isinstance(psf, Array2D):
            psf = Convolver(psf)
        if psf is not None:
            validation.require_usable_psf(psf, data)
            psf = psf.normalized if use_normalized_psf else psf
        mask = data.mask
        self.data, self.noise_map, self.psf = _on_device(data), _on_device(noise_map), psf
        # NumPy, not JAX: nothing here is worth a compilation. Bad pixels that were not checked may be zero.
        noise = np.asarray(noise_map.values)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.inverse_noise = on_device(1.0 / noise)
            self.noise_normalization = on_device(np.sum(np.log(2.0 * np.pi * noise**2)))
        self.over_sampling_is_default = over_sample_size_lp is None
        if over_sample_size_lp is None:
            over_sample_size_lp = _default_layout(data, noise_map, psf)
        self.over_sampling = over_sampling_from(over_sample_size_lp, mask)
        self.over_sampling_pixelization = over_sampling_from(over_sample_size_pixelization, mask)
        self.pixels_are_checked = check_noise_map
        # Large frames are loaded whole to be masked: do not fill the memory with coordinates nobody asked for.
        affordable = not mask.is_all_false or self.over_sampling.total <= MAX_POINTS_WITHOUT_MASK
        self._operator = (
            ImagingOperator(mask, self.over_sampling, psf, self._neighbours_correct) if affordable else None
        )

    @classmethod
    def from_fits(
        cls,
        pixel_scales: float | Sequence[float],
        data_path: Path_,
        noise_map_path: Path_,
        data_hdu: int | str = 0,
        noise_map_hdu: int | str = 0,
        psf_path: Path_ | None = None,
        psf_hdu: int | str = 0,
        over_sample_size_lp: Any = None,
        over_sample_size_pixelization: Any = 4,
        use_normalized_psf: bool = True,
        check_noise_map: bool = True,
    ) -> Imaging:
        """A dataset from FITS files, or from HDUs (index or EXTNAME) of one file, row 0 of an image at
        the top.

        Args:
            pixel_scales: side of a pixel, arcsec, one number or (y, x).

        The other arguments are those of the class.

        Raises:
            DatasetError: a file, HDU or image is missing, and as for the class.
        """
        data, header = read_image(data_path, data_hdu, "data_path")
        noise_map, noise_header = read_image(noise_map_path, noise_map_hdu, "noise_map_path")
        psf = None
        if psf_path is not None:
            psf = Convolver.from_fits(psf_path, pixel_scales, psf_hdu)
        return cls(
            data=Array2D.no_mask(data, pixel_scales, header=header),
            noise_map=Array2D.no_mask(noise_map, pixel_scales, header=noise_header),
            psf=psf,
            over_sample_size_lp=over_sample_size_lp,
            over_sample_size_pixelization=over_sample_size_pixelization,
            use_normalized_psf=use_normalized_psf,
            check_noise_map=check_noise_map,
        )

    @classmethod
    def from_arrays(
        cls,
        data: Any,
        noise_map: Any,
        pixel_scales: float | Sequence[float],
        psf: Any = None,
        origin: Sequence[float] = (0.0, 0.0),
        **options: Any,
    ) -> Imaging:
        """A dataset from plain (rows, columns) arrays of any number type.

        Args:
            pixel_scales: side of a pixel, arcsec, one number or (y, x).
            psf: (rows, columns) kernel on pixels of the same size, or None.
            origin: (y, x) of the centre of the array, arcsec.
            options: further arguments of the class.
        """
        return cls(
            data=Array2D.no_mask(data, pixel_scales, origin=origin),
            noise_map=Array2D.no_mask(noise_map, pixel_scales, origin=origin),
            psf=None if psf is None else Convolver(Array2D.no_mask(psf, pixel_scales)),
            **options,
        )

    @classmethod
    def from_nddata(
        cls,
        nddata: Any,
        psf: Any = None,
        pixel_scales: float | Sequence[float] | None = None,
        **options: Any,
    ) -> Imaging:
        """A dataset from astropy's `NDData` or `CCDData`.

        Its uncertainty (standard deviation, variance or inverse variance) is the noise map, its mask is
        applied, and its world coordinates and unit (BUNIT) are kept in the header.

        Args:
            nddata: with data (rows, columns); row 0 is the top row.
            psf: (rows, columns) kernel, `Convolver` or None: then that of the CCDData, if it has one.
            pixel_scales: side of a pixel, one number or (y, x), arcsec; None: by the world coordinates.
            options: further arguments of the class.

        Raises:
            DatasetError: no uncertainty, no pixel scale, or as for the class.
        """
        data, noise_map, psf, mask = parts_of(nddata, psf, pixel_scales)
        check = mask is None and options.get("check_noise_map", True)
        dataset = cls(data, noise_map, psf, **{**options, "check_noise_map": check})
        return dataset if mask is None else dataset.apply_mask(mask)

    def __repr__(self) -> str:
        rows, columns = self.shape_native
        psf = "no PSF" if self.psf is None else "PSF {} x {}".format(*self.psf.shape_native)
        return (
            f"Imaging({self.mask.pixels_in_mask} of {rows} x {columns} pixels, {self.mask.scales_text} arcsec, {psf}, "
            f"{self.over_sampling})"
        )

    def _repr_html_(self) -> str:
        from galens.array.notebook import imaging_html

        return imaging_html(self)

    @property
    def mask(self) -> Mask2D:
        return self.data.mask

    @property
    def shape_native(self) -> tuple[int, int]:
        return self.data.shape_native

    @property
    def shape_slim(self) -> int:
        """Number of unmasked pixels N."""
        return self.data.shape_slim

    @property
    def pixels_that_count(self) -> Any:
        """Number of unmasked pixels but for those that a huge noise, above 1000 times the median, switches off."""
        noise = self.noise_map.values
        return jnp.sum(noise <= SWITCHED_OFF * jnp.median(noise))

    @property
    def pixel_scales(self) -> tuple[float, float]:
        return self.data.pixel_scales

    @property
    def pixel_scale(self) -> float:
        return self.data.pixel_scale

    @property
    def header(self) -> Header:
        """FITS header of the data."""
        return self.data.header

    @property
    def wcs(self) -> WCS | None:
        """World coordinates of the data, an `astropy.wcs.WCS` of (column, row); None where the header has none."""
        return wcs_of(self.header)

    def sky_coordinates_from(self, grid: Any) -> SkyCoord:
        """Where (y, x) arcsec (..., 2), or a grid, lie on the sky.

        Raises:
            ArrayError: the header has no world coordinates.
        """
        return sky_from_scaled(self.header, self.mask.geometry, grid)

    def scaled_coordinates_from(self, sky: SkyCoord) -> np.ndarray:
        """(y, x) arcsec (..., 2) of places on the sky: of a centre from a catalogue, for example.

        Raises:
            ArrayError: the header has no world coordinates.
        """
        return scaled_from_sky(self.header, self.mask.geometry, sky)

    @property
    def grid(self) -> Grid2D:
        """Coordinates of the unmasked pixels, over-sampled as for light profiles."""
        return self.grids.lp

    @property
    def grids(self) -> ImagingGrids:
        """The grids `lp`, `pixelization` and `blurring`."""
        over_sampling = self.over_sampling
        if self._neighbours_correct:
            # A grid by itself knows no neighbours that correct a single point, and no centre to follow.
            sizes = np.maximum(over_sampling.sizes, 2)
            sizes[over_sampling.cusps] = GRID_SIZE_AT_CUSPS
            over_sampling = OverSampling(sizes, over_sampling.scheme)
        return ImagingGrids(self.mask, over_sampling, self.over_sampling_pixelization, self.psf)

    @property
    def _neighbours_correct(self) -> bool:
        """Whether single points become means by their neighbours: in the default layout for pixels of one
        part.
        """
        return self.over_sampling_is_default and (self.psf is None or self.psf.convolve_over_sample_size == 1)

    @property
    def operator(self) -> ImagingOperator:
        """The map from light at points on the sky to the image on the mask.

        Raises:
            DatasetError: the dataset is large and nothing of it is masked yet.
        """
        if self._operator is None:
            raise DatasetError(
                f"an unmasked dataset of shape {self.shape_native} would be evaluated at {self.over_sampling.total} "
                f"points; apply a mask first (Mask2D.all_false, where every pixel is wanted)."
            )
        return self._operator

    @property
    def signal_to_noise_map(self) -> Array2D:
        """data / noise_map, zero where the data are negative."""
        ratio = jnp.maximum(self.data.values * self.inverse_noise, 0.0)
        return unchecked(Array2D, values=ratio, mask=self.mask, header=self.header)

    @property
    def signal_to_noise_max(self) -> float:
        return float(self.signal_to_noise_map.values.max())

    @property
    def content_hash(self) -> str:
        """SHA-256 of all that decides a likelihood: mask, data, noise, PSF and over-sampling.

        A default over-sampling counts as such, whatever sizes this version of the package chooses.
        """
        content = hashlib.sha256(self.mask.digest)
        for values in (
            self.data.values,
            self.noise_map.values,
            *([] if self.psf is None else [self.psf.kernel.native]),
        ):
            values = np.asarray(values, dtype="<f8")
            content.update(repr(values.shape).encode() + values.tobytes())
        if not self.over_sampling_is_default:
            content.update(self.over_sampling.digest)
        content.update(self.over_sampling_pixelization.digest)
        parts = 1 if self.psf is None else self.psf.convolve_over_sample_size
        content.update(bytes([self.over_sampling_is_default, parts]))
        return content.hexdigest()

    def apply_mask(self, mask: Mask2D) -> Imaging:
        """The dataset on the pixels that `mask` keeps.

        Raises:
            MaskError: another shape or pixel scale, no pixel kept, or pixels that were masked before.
            DatasetError: a kept pixel has bad data or noise.
        """
        validation.require_fitting_mask(mask, self.data)
        index = self.mask.slim_for_native.reshape(-1)[mask.flat_index]
        dataset = self._with(
            _selected(self.data, index, mask),
            _selected(self.noise_map, index, mask),
            self._chosen_layout(index),
            self.over_sampling_pixelization.at(index),
            check=True,
        )
        if dataset._operator is not None:
            return dataset
        operator = ImagingOperator(mask, dataset.over_sampling, self.psf, self._neighbours_correct)
        return unchecked(Imaging, **{**vars(dataset), "_operator": operator})

    def apply_over_sampling(
        self, over_sample_size_lp: Any = None, over_sample_size_pixelization: Any = None
    ) -> Imaging:
        """The dataset with other over-sampling; see the class. What is None stays."""
        return self._with(
            self.data,
            self.noise_map,
            self._chosen_layout() if over_sample_size_lp is None else over_sample_size_lp,
            self.over_sampling_pixelization if over_sample_size_pixelization is None else over_sample_size_pixelization,
            check=self.pixels_are_checked,
        )

    def apply_noise_scaling(
        self,
        mask: Mask2D,
        noise_value: float = FLAGGED_NOISE,
        signal_to_noise_value: float | None = None,
        should_zero_data: bool = True,
    ) -> Imaging:
        """The dataset with the noise of some pixels raised so that they do not count.

        Args:
            mask: its *unmasked* pixels (False) are those to scale, for example of neighbouring galaxies.
            noise_value: their new noise.
            signal_to_noise_value: instead, the noise that gives this signal to noise to the median of the
                data on the edge of the region.
            should_zero_data: set the data of these pixels to zero.

        Raises:
            MaskError: another shape, or no pixel of the dataset in the region.
            DatasetError: a noise that is not positive.
        """
        data, noise_map = noise_scaled(
            self.data, self.noise_map, mask, noise_value, signal_to_noise_value, should_zero_data
        )
        return self._with(
            data,
            noise_map,
            self._chosen_layout(),
            self.over_sampling_pixelization,
            check=self.pixels_are_checked,
        )

    def trimmed_after_convolution_from(self, kernel_shape: tuple[int, int]) -> Imaging:
        """The dataset without the pixels within half a kernel of the sides."""
        data, noise_map = (array.trimmed_after_convolution_from(kernel_shape) for array in (self.data, self.noise_map))
        whole = unchecked(Array2D, values=np.arange(self.shape_slim), mask=self.mask, header=Header())
        index = np.asarray(whole.trimmed_after_convolution_from(kernel_shape).values)
        return self._with(
            data,
            noise_map,
            self._chosen_layout(index),
            self.over_sampling_pixelization.at(index),
            check=self.pixels_are_checked,
        )

    def output_to_fits(
        self,
        data_path: Path_ | None = None,
        psf_path: Path_ | None = None,
        noise_map_path: Path_ | None = None,
        file_path: Path_ | None = None,
        overwrite: bool = False,
    ) -> None:
        """Writes the dataset to one file each, or all of it to `file_path`, from which `from_file` reads it back.

        That file has the HDUs MASK, DATA, PSF, NOISE_MAP and sizes of the over-sampling, where they were chosen.
        Masked pixels are zero. The world coordinates of the header that the data came with are kept.

        Raises:
            DatasetError: a file exists and `overwrite` is False.
        """
        write_parts(self, {"DATA": data_path, "PSF": psf_path, "NOISE_MAP": noise_map_path}, overwrite)
        if file_path is not None:
            write_dataset(self, file_path, overwrite)

    @classmethod
    def from_file(cls, file_path: Path_) -> Imaging:
        """The dataset that `output_to_fits` wrote to `file_path`, with its mask and over-sampling.

        Raises:
            DatasetError: there is no such file, or it was written by something else.
        """
        return read_dataset(file_path, cls)

    def _chosen_layout(self, index: np.ndarray | None = None) -> OverSampling | None:
        """The user's over-sampling (on a subset of the pixels), None where it is left to us."""
        if self.over_sampling_is_default:
            return None
        return self.over_sampling if index is None else self.over_sampling.at(index)

    def _with(self, data: Array2D, noise_map: Array2D, lp: Any, pixelization: Any, check: bool) -> Imaging:
        return Imaging(data, noise_map, self.psf, lp, pixelization, use_normalized_psf=False, check_noise_map=check)


def _default_layout(data: Array2D, noise_map: Array2D, psf: Convolver | None) -> OverSampling | int:
    if psf is not None and psf.convolve_over_sample_size > 1:
        return psf.convolve_over_sample_size * POINTS_PER_PART
    return default_over_sampling(data.mask, np.asarray(data.values), np.asarray(noise_map.values))


def _on_device(array: Array2D) -> Array2D:
    return unchecked(Array2D, values=on_device(array.values), mask=array.mask, header=array.header)


def _selected(array: Array2D, index: np.ndarray, mask: Mask2D) -> Array2D:
    return unchecked(Array2D, values=np.asarray(array.values)[index], mask=mask, header=array.header)
