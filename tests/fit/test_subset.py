"""Parts of models and of their samples, by paths."""

import numpy as np
import pytest

from galens import fit as af
from galens import galaxy as ag
from galens.errors import ModelError, SamplesError


@pytest.fixture
def samples():
    lens = af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic, disk=ag.lp.Exponential)
    lens.disk.centre = lens.bulge.centre
    model = af.Collection(
        galaxies=af.Collection(lens=lens, source=af.Model(ag.Galaxy, redshift=1.0, bulge=ag.lp.Gaussian))
    )
    parameters = np.random.default_rng(1).random((5, model.prior_count))
    return af.Samples(model, parameters, np.arange(5.0), np.zeros(5))


@pytest.mark.parametrize("path", ["galaxies.lens.bulge", ("galaxies", "lens", "bulge")])
def test_samples_with_a_path_have_its_parameters_only(samples, path):
    part = samples.with_paths([path])
    assert part.model.prior_count == 7
    assert all(name.startswith("galaxies.lens.bulge.") for name in part.names)
    index = part.names.index("galaxies.lens.bulge.sersic_index")
    np.testing.assert_array_equal(
        part.parameters[:, index], samples.values_for_path("galaxies.lens.bulge.sersic_index")
    )
    best = part.max_log_likelihood().galaxies.lens.bulge
    assert isinstance(best, ag.lp.Sersic)
    assert best.sersic_index == samples.max_log_likelihood().galaxies.lens.bulge.sersic_index


def test_one_parameter_can_be_the_part(samples):
    paths = ["galaxies.lens.bulge.intensity", ("galaxies", "source", "bulge", "centre", "centre_0")]
    part = samples.with_paths(paths)
    assert part.names == ("galaxies.lens.bulge.intensity", "galaxies.source.bulge.centre.centre_0")


def test_samples_without_a_path_have_all_others(samples):
    part = samples.without_paths(["galaxies.lens.bulge", "galaxies.source"])
    assert [name.rsplit(".", 1)[1] for name in part.names] == [
        "centre_0", "centre_1", "ell_comps_0", "ell_comps_1", "intensity", "effective_radius"
    ]  # fmt: skip
    assert part.max_log_likelihood().galaxies.lens.redshift == 0.5
    # the centre that the disk shares with the bulge stays, as the disk's
    np.testing.assert_array_equal(
        part.values_for_path("galaxies.lens.disk.centre.centre_0"),
        samples.values_for_path("galaxies.lens.disk.centre.centre_0"),
    )


def test_model_itself_is_not_changed(samples):
    before = samples.model.program.content_hash
    samples.model.without_paths(["galaxies.lens"])
    assert samples.model.program.content_hash == before


def test_unknown_paths_and_empty_parts_are_refused(samples):
    with pytest.raises(ModelError, match="there is no 'lense'"):
        samples.with_paths(["galaxies.lense"])
    with pytest.raises(SamplesError, match="no free parameters"):
        samples.without_paths(["galaxies"])
