"""What a user would write in an afternoon: Scrapy, trafilatura's defaults, a set of paragraph hashes, a JSONL file."""

import json
import sys
from hashlib import sha1

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess

PORT, OUT = int(sys.argv[1]), sys.argv[2]


class Store:
    def open_spider(self):
        self.file, self.seen = open(OUT, "w", encoding="utf-8"), set()  # noqa: SIM115, PTH123

    def close_spider(self):
        self.file.close()

    def process_item(self, item):
        kept = []
        for paragraph in item["text"].split("\n"):
            key = sha1(paragraph.strip().lower().encode("utf-8", "replace"), usedforsecurity=False).digest()
            if paragraph.strip() and key not in self.seen:
                self.seen.add(key)
                kept.append(paragraph)
        self.file.write(json.dumps({**item, "text": kept}, ensure_ascii=False) + "\n")
        return item


class News(scrapy.Spider):
    name = "news"
    start_urls = [f"http://outlet{n}.localhost:{PORT}/rss.xml" for n in range(8)]  # noqa: RUF012
    custom_settings = {  # noqa: RUF012
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": 32,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
        "DOWNLOAD_DELAY": 0,
        "TELNETCONSOLE_ENABLED": False,
    }

    def parse(self, response):
        for link in response.xpath("//item/link/text()").getall():
            yield scrapy.Request(link, self.parse_article)

    def parse_article(self, response):
        page = trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True)
        if page and page.text:
            yield {"url": response.url, "title": page.title, "date": page.date, "text": page.text}


process = CrawlerProcess(
    {
        "LOG_LEVEL": "ERROR",
        "ITEM_PIPELINES": {Store: 1},
        "FETCH_PRIVATE_ADDRESSES": True,
        "TWISTED_DNS_RESOLVER": "crawler.middlewares.addresses.AddressResolver",
    }
)
process.crawl(News)
process.start()
