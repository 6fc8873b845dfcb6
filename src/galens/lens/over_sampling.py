"""Over-sampling for a lens that is known roughly: many points where a source is seen at its brightest.

The default of a dataset follows the peaks of its data. It knows the centre of the lens, but of the images of a source
only those that stand out, and after the PSF a source with a steep cusp looks like one without. A first fit knows where
they are.
"""

from __future__ import annotations

import numpy as np

from galens import array as aa
from galens.errors import DatasetError
from galens.lens.tracer import Tracer

__all__ = ["over_sampling_from"]

# Distance from a centre on its plane, in sides of the pixel as it is seen there, and points along the side.
SIZES = ((1.2, 17), (2.6, 7), (5.0, 5), (10.0, 3))
SMALLEST = 2


def over_sampling_from(dataset: aa.Imaging, tracer: Tracer) -> aa.OverSampling:
    """Gauss-Legendre points for each pixel of a dataset, from where its corners are traced to by a tracer.

    Pixels that see the centre of a light profile behind a lens get 17 x 17 points, those near it 7 x 7 to 3 x 3, others
    what the dataset has by default, at least 2 x 2. Points still follow the centres of light in front. Against the
    default the largest error falls to a tenth for sources of n = 2 and to a fifth for n = 4; `default_over_sampling`
    has the numbers::

        dataset = dataset.apply_over_sampling(over_sample_size_lp=al.over_sampling_from(dataset, tracer))

    Args:
        dataset: with its default over-sampling.
        tracer: the lens, as a first fit found it: centres of sources within a pixel or so.

    Raises:
        DatasetError: the over-sampling of the dataset is not the default one.
    """
    if not dataset.over_sampling_is_default:
        raise DatasetError("over_sampling_from refines the default over-sampling: the dataset has another one.")
    layout = dataset.over_sampling
    sizes = np.maximum(layout.sizes, SMALLEST)
    half_y, half_x = (side / 2 for side in dataset.pixel_scales)
    centres = np.asarray(dataset.mask.pixel_centres)
    moves = np.array([(0.0, 0.0), (half_y, half_x), (half_y, -half_x), (-half_y, half_x), (-half_y, -half_x)])
    points = centres + moves[:, None]
    rays = tracer.traced_at(points[..., 0], points[..., 1])
    for plane, galaxies in enumerate(tracer.planes):
        if plane == 0:
            continue
        y, x = (np.asarray(each) for each in rays[plane])
        # The longest diagonal, over that of a square.
        side = np.max([np.hypot(y[i] - y[j], x[i] - x[j]) for i, j in ((1, 4), (2, 3))], axis=0) / np.sqrt(2.0)
        for profile in galaxies.light_profiles:
            for member in profile.members:
                distance = np.hypot(y[0] - float(member.centre[0]), x[0] - float(member.centre[1]))
                for end, size in reversed(SIZES):
                    sizes = np.where(distance < end * side, np.maximum(sizes, size), sizes)
    return aa.OverSampling(sizes, "gauss", cusps=layout.cusps)
