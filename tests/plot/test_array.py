import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

import galens.plot as aplt
from galens.array import Array2D, Grid2D, Mask2D
from galens.errors import PlotError


@pytest.fixture
def array() -> Array2D:
    mask = Mask2D.circular(shape_native=(30, 30), pixel_scales=0.1, radius=1.2)
    return Array2D(np.random.default_rng(0).normal(size=(30, 30)), mask)


def test_importing_the_room_does_not_import_matplotlib():
    code = "import sys, galens.plot; print(any(name.startswith('matplotlib') for name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


@pytest.mark.parametrize("ending", ["png", "pdf", "svg", "jpg"])
def test_a_figure_is_written_in_each_format(array, tmp_path, ending):
    aplt.plot_array(array, title="Data", output_path=tmp_path / "new", output_format=ending)
    assert [path.name for path in (tmp_path / "new").iterdir()] == [f"Data.{ending}"]
    assert (tmp_path / "new" / f"Data.{ending}").stat().st_size > 1000


def test_several_formats_are_written_at_once(array, tmp_path):
    aplt.plot_array(array, output_path=tmp_path, output_filename="a", output_format=["png", "pdf"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "a.png"]


def test_equal_figures_are_equal_files(array, tmp_path):
    for name in ("first", "second"):
        aplt.plot_array(array, output_path=tmp_path / name, output_format=["png", "pdf", "svg"])
    for ending in ("png", "pdf", "svg"):
        first, second = (tmp_path / name / f"array.{ending}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_dpi_sets_the_size_in_pixels(array, tmp_path):
    for dpi in (50, 100):
        aplt.plot_array(array, output_path=tmp_path, output_filename=str(dpi), dpi=dpi)
    small, large = (imread(tmp_path / f"{dpi}.png").shape[0] for dpi in (50, 100))
    assert large == pytest.approx(2 * small, rel=0.05)


def test_settings_and_open_figures_of_the_user_are_left_alone(array, tmp_path):
    from matplotlib import pyplot

    before, open_before = dict(matplotlib.rcParams), pyplot.get_fignums()
    values = np.array(array.values)
    aplt.plot_array(array, output_path=tmp_path, use_log10=True, positions=(0.0, 0.0), mask=array.mask)
    aplt.plot_grid(array.mask.pixel_centres, output_path=tmp_path)
    assert dict(matplotlib.rcParams) == before
    assert pyplot.get_fignums() == open_before
    assert np.array_equal(values, array.values)


def test_showing_without_a_screen_says_how_to_get_a_file(array):
    from matplotlib import pyplot

    pyplot.switch_backend("agg")
    with pytest.warns(UserWarning, match="output_path"):
        aplt.plot_array(array)
    assert not pyplot.get_fignums()


def test_a_panel_can_be_drawn_into_given_axes(array):
    axes = Figure().subplots()
    aplt.plot_array(array, title="Mine", ax=axes, vmin=-1.0, vmax=2.0, colormap="cividis")
    (image,) = axes.images
    assert axes.get_title() == "Mine"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (arcsec)", "y (arcsec)")
    assert (image.norm.vmin, image.norm.vmax) == (-1.0, 2.0)
    assert image.cmap.name == "cividis"


def test_up_is_up_and_left_is_left():
    values = np.zeros((4, 4))
    values[0, 0] = 1.0
    axes = Figure().subplots()
    aplt.plot_array(Array2D.no_mask(values, pixel_scales=1.0), ax=axes)
    (image,) = axes.images
    assert image.origin == "upper"
    assert tuple(image.get_extent()) == (-2.0, 2.0, -2.0, 2.0)
    assert axes.get_ylim() == (-2.0, 2.0)
    assert axes.get_xlim() == (-2.0, 2.0)


def test_symmetric_scale_has_zero_in_the_middle(array):
    axes = Figure().subplots()
    aplt.plot_array(array, symmetric=True, ax=axes)
    norm = axes.images[0].norm
    assert norm(0.0) == pytest.approx(0.5)
    assert axes.images[0].cmap.name == "RdBu_r"


def test_log_scale_shows_negative_pixels_at_its_lowest_colour(array):
    axes = Figure().subplots()
    aplt.plot_array(array, use_log10=True, ax=axes)
    shown = axes.images[0].get_array()
    assert shown.mask.sum() == (~np.isfinite(shown.data)).sum()
    assert shown.min() == axes.images[0].norm.vmin > 0


def test_small_numbers_get_a_common_power_of_ten(array):
    axes = Figure().subplots()
    aplt.plot_array(array * 1e-7, ax=axes, cb_unit="Jy")
    (bar,) = axes.child_axes
    assert bar.get_ylabel() == "$10^{-7}$ Jy"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"use_log10": True, "symmetric": True}, "exclude"),
        ({"use_log10": True, "vmin": 0.0}, "vmin"),
        ({"vmin": 2.0, "vmax": 1.0}, "below"),
        ({"colormap": "magmaa"}, "magmaa"),
        ({"output_format": "gif"}, "gif"),
        ({"lines": [np.zeros((2, 2))], "line_colors": ["r", "b"]}, "line_colors"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(array, tmp_path, arguments, message):
    with pytest.raises(PlotError, match=message):
        aplt.plot_array(array, output_path=tmp_path, **arguments)
    assert not list(tmp_path.iterdir())


def test_a_path_that_is_a_file_is_refused(array, tmp_path):
    file = tmp_path / "figure.png"
    file.touch()
    with pytest.raises(PlotError, match="is a file"):
        aplt.plot_array(array, output_path=file)


def test_grids_of_every_kind_are_plotted(tmp_path):
    grid = Grid2D.uniform(shape_native=(10, 10), pixel_scales=0.1)
    for name, points in {"a": grid, "b": np.zeros((1, 2)), "c": [(0.0, 1.0), (1.0, 0.0)]}.items():
        aplt.plot_grid(points, output_path=tmp_path, output_filename=name, lines=[(0.0, 0.0), (1.0, 1.0)])
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(PlotError, match="finite"):
        aplt.plot_grid(np.full((3, 2), np.nan), output_path=tmp_path)
