"""Faults put under the store: kills, power losses, errors of the disk, and stores that are broken on purpose.

`python -m tests.faults` is `make soak`; `python -m tests.faults power --count 20 --seed 7` is one part of it.
"""
