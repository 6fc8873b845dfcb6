import numpy as np
import pytest

OPERATED = -617623371.3508041, [-1242447183.640904, -75606345.194131, -470304807.237306]
CONVOLVED = -618416199.4481044, [-1244016845.421542, -75650022.525486, -471767889.081949]
MANUAL = (
    -617932728.6288942,
    [
        -35590172.40391,
        -27604641.24244,
        -2989803.03827,
        55223219.75858,
        -1242898920.23316,
        -74921006.01174,
        -480834290.26395,
    ],
)


def near(numbers, reference):
    """Reference gradients are printed with 8 to 13 digits; large ones matter more than those that nearly cancel."""
    return np.allclose(numbers, reference, rtol=1e-9, atol=1e-11 * np.abs(reference).max())


def test_fitness_has_the_value_and_gradient_of_the_reference(example, founding):
    results = example("jax/func_grad.py").main(data=founding("operated"))
    for name, (value, gradient) in {"operated": OPERATED, "convolved": CONVOLVED}.items():
        assert results[name]["value"] == pytest.approx(value, rel=1e-9)
        assert near(results[name]["gradient"], gradient)
    all_free = [-2246133.17327, -1798190.63405, -34130269.87046, -2893825.30288, *OPERATED[1]]
    assert near(results["all free"]["gradient"], all_free)


def test_fitness_of_simulated_data_agrees_with_differences_and_with_its_batch(example):
    results = example("jax/func_grad.py").main()
    assert np.all(np.isfinite(results["all free"]["gradient"]))


def test_gradient_by_an_instance_is_an_instance_with_the_numbers_of_the_reference(example, founding):
    results = example("jax/func_grad_manual.py").main(data=founding("operated"))
    assert results["value"] == pytest.approx(MANUAL[0], rel=1e-9)
    assert results["with_noise_term"] == pytest.approx(-617924887.1885852, rel=1e-9)
    assert results["by_library"] == pytest.approx(results["with_noise_term"], rel=1e-12)
    assert near(results["gradient"], MANUAL[1])
    assert results["same_tree"]
    assert results["type"].__name__ == "Sersic"


@pytest.mark.parametrize(
    ("name", "reference", "with_noise_term", "gradient"),
    [
        (
            "func_grad_manual",
            -610223753.4988643,
            -610215912.0585552,
            [-26137015.648, -22332800.630, 63509179.587, 54735136.657, -1227524435.445, -74201252.070, -472313426.233],
        ),
        (
            "convolution",
            -610742741.3559202,
            None,
            [-25122485.823, -21534256.227, 64121020.075, 56691386.595, -1228546537.908, -74231322.466, -473265012.986],
        ),
    ],
)
def test_likelihoods_of_the_data_upside_down(
    example, founding, monkeypatch, name, reference, with_noise_term, gradient
):
    upside_down, masked = (getattr(example("galaxy_data.py"), part) for part in ("upside_down", "masked"))
    read = example("galaxy_data.py").read
    module = example(f"jax/{name}.py")
    monkeypatch.setattr(module, "dataset_from", lambda folder: masked(upside_down(read(folder)), 1))
    results = module.main(data=founding("operated"))
    assert results["value"] == pytest.approx(reference, rel=1e-9)
    if with_noise_term is not None:
        assert results["with_noise_term"] == pytest.approx(with_noise_term, rel=1e-9)
    assert near(results["gradient"], gradient)


def test_centre_on_a_pixel_has_the_exact_value_and_a_finite_gradient(example, founding):
    results = example("jax/radial_minimum.py").main(data=founding("operated"))
    assert results["value"] == pytest.approx(-616353704.7132819, rel=1e-12)
    assert results["by_library"] == pytest.approx(-616353704.7132819, rel=1e-12)
    for gradient in (results["gradient"], results["gradient_of_library"]):
        assert np.all(np.isfinite(gradient))
        assert gradient[4] == pytest.approx(-1239789768.0862, rel=1e-9)
        assert gradient[6] == pytest.approx(-480579658.4007, rel=1e-9)
    assert near(results["gradient"], results["gradient_of_library"])
    assert results["finite"]


