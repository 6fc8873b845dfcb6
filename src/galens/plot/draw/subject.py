"""What is drawn: how it is shown to the page, and how what the page sends becomes a file."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from galens.array import Array2D, Grid2DIrregular, Mask2D
from galens.array.fits import write_image
from galens.array.world_coordinates import world_cards
from galens.errors import GalensError, PlotError
from galens.fit.output.atomic import write_json
from galens.plot.limits import linear_limits, log_limits
from galens.plot.picture import picture_from
from galens.plot.style import SEQUENTIAL

__all__ = ["MaskSubject", "PositionsSubject", "Subject"]

MOST_POSITIONS = 1000


class Subject(ABC):
    """Something to draw on an image.

    Args:
        image: what to draw on.
        path: file to save to; what it holds already is gone on with.
    """

    kind: str

    def __init__(self, image: Array2D, path: Path) -> None:
        self.image = image
        self.path = path
        if path.is_dir():
            raise PlotError(f"file_path: {path} is a folder; give the name of a file in it")

    def settings(self) -> dict[str, Any]:
        """What the page needs to know beside the pixels."""
        from matplotlib import colormaps

        values = self._values
        rows, columns = values.shape
        (sy, sx), (oy, ox) = self.image.pixel_scales, self.image.origin
        palette = (255 * colormaps[SEQUENTIAL](np.arange(256))[:, :3]).astype(int).tolist()
        return {
            "kind": self.kind,
            "file": self.path.name,
            "rows": rows,
            "columns": columns,
            "scales": [sy, sx],
            "origin": [oy, ox],
            "linear": linear_limits(values),
            "log": log_limits(values),
            "palette": palette,
        }

    def pixels(self) -> bytes:
        """The image, row by row, little-endian float32; NaN where nothing is to be seen."""
        return self._values.astype("<f4").tobytes()

    @cached_property
    def _values(self) -> np.ndarray:
        return picture_from(self.image).values

    @property
    @abstractmethod
    def largest(self) -> int:
        """Bytes that can be needed to send one."""

    @abstractmethod
    def start(self) -> bytes:
        """What was saved last, as the page sends it."""

    @abstractmethod
    def save(self, sent: bytes) -> str:
        """Checks and writes what the page sent; returns what to tell the user.

        Raises:
            PlotError: it is not what such a page sends.
        """


class MaskSubject(Subject):
    """A mask, sent as one byte per pixel, row by row: 1 where excluded."""

    kind = "mask"

    def __init__(self, image: Array2D, path: Path) -> None:
        super().__init__(image, path)
        self.saved = Mask2D.all_false(image.shape_native, image.pixel_scales, image.origin)
        if path.exists():
            try:
                self.saved = Mask2D.from_fits(path, image.pixel_scales, origin=image.origin)
            except GalensError as error:
                raise PlotError(f"file_path: {path} exists and holds no mask: {error}") from None
            if self.saved.shape_native != image.shape_native:
                raise PlotError(
                    f"file_path: {path} holds a mask of shape {self.saved.shape_native}, but the image has "
                    f"{image.shape_native}; give another file"
                )

    @property
    def largest(self) -> int:
        rows, columns = self.image.shape_native
        return rows * columns

    def start(self) -> bytes:
        return self.saved.array.astype(np.uint8).tobytes()

    def save(self, sent: bytes) -> str:
        flags = np.frombuffer(sent, np.uint8)
        if flags.size != self.largest:
            raise PlotError(f"a mask of {self.image.shape_native} has {self.largest} pixels; {flags.size} were sent")
        if flags.size and flags.max() > 1:
            raise PlotError(f"a mask is 0 and 1; {flags.max()} was sent")
        if flags.all():
            raise PlotError("this mask excludes every pixel: keep at least one")
        mask = Mask2D(flags.reshape(self.image.shape_native) > 0, self.image.pixel_scales, self.image.origin)
        cards = {**world_cards(self.image.header), **mask.header_dict}
        write_image(self.path, mask.array, cards, overwrite=True)
        self.saved = mask
        return f"Saved to {self.path.name}: {int(flags.sum())} of {flags.size} pixels are excluded."


class PositionsSubject(Subject):
    """Positions, sent as JSON: a list of [row, column] in pixels, (0, 0) being the top left corner."""

    kind = "positions"

    def __init__(self, image: Array2D, path: Path) -> None:
        super().__init__(image, path)
        self.saved = Grid2DIrregular(np.zeros((0, 2)))
        if path.exists():
            try:
                self.saved = Grid2DIrregular(_pairs(json.loads(path.read_text(encoding="utf-8"))))
            except (ValueError, PlotError) as error:
                raise PlotError(f"file_path: {path} exists and holds no list of [y, x]: {error}") from None

    @property
    def largest(self) -> int:
        return 64 * MOST_POSITIONS

    def start(self) -> bytes:
        pixels = self.image.geometry.grid_pixels_2d_from(np.asarray(self.saved.values))
        return json.dumps(pixels.tolist()).encode()

    def save(self, sent: bytes) -> str:
        try:
            pixels = _pairs(json.loads(sent))
        except ValueError as error:
            raise PlotError(f"positions are sent as JSON: {error}") from None
        if len(pixels) > MOST_POSITIONS:
            raise PlotError(f"{len(pixels)} positions were sent; {MOST_POSITIONS} are allowed")
        if ((pixels < 0) | (pixels > self.image.shape_native)).any():
            raise PlotError("a position lies outside of the image")
        positions = np.round(self.image.geometry.grid_scaled_2d_from(pixels), 6)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.path, positions)
        self.saved = Grid2DIrregular(positions)
        count = len(positions)
        return f"Saved to {self.path.name}: {count} position{'' if count == 1 else 's'}."


def _pairs(document: Any) -> np.ndarray:
    """(N, 2) finite numbers."""
    try:
        pairs = np.asarray(document, dtype=float)
    except (TypeError, ValueError):
        raise PlotError("they are not pairs of numbers") from None
    if pairs.size == 0:
        return np.zeros((0, 2))
    if pairs.ndim != 2 or pairs.shape[1] != 2 or not np.isfinite(pairs).all():
        raise PlotError(f"they are not pairs of finite numbers, but have the shape {pairs.shape}")
    return pairs
