"""Models of the reference library: parameters, names, vectors and the text of `info`."""

import re

import numpy as np
import pytest

from galens.config.notation import label_of
from galens.errors import ModelError
from galens.fit.model.collection import Collection
from galens.fit.model.component import Model
from galens.fit.model.priors import GaussianPrior, LogUniformPrior, UniformPrior
from tests.fit.model_classes import (
    Basis,
    DatasetModel,
    ExponentialDisk,
    ExternalShear,
    Galaxy,
    Isothermal,
    LinearGaussian,
    NFWSph,
    Sersic,
)
from tests.oracle import excess


def lens_and_source():
    lens = Model(Galaxy, redshift=0.5, bulge=Sersic, mass=Isothermal, shear=ExternalShear)
    source = Model(Galaxy, redshift=1.0, bulge=ExponentialDisk)
    return Collection(galaxies=Collection(lens=lens, source=source))


def linked_bulge_and_disk():
    bulge, disk = Model(Sersic), Model(ExponentialDisk)
    disk.centre = bulge.centre
    bulge.sersic_index = 3.0
    bulge.effective_radius = UniformPrior(0.1, 2.0)
    disk.intensity = LogUniformPrior(1e-3, 1e2)
    disk.effective_radius = bulge.effective_radius + 0.5
    lens = Model(Galaxy, redshift=0.5, bulge=bulge, disk=disk)
    return Collection(galaxies=Collection(lens=lens))


def gaussians_with_one_shape():
    centre_0, centre_1 = UniformPrior(-0.1, 0.1), GaussianPrior(0.0, 0.1)
    gaussians = Collection(Model(LinearGaussian) for _ in range(4))
    for index, gaussian in enumerate(gaussians):
        gaussian.centre.centre_0 = centre_0
        gaussian.centre.centre_1 = centre_1
        gaussian.ell_comps = gaussians[0].ell_comps
        gaussian.sigma = 10 ** (-2 + index)
    lens = Model(Galaxy, redshift=0.5, bulge=Model(Basis, profile_list=gaussians), mass=Model(NFWSph))
    return Collection(galaxies=Collection(lens=lens), dataset_model=Model(DatasetModel))


MODELS = {"model/0": lens_and_source, "model/1": linked_bulge_and_disk, "model/2": gaussians_with_one_shape}


def numbered(text):
    """`text` with the numbers of priors replaced by their rank."""
    ranks = {number: rank for rank, number in enumerate(sorted(set(re.findall(r"\[(\d+)\]", text)), key=int))}
    return re.sub(r"\[(\d+)\]", lambda match: f"[{ranks[match[1]]}]", text)


@pytest.fixture(params=MODELS)
def case_and_model(request, oracle, configured):
    case = next(each for each in oracle.cases("autofit", "ok") if each["id"] == request.param)
    return case, MODELS[request.param]()


def test_names_and_paths_are_those_of_the_reference(case_and_model):
    case, model = case_and_model
    info = case["info"]
    assert model.prior_count == model.total_free_parameters == info["prior_count"]
    assert [".".join(each) for each in model.paths] == info["paths"]
    assert [".".join(each) for each in model.unique_prior_paths] == info["unique_prior_paths"]
    assert [[".".join(each) for each in places] for places in model.all_paths] == info["all_paths"]
    assert model.parameter_names == info["parameter_names"]
    assert model.model_component_and_parameter_names == info["model_component_and_parameter_names"]
    # The reference calls a parameter inside arithmetic "self", with the symbol s; here it has that of what it makes.
    labels = [
        label_of(path[-2]) if path[-1] == "self" else label
        for path, label in zip(model.unique_prior_paths, info["parameter_labels"], strict=True)
    ]
    assert model.parameter_labels == labels
    priors = [f"{type(each).__name__}, {each.parameter_string}" for each in model.priors_ordered_by_id]
    assert priors == [re.sub(r" \[\d+\]", "", each) for each in info["priors_ordered_by_id"]]


def test_info_is_that_of_the_reference(case_and_model):
    case, model = case_and_model
    assert model.info == numbered(case["info"]["info_text"])
    assert model.parameterization == case["info"]["parameterization"]


def test_vectors_are_those_of_the_reference(case_and_model, oracle):
    case, model = case_and_model
    vector = model.vector_from_unit_vector(oracle.input(case, "unit_vector"))
    computed = {
        "vector_from_unit_vector": vector,
        "physical_values_from_prior_medians": model.physical_values_from_prior_medians,
        "log_prior_list_from_vector": model.log_prior_list_from_vector(vector),
    }
    for name, got in computed.items():
        assert excess(got, *oracle.reference(case, name)) <= 1.0, name


def test_instances_have_the_values_of_the_reference(case_and_model, oracle):
    case, model = case_and_model
    vector = oracle.reference(case, "vector_from_unit_vector")[0]
    instance = model.instance_from_vector(vector)
    compared = 0
    for path, value in case["info"]["instance_values_at_vector"].items():
        try:
            got = instance.object_for_path(path)
        except ModelError:  # the reference's profiles have attributes beside their parameters
            continue
        np.testing.assert_allclose(got, value, rtol=1e-6)  # printed to some digits
        compared += 1
    assert compared >= model.prior_count