def test_gradient_with_the_centre_on_a_pixel_equals_symmetric_differences(example, founding):
    module = example("jax/radial_minimum.py")
    dataset = module.dataset_from(founding("operated"))

    def likelihood(parameters):
        cy, cx, e0, e1, intensity, radius, index = parameters
        light = module.ag.lp.Sersic((cy, cx), (e0, e1), intensity, radius, index)
        return module.log_likelihood(light.image_2d_from(grid=dataset.grids.lp).array, dataset)

    point = np.array([0.05, 0.05, 0.1, 0.2, 1.0, 15.0, 2.9])
    gradient = module.jax.jit(module.jax.grad(likelihood))(point)
    for index in (2, 3, 4, 5, 6):
        step = 1e-5 * np.eye(7)[index]
        difference = (likelihood(point + step) - likelihood(point - step)) / 2e-5
        assert float(gradient[index]) == pytest.approx(float(difference), rel=1e-6)
    # Along the centre the light of the central pixel has a cusp; it falls alike on both sides, so that the symmetric
    # difference has no part of it. What remains is the smooth part plus an error of the order of the cusp's width.
    for index in (0, 1):
        step = 1e-8 * np.eye(7)[index]
        difference = (likelihood(point + step) - likelihood(point - step)) / 2e-8
        assert float(gradient[index]) == pytest.approx(float(difference), rel=1e-5)


def test_convolution_has_the_numbers_of_the_reference(example, founding):
    results = example("jax/convolution.py").main(data=founding("operated"))
    assert results["value"] == pytest.approx(-618363637.908992, rel=1e-9)
    assert results["with_noise_term"] == pytest.approx(-618355796.468683, rel=1e-9)
    reference = [
        -34595680.172,
        -26724824.828,
        -1598065.260,
        57239062.446,
        -1243745191.765,
        -74944434.820,
        -481661106.733,
    ]
    assert near(results["gradient"], reference)
    assert results["error"] < 1e-11
    assert results["orientation"] < 1e-11
    assert results["leak"] < 1e-11


def test_masks_equal_the_loop_have_the_known_sizes_and_compile_once(example):
    results = example("jax/mask_functions.py").main()
    assert results["equal"]
    assert results["pixels"] == (2828, 11304)
    assert results["widest"] == 60
    assert results["compilations"] == 1


def test_over_sampling_has_the_numbers_of_the_reference(example, founding):
    results = example("jax/over_sampling.py").main(data=founding("operated"))
    reference = {
        "uniform 2": (-618427787.7586641, 4 * 2828),
        "uniform 4": (-618442914.6795783, 16 * 2828),
        "uniform 8": (-618446436.0962209, 64 * 2828),
        "adaptive": (-618383200.7055708, 36764),
    }
    for name, (value, points) in reference.items():
        assert results[name]["value"] == pytest.approx(value, rel=1e-9)
        assert results[name]["points"] == points
    assert results["counts"] == {1: 2716, 4: 80, 32: 32}
    # Worst pixel and total light of a steep profile, in per cent to the digits that the reference gives.
    for name, worst, total in [("1 point", 17, -2.9), ("2 x 2", 6.6, -1.0), ("adaptive", 0.4, -0.07)]:
        found_worst, found_total = results[f"accuracy {name}"]
        assert 100 * found_worst == pytest.approx(worst, rel=0.05)
        assert 100 * found_total == pytest.approx(total, abs=0.05)
    assert results["default"] < 0.01
    uniform = [-34576928.419, -26773772.569, -1481386.857, 57298404.745, -1243874962.663, -74946513.089, -481830295.812]
    assert near(results["uniform 2"]["gradient"], uniform)
    adaptive = [
        -34525793.203,
        -26805404.520,
        -1540689.838,
        57180868.699,
        -1243785572.501,
        -74943924.824,
        -481755871.389,
    ]
    assert near(results["adaptive"]["gradient"], adaptive)
    assert results["compilations"] == 1


def test_run_times_are_printed_on_whatever_device_there_is(example, capsys):
    results = example("jax/gpu_run_time.py").main(fast=True)
    assert np.isfinite(results["value"])
    assert "per second" in capsys.readouterr().out
