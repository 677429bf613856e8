"""Source files: the outlets to read, one or several a file, the user's own in `local/`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newslib.config.codes import wrong_country, wrong_language
from newslib.config.toml import ConfigError, Document, Place, among, files_in, shown

_KEYS = ["id", "name", "site", "language", "country", "tags", "feeds", "sitemaps", "sections", "enabled"]
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass
class Source:
    """An outlet and its ways in (absolute URLs). With no feeds and sitemaps, `site` is asked for them."""

    id: str
    site: str
    name: str | None = None
    language: str | None = None  # BCP 47
    country: str | None = None  # ISO 3166-1 alpha-2, capitals
    tags: list[str] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    enabled: bool = True
    file: Path | None = None


def load_sources(spec: str | None, directory: Path, cwd: Path) -> list[Source]:
    """The sources that `spec` asks for, none twice. Raises ConfigError.

    `spec` None: all enabled ones of `directory` and its `local/`. Else parts with commas between: an id (enabled or
    not), `FILE.toml` relative to `cwd` (its enabled ones), `tag:TAG` (enabled ones that carry it), or a site's URL.
    """
    if spec is None:
        chosen = [source for source in list_sources(directory) if source.enabled]
        if not chosen:
            raise ConfigError('no source is enabled; add a file with a line such as site = "https://…"', directory)
        return chosen
    chosen = []
    for part in filter(None, (part.strip() for part in spec.split(","))):
        chosen += [source for source in _part(part, directory, cwd, chosen) if source not in chosen]
    if not chosen:
        raise ConfigError("sources= is empty; give ids, FILE.toml, tag:TAG or URLs, with commas between")
    first: dict[str, Source] = {}
    for source in chosen:
        if first.setdefault(source.id, source) is not source:
            files = " and ".join(shown(s.file) for s in (first[source.id], source) if s.file)
            raise ConfigError(f"sources= names two sources `{source.id}`{files and ' in '}{files}; leave one out")
    return chosen


def list_sources(directory: Path) -> list[Source]:
    """All sources of a folder, by id, disabled ones too; one in `local/` wins over one of the same id.

    Raises ConfigError."""
    files = files_in(directory, "SOURCES_DIR")
    shipped = _read_all([file for file in files if file.parent == directory])
    local = _read_all([file for file in files if file.parent != directory])
    return sorted({**shipped, **local}.values(), key=lambda s: s.id)


def read_sources(file: Path) -> list[Source]:
    """The sources of one file. Raises ConfigError."""
    return list(_read_all([file]).values())


def source_of_url(url: str, taken: set[str] | None = None) -> Source:
    """A source of which only the site is known; its id is the registered domain, or the host when that is taken."""
    if wrong := _wrong_url(url):
        raise ConfigError(wrong)
    ids = _ids(url)
    return Source(next((id for id in ids if id not in (taken or ())), ids[-1]), url)


def _part(part: str, directory: Path, cwd: Path, chosen: list[Source]) -> list[Source]:
    if "://" in part:
        if any(source.site == part for source in chosen):
            return []
        return [source_of_url(part, {source.id for source in chosen})]
    if part.endswith(".toml"):
        file = cwd / Path(part).expanduser()
        if not file.is_file():
            others = [other.name for other in file.parent.glob("*.toml")]
            raise ConfigError(f"there is no such file; {among(file.name, others, 'beside it are')}", file)
        found = [source for source in read_sources(file) if source.enabled]
        if not found:
            raise ConfigError("no source in it is enabled; take out an `enabled = false`", file)
        return found
    sources = list_sources(directory)
    if part.startswith("tag:"):
        tag = part[4:].strip()
        found = [source for source in sources if source.enabled and tag in source.tags]
        if not found:
            tags = {tag for source in sources if source.enabled for tag in source.tags}
            raise ConfigError(f"no enabled source has the tag `{tag}`; {among(tag, tags)}", directory)
        return found
    by_id = {source.id: source for source in sources}
    if part not in by_id:
        site = f"for a web site write https://{part}, or " if "." in part else ""
        raise ConfigError(f"there is no source `{part}`; {site}{among(part, by_id)}", directory)
    return [by_id[part]]


def _read_all(files: list[Path]) -> dict[str, Source]:
    """Sources by id; an id that is there twice is a mistake."""
    sources: dict[str, Source] = {}
    places: dict[str, str] = {}
    for file in files:
        document = Document(file)
        for place, table in _tables(document):
            source = _source(document, place, table)
            if source.id in sources:
                where = f"the id `{source.id}` is also at {places[source.id]}"
                document.fail((*place, "id" if "id" in table else "site"), f"{where}; give this one another id")
            sources[source.id] = source
            places[source.id] = document.place_of((*place, "id" if "id" in table else "site"))
    return sources


def _tables(document: Document) -> list[tuple[Place, dict[str, Any]]]:
    data = document.data
    if "source" not in data:
        return [((), data)]
    for key in data:
        if key in _KEYS:
            document.fail((key,), f"`{key}` outside of a source; move it below [[source]]")
    document.known_keys((), data, ["source"])
    many = data["source"]
    if not isinstance(many, list) or not all(isinstance(table, dict) for table in many):
        document.fail(("source",), "`source` is no list of sources; write [[source]] with two brackets")
    return [(("source", n), table) for n, table in enumerate(many)]


def _source(document: Document, place: Place, table: dict[str, Any]) -> Source:
    document.known_keys(place, table, _KEYS)
    if "site" not in table:
        document.fail(place, 'a source without `site`; add site = "https://…", its home page')
    site = document.text_at((*place, "site"), table["site"])
    if wrong := _wrong_url(site):
        document.fail((*place, "site"), wrong, value=True)
    texts: dict[str, str] = {}
    for key in ("id", "name"):
        if key in table:
            texts[key] = document.text_at((*place, key), table[key])
    if "id" in texts and not _ID.fullmatch(texts["id"]):
        rule = "use small Latin letters, digits, `.`, `-` and `_`, beginning with a letter or a digit"
        document.fail((*place, "id"), f'"{texts["id"]}" is no id; {rule}', value=True)
    for key, check in (("language", wrong_language), ("country", wrong_country)):
        if key in table:
            texts[key] = document.text_at((*place, key), table[key])
            if wrong := check(texts[key]):
                document.fail((*place, key), wrong, value=True)
    if "country" in texts:
        texts["country"] = texts["country"].upper()
    lists = {
        key: document.texts_at((*place, key), table.get(key, [])) for key in ("tags", "feeds", "sitemaps", "sections")
    }
    for key in ("feeds", "sitemaps", "sections"):
        for n, url in enumerate(lists[key]):
            if wrong := _wrong_url(url):
                document.fail((*place, key, n), wrong)
    enabled = table.get("enabled", True)
    if not isinstance(enabled, bool):
        document.fail((*place, "enabled"), "`enabled` is neither true nor false; write one, without quotes", value=True)
    texts.setdefault("id", _ids(site)[0])
    return Source(site=site, enabled=enabled, file=document.file, **texts, **lists)  # type: ignore[arg-type]


def _wrong_url(url: str) -> str | None:
    """Why this is no URL of a web site, with the fix."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return f'"{url}" is no URL; write one such as https://example.org/'
    if good and not re.search(r"[\s\"<>\\^`{|}]", url):
        return None
    bare = re.fullmatch(r"[\w-]+(\.[\w-]+)+([:/].*)?", url)
    return f'"{url}" is no http(s) URL; write {f"https://{url}" if bare else "one such as https://example.org/"}'


def _ids(url: str) -> list[str]:
    """Ids for a site, the best first: registered domain, host, host and path; a port is kept."""
    from newslib.urls import canonical, registered_domain  # brings the public suffix list

    url = canonical(url) or url  # a name in other letters becomes xn--…
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f"-{parts.port}" if parts.port else ""
    ids = [f"{registered_domain(url) or host}{port}", f"{host}{port}", f"{host}{port}{parts.path}"]
    return [re.sub(r"[^a-z0-9._-]+", "-", id.lower()).strip("-._")[:100] or "site" for id in ids]
