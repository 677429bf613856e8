"""Reading an archive: search, statistics, digest, exports. It imports newslib alone; docs/reading.md shows its use."""
