"""Where fits of the pipeline begin."""

import numpy as np

from galens import fit as af
from galens import galaxy as ag
from galens.pipeline.models import FLAT, flattened, lens_light_model, start_vector
from tests.pipeline.lenses import EINSTEIN_RADIUS, exposure


def light_alone():
    light = lens_light_model(exposure(), 3.0)
    return af.Collection(galaxies=af.Collection(lens=af.Model(ag.Galaxy, redshift=0.5, light=light)))


def test_flattened_starts_differ_in_the_shape_of_one_set():
    model = light_alone()
    start = start_vector(model, {})
    changed = np.array(flattened(model, start)) - start
    assert changed.shape == (8, 6)
    assert (np.count_nonzero(changed, axis=1) == 2).all()
    assert [name.rsplit(".", 1)[-1] for name in model.program.names[2:]] == ["ell_comps_0", "ell_comps_1"] * 2
    assert (np.hypot(*(start + changed).reshape(8, 3, 2)[:, 1:].transpose(2, 0, 1)).max(axis=1) == FLAT).all()


def test_light_alone_that_must_describe_arcs_has_a_better_mode_from_flattened_starts():
    of = exposure()
    y, x = of.coordinates
    arcs = 3.0 * np.exp(-0.5 * ((np.abs(y) - EINSTEIN_RADIUS) / 0.15) ** 2 - 0.5 * (x / 0.3) ** 2)
    dataset = ag.Imaging.from_arrays(of.data + arcs, of.noise_map, of.pixel_scale, psf=of.psf)
    dataset = dataset.apply_mask(
        ag.Mask2D.circular(shape_native=of.data.shape, pixel_scales=of.pixel_scale, radius=2.0)
    )
    model, analysis = light_alone(), ag.AnalysisImaging(dataset)
    start = start_vector(model, {})

    def best(starts):
        search = af.MultiStartLM(n_starts=0, n_draws=0, start_from=tuple(map(tuple, starts)), n_samples=1, silence=True)
        return search.fit(model, analysis).log_likelihood

    assert best([start, *flattened(model, start)]) > best([start]) + 10.0
