"""The harness of `make soak` finds something: each store that is broken on purpose is caught, the real one passes."""

from tests.faults.process import part


def test_every_broken_store_is_caught_in_rounds_that_the_real_one_passes():
    part("broken", seed=1)
