"""The sources that ship, and `scrapy sources list | add | check`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest

from crawler.demo.server import Answer
from newslib.config import list_sources, load_sources
from newslib.urls import canonical
from tests.crawling import command, scrapy

SHIPPED = Path(__file__).parent.parent / "sources"
FILES = sorted(SHIPPED.glob("*.toml"))
FEED = '<rss version="2.0"><channel><title>T</title><item><title>One</title><link>{url}</link></item></channel></rss>'


# --- those that ship


def shipped():
    return [source for file in FILES for source in load_sources(str(file), SHIPPED, SHIPPED)]


def test_the_shipped_sources_cover_both_sides_of_the_subject_and_those_who_watch():
    sources = shipped()
    assert len({source.file for source in sources}) >= 12
    assert {"RU", "KP", "KR", "JP", "CN", "US", "GB", "DE", "FR"} <= {source.country for source in sources}
    assert {"ru", "ko", "ja", "zh", "en"} <= {source.language for source in sources}


def test_every_shipped_source_says_who_it_is_and_how_to_get_in():
    for source in shipped():
        assert source.name and source.language and source.country and source.tags, source.id
        assert source.feeds or source.sitemaps or source.sections, source.id


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_shipped_address_has_its_evidence_beside_it(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    addresses = [n for n, line in enumerate(lines) if re.match(r'\s+"https?://', line)]
    evidence = re.compile(r"\s+# evidence: github\.com/[\w.-]+/[\w.-]+ \S+")
    assert addresses
    for n in addresses:
        assert evidence.match(lines[n - 1]), f"{file.name}:{n + 1} has no `# evidence: PUBLIC-REPOSITORY PATH` above it"
    tables = tomllib.loads("\n".join(lines))["source"]
    assert len(addresses) == sum(len(t.get(k, [])) for t in tables for k in ("feeds", "sitemaps", "sections"))


def test_a_shipped_file_is_named_after_its_outlet():
    for source in shipped():
        assert source.id == source.file.stem or source.id.startswith(f"{source.file.stem}-")


def test_no_address_is_asked_for_by_two_shipped_sources():
    addresses = [canonical(url) for s in shipped() for url in (*s.feeds, *s.sitemaps, *s.sections)]
    assert None not in addresses
    assert len(addresses) == len(set(addresses))


# --- list and add


@pytest.fixture
def folder(tmp_path):
    """A folder of sources with one that ships."""
    (tmp_path / "the-post.toml").write_text(
        '[[source]]\nid = "the-post"\nname = "The Post"\nsite = "https://www.the-post.example/"\nlanguage = "en"\n'
        'country = "GB"\nfeeds = ["https://www.the-post.example/rss"]\nenabled = false\n',
        encoding="utf-8",
    )
    return tmp_path


def sources(*args, folder, **more):
    return scrapy("sources", *args, "-s", f"SOURCES_DIR={folder}", **more)


def test_list_shows_what_each_source_is_and_where_it_comes_from(folder):
    sources("add", "https://kimchi.example/", folder=folder)
    done = sources("list", folder=folder)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows == [
        ["kimchi.example", "-", "-", "local", "found", "from", "its", "site", "https://kimchi.example/"],
        ["the-post", "en", "GB", "shipped", "off", "1", "feed", "The", "Post"],
    ]
    found = json.loads(sources("list", "--json", folder=folder).stdout)
    assert [(s["id"], s["local"], s["enabled"]) for s in found] == [
        ("kimchi.example", True, True),
        ("the-post", False, False),
    ]


def test_list_names_the_line_of_a_mistake(folder):
    (folder / "broken.toml").write_text('site = "https://broken.example"\nfeed = "x"\n', encoding="utf-8")
    done = sources("list", folder=folder)
    assert done.returncode == 2
    assert "broken.toml:2" in done.stderr and "feeds" in done.stderr


def test_an_added_source_is_a_file_of_one_line_with_the_rest_explained(folder):
    done = sources("add", "https://www.kimchi-times.example/", folder=folder)
    assert done.returncode == 0, done.stderr
    file = folder / "local" / "kimchi-times.example.toml"
    assert Path(done.stdout.strip()) == file
    text = file.read_text(encoding="utf-8")
    assert tomllib.loads(text) == {"site": "https://www.kimchi-times.example/"}
    assert [s.id for s in load_sources(None, folder, folder)] == ["kimchi-times.example"]
    uncommented = [line.removeprefix("# ") for line in text.splitlines() if re.match(r"# \w+ = ", line)]
    assert set(tomllib.loads("\n".join(uncommented))) == {
        *("name", "language", "country", "tags", "feeds", "sitemaps", "sections", "enabled")
    }


def test_add_takes_an_id_and_finds_another_where_the_domain_is_taken(folder):
    assert sources("add", "https://kimchi.example/", "--id", "kimchi", folder=folder).returncode == 0
    assert sources("add", "https://www.kimchi.example/en/", "--id", "kimchi.example", folder=folder).returncode == 0
    assert sources("add", "https://ru.kimchi.example/", folder=folder).returncode == 0
    ids = {source.id: source.site for source in list_sources(folder) if source.enabled}
    assert ids == {
        "kimchi": "https://kimchi.example/",
        "kimchi.example": "https://www.kimchi.example/en/",
        "ru.kimchi.example": "https://ru.kimchi.example/",
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["https://www.the-post.example"], "`the-post` in"),  # the same site, written differently
        (["https://another.example/", "--id", "the-post"], "another one: --id ID"),
        (["https://another.example/", "--id", "../x"], '"../x" is no id'),
        (["https://another.example/", "--id", "Ä"], "is no id"),
        (["https://another.example/", "--id", 'a"\nenabled = false\nname = "b'], "is no id"),
        (["another.example"], "write https://another.example"),
        (["ftp://another.example/"], "no http(s) URL"),
        ([], "see scrapy sources add --help"),
    ],
)
def test_add_refuses_what_is_there_and_what_cannot_be(folder, arguments, says):
    done = sources("add", *arguments, folder=folder)
    assert done.returncode == 2
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not list(folder.glob("local/*"))


def test_add_never_writes_over_a_file(folder):
    (folder / "local").mkdir()
    (folder / "local" / "kimchi.example.toml").write_text('id = "other"\nsite = "https://other.example"\n')
    done = sources("add", "https://kimchi.example/", folder=folder)
    assert done.returncode == 2 and "there is a file" in done.stderr
    assert "other" in (folder / "local" / "kimchi.example.toml").read_text()


# --- check


@pytest.fixture
def check(newsroom, tmp_path):
    """Check `(host, {"feeds": [path], …})…` of the newsroom: the exit code, the ways in by path, and the talk."""

    def run(*outlets, settings=()):
        lines = []
        for host, ways in outlets:
            lines += ["[[source]]", f'id = "{host.partition(".")[0]}"', f'site = "{newsroom.url(host)}"']
            lines += [f"{key} = {json.dumps([newsroom.url(host, p) for p in paths])}" for key, paths in ways.items()]
        (tmp_path / "mine.toml").write_text("\n".join(lines))
        archive = tmp_path / "archive"
        done = scrapy(
            *("sources", "check", tmp_path / "mine.toml", "--json", "-s", "FETCH_PRIVATE_ADDRESSES=1"),
            *("-s", f"ARCHIVE_DIR={archive}", "-s", "RETRY_TIMES=0", *settings),
        )
        assert not archive.exists()
        found = json.loads(done.stdout)
        base = re.compile(r"http://[^/]+")
        return done.returncode, {base.sub("", way["url"]): way for way in found}, done.stderr

    return run


def test_check_reads_every_way_into_the_newsroom(newsroom, tmp_path):
    (tmp_path / "all.toml").write_text(newsroom.sources_toml(), encoding="utf-8")
    done = scrapy("sources", "check", tmp_path / "all.toml", "-s", "FETCH_PRIVATE_ADDRESSES=1")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0] == ["source", "way", "status", "kind", "items", "newest", "address"]
    assert {row[0] for row in rows[1:]} == {"ok"}
    assert {row[1] for row in rows[1:]} == {outlet.id for outlet in newsroom.outlets}
    assert {row[4] for row in rows[1:]} == {"rss", "atom", "rdf", "json", "sitemap", "index", "html"}
    assert re.search(rf"{newsroom.now:%Y-%m-%d} \d\d:\d\d  http://", done.stdout)
    assert f"{len(rows) - 1} of {len(rows) - 1} ways in are alive" in done.stderr
    articles = {(outlet.host, article.path) for outlet in newsroom.outlets for article in outlet.articles}
    assert not articles & {(asked.host, asked.path) for asked in newsroom.requests}


def test_check_of_a_home_page_finds_its_ways_in_and_guesses_in_silence(newsroom):
    host = "der-hafenbote.localhost"  # known by its site alone
    done = scrapy("sources", "check", newsroom.url(host), "--json", "-s", "FETCH_PRIVATE_ADDRESSES=1")
    ways = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert [way["way"] for way in ways] == ["home", "feed", "sitemap"]
    assert all(way["alive"] for way in ways)


def test_check_tells_how_each_way_in_is_dead(newsroom, check):
    host = "wounded.localhost"
    newsroom.route(host, "/gone", Answer(410))
    newsroom.route(host, "/page", Answer(200, {"Content-Type": "text/html"}, "<html><title>Hello</title>Hello</html>"))
    newsroom.route(host, "/empty", Answer(200, {}, "<rss version='2.0'><channel><title>T</title></channel></rss>"))
    newsroom.route(host, "/close", Answer(close=True))
    newsroom.route(host, "/robots.txt", Answer(200, {}, "User-agent: *\nDisallow: /secret"))
    newsroom.route(host, "/secret", Answer(200, {}, FEED))
    paths = ["/gone", "/page", "/empty", "/close", "/secret"]
    code, ways, talk = check((host, {"feeds": paths, "sitemaps": ["/page?sitemap"], "sections": ["/page?section"]}))
    assert code == 1
    assert len(ways) == 7 and not any(way["alive"] for way in ways.values())
    assert {path: ways[path]["status"] for path in paths} == {
        **{"/gone": 410, "/page": 200, "/empty": 200, "/close": None, "/secret": None}
    }
    assert ways["/gone"]["errors"] == ["HTTP 410"]
    assert ways["/empty"]["kind"] == "rss" and ways["/empty"]["errors"] == ["it lists no article"]
    assert "robots.txt" in ways["/secret"]["errors"][0]
    assert all(way["errors"] and "Traceback" not in way["errors"][0] for way in ways.values())
    assert newsroom.count("/secret") == 0
    assert "0 of 7 ways in are alive" in talk and "Traceback" not in talk


def test_a_way_in_that_moved_is_alive_and_says_where_it_went(newsroom, check):
    host = "mover.localhost"
    newsroom.route(host, "/old", Answer(301, {"Location": "/new"}))
    newsroom.route(host, "/new", Answer(200, {}, FEED.format(url=newsroom.url(host, "/2026/11/24/one-two-three"))))
    code, ways, _ = check((host, {"feeds": ["/old"]}))
    assert code == 0
    assert ways["/old"]["items"] == 1 and ways["/old"]["newest"] is None
    assert ways["/old"]["errors"] == [f"moved to {newsroom.url(host, '/new')}"]


def test_an_outlet_whose_robots_txt_cannot_be_read_is_not_asked(newsroom, check):
    host = "fallen.localhost"
    newsroom.route(host, "/robots.txt", Answer(503))
    newsroom.route(host, "/rss", Answer(200, {}, FEED))
    code, ways, _ = check((host, {"feeds": ["/rss"]}))
    assert code == 1 and "robots.txt" in ways["/rss"]["errors"][0]
    assert newsroom.count("/rss") == 0


def test_check_asks_under_the_name_of_the_crawler_and_keeps_a_crawl_delay(newsroom, check):
    host = "slowly.localhost"
    newsroom.route(host, "/robots.txt", Answer(200, {}, "User-agent: newsarchive\nCrawl-delay: 1"))
    for path in ("/a", "/b"):
        newsroom.route(host, path, Answer(200, {}, FEED.format(url=newsroom.url(host, "/n/12345"))))
    begun = time.monotonic()
    code, _, _ = check((host, {"feeds": ["/a", "/b"]}), settings=["-s", "CONTACT=https://me.example"])
    assert code == 0 and time.monotonic() - begun > 1
    agents = {asked.headers["user-agent"] for asked in newsroom.requests if asked.host == host}
    assert len(agents) == 1 and agents.pop().endswith("(+https://me.example)")


def test_check_never_connects_to_a_private_address_unless_told_to(newsroom):
    address = f"http://127.0.0.1:{newsroom.port}/"
    done = scrapy("sources", "check", address, "-s", "RETRY_TIMES=0")
    assert done.returncode == 1 and "DEAD" in done.stdout
    assert newsroom.requests == []


def test_check_of_an_unknown_source_names_those_that_exist(folder):
    done = sources("check", "the-pots", folder=folder)
    assert done.returncode == 2 and "the-post" in done.stderr and done.stdout == ""


def test_ctrl_c_ends_a_check_soon_and_shows_what_is_known(newsroom, tmp_path):
    host = "asleep.localhost"
    newsroom.route(host, "/slow", Answer(200, {}, FEED, delay=30))
    newsroom.route(host, "/rss", Answer(200, {}, FEED.format(url=newsroom.url(host, "/n/12345"))))
    lines = f'site = "{newsroom.url(host)}"\nfeeds = ["{newsroom.url(host, "/rss")}", "{newsroom.url(host, "/slow")}"]'
    (tmp_path / "one.toml").write_text(lines)
    arguments = command("sources", "check", tmp_path / "one.toml", "-s", "FETCH_PRIVATE_ADDRESSES=1")
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 30
        while newsroom.count("/slow") == 0 and time.monotonic() < until:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, talk = process.communicate(timeout=10)
    assert process.returncode == 130, talk
    assert out.count("DEAD") == 1 and "Traceback" not in talk
