"""The `positions` section of a fit's YAML file: images of one lensed source, which must come from one place.

::

    positions:
      file_path: positions.json        # as `galens draw positions` writes it; or
      values: [[1.0, 0.2], [-0.9, 0.1]]    # (y, x) of each image, arcsec
      threshold: 0.3                   # arcsec in the source plane; farther apart they are penalised
      plane_redshift: 1.0              # of the source; optional, the last plane
"""

from __future__ import annotations

import json
from typing import Any

from galens import lens as al
from galens.cli.section import Section

__all__ = ["positions_from"]


def positions_from(section: Section) -> al.PositionsLH:
    """The penalty that a ``positions`` section describes.

    Raises:
        ConfigError: a key is unknown, missing or of the wrong type, or the positions are no pairs of numbers.
    """
    path = section.path("file_path", default=None)
    values = section.take("values", list, None)
    threshold = section.take("threshold", (float, int))
    plane_redshift = section.take("plane_redshift", (float, int), None)
    section.finish()
    if (path is None) == (values is None):
        raise section.error("need either the key 'file_path' or the key 'values'")
    with section.naming("values" if path is None else "file_path"):
        given: Any = values if path is None else json.loads(path.read_text(encoding="utf-8"))
        return al.PositionsLH(given, threshold, plane_redshift=plane_redshift)
