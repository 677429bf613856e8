"""A short version of `make soak`: whole crawls under SIGKILL."""

import random

from tests.killing import kill_cycles


def test_a_crawl_killed_at_random_times_ends_with_what_a_calm_one_stores(tmp_path):
    seed = random.SystemRandom().randrange(10**6)
    print(kill_cycles(tmp_path, kills=5, seed=seed))
