"""Figures of data, galaxies, fits and posteriors: ``import galens.plot as aplt``.

Every function shows its figure, or writes it where `output_path` (a folder), `output_filename` and
`output_format` ("png", "pdf", "svg", "jpg", "show", or several) say. Nothing of matplotlib's global state is
changed, and matplotlib is imported when the first figure is drawn.
"""

from galens.plot.array import fits_array, plot_array, plot_grid
from galens.plot.corner import corner_cornerpy
from galens.plot.dataset import fits_imaging, subplot_imaging_dataset
from galens.plot.draw import draw_mask, draw_positions
from galens.plot.fit import subplot_fit_imaging
from galens.plot.galaxies import subplot_galaxies, subplot_galaxy_light_profiles
from galens.plot.lens import subplot_tracer
from galens.plot.report import write_report

__all__ = [
    "corner_cornerpy",
    "draw_mask",
    "draw_positions",
    "fits_array",
    "fits_imaging",
    "plot_array",
    "plot_grid",
    "subplot_fit_imaging",
    "subplot_galaxies",
    "subplot_galaxy_light_profiles",
    "subplot_imaging_dataset",
    "subplot_tracer",
    "write_report",
]
