"""Bytes in, candidates out: feeds, sitemaps, home and section pages."""

from newslib.discovery.candidate import Candidate
from newslib.discovery.feeds import Feed, NotAFeed, parse_feed
from newslib.discovery.sitemaps import NotASitemap, Sitemap, parse_sitemap
from newslib.discovery.ways import COMMON_FEEDS, COMMON_SITEMAPS, Ways, find_ways, section_links
from newslib.discovery.window import Window

__all__ = [
    "COMMON_FEEDS",
    "COMMON_SITEMAPS",
    "Candidate",
    "Feed",
    "NotAFeed",
    "NotASitemap",
    "Sitemap",
    "Ways",
    "Window",
    "find_ways",
    "parse_feed",
    "parse_sitemap",
    "section_links",
]
