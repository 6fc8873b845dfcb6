import pytest


def test_fit_has_the_four_numbers_of_the_reference(example, founding, tmp_path):
    fits = example("fit.py").main(data=founding("simple__sersic"), output=tmp_path)
    reference = {
        ("as read", "truth"): (7467.270339540, 3477.488287094),
        ("upside down", "truth"): (3060.387077608, 5680.929918061),
        ("as read", "shifted"): (20834.618104895, -3206.185595583),
        ("upside down", "shifted"): (14726.122512218, -151.937800244),
    }
    for (orientation, name), (chi_squared, log_likelihood) in reference.items():
        fit = fits[orientation][name]
        assert float(fit.chi_squared) == pytest.approx(chi_squared, rel=1e-9)
        assert float(fit.log_likelihood) == pytest.approx(log_likelihood, rel=1e-9)
        assert fit.mask.pixels_in_mask == 2828
    assert {path.name for path in tmp_path.iterdir()} == {"dataset.png", "fit.png", "fit_shifted.png"}


def test_fit_of_simulated_data_prefers_the_truth(example, tmp_path):
    fits = example("fit.py").main(output=tmp_path)["as read"]
    assert 0.9 < fits["truth"].chi_squared / 2828 < 1.2
    assert fits["shifted"].chi_squared > 3 * fits["truth"].chi_squared


def test_likelihood_steps_have_the_numbers_of_the_reference(example, founding):
    numbers = example("likelihood_function.py").main(data=founding("simple"))
    assert numbers["pixels"] == 2828
    assert numbers["first"] == pytest.approx([2.95, -0.45], abs=1e-12)
    assert numbers["blurring_pixels"] == 1300
    assert numbers["chi_squared"] == pytest.approx(3014.252712257, rel=1e-10)
    assert numbers["noise_normalization"] == pytest.approx(-12761.571774081, rel=1e-12)
    assert numbers["log_likelihood"] == pytest.approx(4873.659530911837, rel=1e-12)
    assert numbers["over_sampled"] == pytest.approx(4920.935524788, rel=1e-10)


def test_likelihood_steps_as_the_files_are_read(example, founding):
    module = example("likelihood_function.py")
    ag = module.ag
    dataset = module.masked(module.read(founding("simple")), over_sample_size=1)
    galaxy = ag.Galaxy(redshift=0.5, bulge=ag.lp.Sersic(**module.BULGE), disk=ag.lp.Exponential(**module.DISK))
    fit = ag.FitImaging(dataset=dataset, galaxies=ag.Galaxies([galaxy]))
    assert float(fit.chi_squared) == pytest.approx(42779.138799938, rel=1e-10)
    assert float(fit.log_likelihood) == pytest.approx(-15008.783512929, rel=1e-10)


def test_likelihood_steps_in_a_shifted_frame(example):
    module = example("likelihood_function.py")
    point = module.np.array([[2.95, -0.45]])
    profile = module.ag.lp.Sersic(centre=(0.1, 0.2), ell_comps=(0.1, 0.2))
    frame = module.in_frame(point, (0.1, 0.2), (0.1, 0.2))
    assert frame[0] == pytest.approx([2.9230990183, 0.0221839804], abs=1e-9)
    library = profile.transformed_to_reference_frame_grid_from(grid=module.ag.Grid2DIrregular(point))
    assert module.np.asarray(library)[0] == pytest.approx(frame[0], rel=1e-12)
    radius = profile.elliptical_radii_grid_from(grid=library)
    assert module.np.asarray(radius)[0] == pytest.approx(4.6068992980, rel=1e-9)


def test_likelihood_steps_on_simulated_data(example):
    numbers = example("likelihood_function.py").main()
    assert numbers["log_likelihood"] == pytest.approx(numbers["compiled"], rel=1e-12)
    slope, difference = numbers["slope"]
    assert slope == pytest.approx(difference, rel=1e-6)
