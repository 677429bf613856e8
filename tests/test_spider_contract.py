"""Any spider that yields a Page goes the same way: the example of docs/own-spider.md, run as it stands there."""

import json
import re
import shutil

from tests.crawling import ROOT, records, scrapy, verified


def project(tmp_path, spider):
    """A copy of the project with one more spider."""
    for name in ("crawler", "pipelines", "newslib", "reader", "topics", "sources"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "local"))
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    (tmp_path / "crawler" / "spiders" / "mine.py").write_text(spider, encoding="utf-8")
    return tmp_path


def test_the_example_spider_of_the_docs_stores_articles_and_exports_the_stored_records(tmp_path, newsroom):
    example = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "own-spider.md").read_text(encoding="utf-8"), re.S)[1]
    outlet = newsroom.outlets[0]
    spider = example.replace('name = "mine"', f'name = "mine"\n    start_urls = ["{newsroom.url(outlet.host)}"]')
    spider = spider.replace('"article a"', '"a"')
    folder = project(tmp_path, spider)
    done = scrapy(
        *("crawl", "mine", "-O", "out.jsonl", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ARCHIVE_DIR=kept"), cwd=folder
    )
    assert done.returncode == 0, done.stderr
    stored = records(folder / "kept")
    exported = [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(stored) >= 3
    assert sorted(exported, key=lambda r: r["id"]) == sorted(stored, key=lambda r: r["id"])
    assert all(r["source"] is None and r["topics"] == [] and r["warc"] for r in stored)
    verified(folder / "kept")


OFFSITE = """
import scrapy
from crawler.spiders.base import FrontierSpider
from newslib.store import Link


class Mine(FrontierSpider):
    name = "mine"
    allowed_domains = ["%(host)s"]
    frontier = [""]
    sources = {}
    topics = []

    async def start(self):
        await self.begin()
        await self.discover([Link(url="%(url)s", via="list")])
        return
        yield
"""


def test_a_redirect_that_a_middleware_drops_in_silence_ends_as_failed_no_callback(tmp_path, newsroom):
    from crawler.demo.newsroom import Answer
    from newslib import Archive

    first, second = newsroom.outlets[0].host, newsroom.outlets[1].host
    newsroom.route(first, "/moved", Answer(302, {"Location": newsroom.url(second, "/elsewhere")}))
    url = newsroom.url(first, "/moved")
    folder = project(tmp_path, OFFSITE % {"host": first, "url": url})
    done = scrapy("crawl", "mine", "-s", "FETCH_PRIVATE_ADDRESSES=1", "-s", "ARCHIVE_DIR=kept", cwd=folder, timeout=60)
    assert done.returncode == 0, done.stderr
    assert newsroom.count(newsroom.url(second, "/elsewhere")) == 0
    with Archive.open(folder / "kept") as archive:
        assert archive.outcome(url) == ("failed", "no-callback")
    verified(folder / "kept")
