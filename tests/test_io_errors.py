"""A short version of `make soak`: some of the operations at which the disk fails (there, all of them)."""

from tests.faults.process import part


def test_a_disk_that_fails_ends_the_run_with_a_plain_sentence_and_loses_nothing():
    part("errors", count=30)
