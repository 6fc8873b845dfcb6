"""How a process is set up."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest

from galens import runtime

ASYNCHRONOUS = "import galens, jax; print(jax.config.values['jax_cpu_enable_async_dispatch'])"


@pytest.mark.parametrize(("chosen", "found"), [({}, "False"), ({"JAX_CPU_ENABLE_ASYNC_DISPATCH": "1"}, "True")])
def test_calls_on_a_cpu_are_made_by_their_thread_unless_the_user_chose_otherwise(chosen, found):
    environment = {name: value for name, value in os.environ.items() if name != "JAX_CPU_ENABLE_ASYNC_DISPATCH"}
    run = subprocess.run(
        [sys.executable, "-c", ASYNCHRONOUS], env={**environment, **chosen}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == found


def test_every_item_is_done_in_order_and_by_few_threads():
    seen = set()

    def square(number):
        seen.add(threading.get_ident())
        return number * number

    for _ in range(3):
        assert runtime.on_every_core(square, range(50), "squares") == [number * number for number in range(50)]
    assert len(seen) <= runtime._cores() + 1


def test_an_error_of_an_item_is_raised():
    def inverse(number):
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        runtime.on_every_core(inverse, [1, 2, 0, 3], "inverses")
    assert runtime.on_every_core(inverse, [1, 2], "inverses") == [1.0, 0.5]
