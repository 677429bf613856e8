"""A short version of `make soak`: whole crawls under SIGKILL."""

from tests.faults.process import part


def test_a_crawl_killed_at_random_times_ends_with_what_a_calm_one_stores():
    part("crawl", count=3)
