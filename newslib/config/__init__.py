"""The files a user writes: topics and sources. Every mistake is a ConfigError that names file, line and fix."""

from newslib.config.sources import Source, list_sources, load_sources, read_sources, source_of_url
from newslib.config.toml import ConfigError, shown
from newslib.config.topics import list_topics, load_topic, read_topic, topic_files

__all__ = [
    "ConfigError",
    "Source",
    "list_sources",
    "list_topics",
    "load_sources",
    "load_topic",
    "read_sources",
    "read_topic",
    "shown",
    "source_of_url",
    "topic_files",
]
