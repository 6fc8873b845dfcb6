import jax
import jax.numpy as jnp
import numpy as np

import galens.array as aa
from galens.numerics.device import on_device


def test_values_are_copied_and_arrays_of_jax_pass():
    values = np.arange(3.0)
    there = on_device(values)
    values[0] = 7.0
    assert isinstance(there, jax.Array)
    assert there.dtype == float
    np.testing.assert_array_equal(there, [0.0, 1.0, 2.0])
    assert on_device(there) is there
    np.testing.assert_array_equal(jax.jit(lambda x: on_device(x) + on_device(values))(jnp.zeros(3)), values)


def test_a_dataset_is_set_up_without_a_compilation(caplog):
    # Of shapes that no other test has: what is compiled once is not compiled again.
    data, scale = np.ones((53, 47)), {"pixel_scales": 0.1}
    mask = aa.Mask2D.circular(shape_native=data.shape, radius=1.7, **scale)
    psf = aa.Convolver.from_gaussian(shape_native=(13, 13), sigma=0.1, **scale)
    with jax.log_compiles():
        imaging = aa.Imaging(aa.Array2D.no_mask(data, **scale), aa.Array2D.no_mask(data, **scale), psf=psf)
        imaging.apply_mask(mask)
    assert [record.message for record in caplog.records if "Compiling" in record.message] == []
