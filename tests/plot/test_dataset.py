import numpy as np
import pytest
from astropy.io import fits

import galens.array as aa
import galens.plot as aplt
from galens.errors import PlotError
from galens.plot import dataset as figures
from galens.plot import sheet


@pytest.fixture
def dataset() -> aa.Imaging:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[-20:21, -20:21]
    noise = np.full((41, 41), 0.1)
    noise[:6, :6] = 1e8
    psf = np.exp(-np.hypot(*np.mgrid[-2:3, -2:3]))
    dataset = aa.Imaging.from_arrays(
        10 * np.exp(-np.hypot(y, x) / 5) + 0.1 * rng.normal(size=(41, 41)), noise, pixel_scales=0.1, psf=psf
    )
    return dataset.apply_over_sampling(over_sample_size_lp=aa.Array2D(1 + (np.hypot(y, x) < 5), dataset.mask))


@pytest.fixture
def panels(monkeypatch: pytest.MonkeyPatch) -> list[sheet.Panel]:
    """The panels of the figures that are made."""
    seen: list[sheet.Panel] = []
    original = sheet.put_out_sheet

    def spy(panels, *arguments):
        seen.extend(panels)
        original(panels, *arguments)

    monkeypatch.setattr(figures, "put_out_sheet", spy)
    return seen


def test_dataset_is_drawn_with_one_panel_per_part(dataset, panels, tmp_path):
    aplt.subplot_imaging_dataset(dataset, output_path=tmp_path, title_prefix="J0000 ")
    assert (tmp_path / "dataset.png").exists()
    assert [panel.title.removeprefix("J0000 ") for panel in panels] == [
        "Data",
        "Data (log)",
        "Noise map",
        "Signal to noise",
        "PSF (log)",
        "Sub-pixels per side",
    ]
    assert panels[-1].levels == (1, 2)


def test_pixels_with_huge_noise_do_not_stretch_the_scales(dataset, panels, tmp_path):
    aplt.subplot_imaging_dataset(dataset, output_path=tmp_path)
    noise = panels[2]
    assert noise.limits[1] < 1.0
    assert noise.switched_off.sum() == 36


def test_dataset_without_psf_has_no_panel_for_it(dataset, panels, tmp_path):
    bare = aa.Imaging(data=dataset.data, noise_map=dataset.noise_map)
    aplt.subplot_imaging_dataset(bare, output_path=tmp_path)
    assert "PSF (log)" not in [panel.title for panel in panels]


def test_panels_zoom_to_the_mask(dataset, panels, tmp_path):
    mask = aa.Mask2D.circular(shape_native=(41, 41), pixel_scales=0.1, radius=1.0)
    masked = aa.Imaging(dataset.data, dataset.noise_map, dataset.psf).apply_mask(mask)
    aplt.subplot_imaging_dataset(masked, output_path=tmp_path)
    assert {panel.picture.values.shape for panel in panels if panel.title != "PSF (log)"} == {(21, 21)}


def test_arrays_masks_and_datasets_are_written_as_fits(dataset, tmp_path):
    aplt.fits_array(dataset.data, tmp_path / "data.fits")
    aplt.fits_array(aa.Mask2D.circular(shape_native=(5, 5), pixel_scales=0.1, radius=0.2), tmp_path / "mask.fits")
    assert np.allclose(fits.getdata(tmp_path / "data.fits"), dataset.data.native)
    assert fits.getdata(tmp_path / "mask.fits").shape == (5, 5)
    names = {"data_path": "d.fits", "psf_path": "p.fits", "noise_map_path": "n.fits"}
    aplt.fits_imaging(dataset, **{key: tmp_path / name for key, name in names.items()})
    assert all((tmp_path / name).exists() for name in names.values())
    with pytest.raises(PlotError, match="FITS"):
        aplt.fits_array(np.ones((2, 2)), tmp_path / "plain.fits")
