"""Whether a page's canonical link can name the article that was read: rules on addresses alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newslib.domains import registered_domain_of_host

_PARTS = re.compile(r"https?://([^/?]+)([^?]*)(?:\?(.*))?", re.DOTALL)
_HOST_PREFIX = re.compile(r"(?:(?:www\d?|m|mobile|amp)\.)+")
_LANGUAGES = frozenset(
    re.findall(
        r"\w+",
        "ar bg bn cn cs da de el en es fa fi fr he hi hu id it ja jp ko kr nl no pl pt ro ru sr sv th tr ua vi zh",
    )
)
_EXTENSION = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
# Names that say nothing, as in `/2024/bridge/story.html`.
_GENERIC = frozenset(("index", "default", "story", "article", "view", "read", "detail", "print", "home"))
_LISTS = re.compile(
    r"/(?:search|suche|recherche|buscar|busca|cerca|zoek|arama|szukaj|hledat|poisk|tags?|topics?|category|authors?|login|signin|404|error)(?:/|\.|$)",
    re.IGNORECASE,
)
# An identifier in a path: five digits and more that are no date, or eight letters and digits mixed.
_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_MIXED = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{8,}(?![A-Za-z0-9])")
# A parameter that identifies: by its name, or because its value is a number.
_IDENTIFIES = re.compile(r".*(?:id|idx|idxno|seq|no|num|code|key)|p|n|a|story|article|page|doc", re.IGNORECASE)


@dataclass(slots=True)
class _Address:
    host: str
    path: str  # without a slash at the end
    query: dict[str, str]

    @classmethod
    def of(cls, url: str) -> _Address:
        match = _PARTS.fullmatch(url)
        host, path, query = match.groups() if match else ("", "", None)
        pairs = (part.partition("=") for part in (query or "").split("&") if part)
        return cls(host, path.rstrip("/"), {name: value for name, _, value in pairs})

    @property
    def segments(self) -> list[str]:
        return [s for s in self.path.split("/") if s]

    @property
    def edition(self) -> str | None:
        first = self.segments[0].lower() if self.segments else ""
        return first[:2] if re.split("[-_]", first)[0] in _LANGUAGES else None

    @property
    def identifying(self) -> dict[str, str]:
        return {name: value for name, value in self.query.items() if value.isdigit() or _IDENTIFIES.fullmatch(name)}

    @property
    def ids(self) -> set[str]:
        numbers = {n for n in re.findall(r"\d{5,}", self.path) if not _DATE.fullmatch(n)}
        return numbers | set(_MIXED.findall(self.path)) | set(self.identifying.values())

    @property
    def numbers(self) -> set[int]:
        return {int(n[:30]) for n in re.findall(r"\d+", self.path)}

    @property
    def slug(self) -> str:
        """The last segment that says something, without its ending."""
        named = [_EXTENSION.sub("", s) for s in self.segments]
        return next((s for s in reversed(named) if s.lower() not in _GENERIC), "")

    @property
    def words(self) -> set[str]:
        return {w for w in re.split(r"[^A-Za-z0-9%]+", self.slug.lower()) if w}

    @property
    def is_list(self) -> bool:
        """A front page, the front page of an edition, a search or another list."""
        front = not self.slug or (len(self.segments) == 1 and self.edition is not None)
        searches = any(name.lower() in ("q", "s", "query", "search", "keyword") for name in self.query)
        return (front and not self.identifying) or searches or _LISTS.search(self.path) is not None


def same_article(link: str, page: str) -> bool:
    """Whether `link` can be the address of the article at `page`; both in canonical form.

    - The host is the same outlet's (`www.`, `m.` and desks may differ, language editions not).
    - The link is no front page, search or other list, and no section above the page.
    - One identifier in both and none that contradicts it decides; a slug may change under it.
    - Without one, no number in the paths (date, part, day) may contradict, and half of the words of both slugs are
      shared.
    - A parameter that identifies may only go when the path still tells which article it is.
    """
    one, two = _Address.of(link), _Address.of(page)
    if not _same_outlet(one.host, two.host) or one.is_list or one.edition != two.edition:
        return False
    if any(one.query.get(name, value) != value for name, value in two.query.items()):
        return False
    dropped = set(two.identifying) - set(one.query)
    if "page" in dropped:
        return False
    if one.path == two.path:
        return not dropped or bool(one.ids) or len(one.words) > 2
    if not two.path and len(one.words) > 2 and two.query.get("p"):
        return True  # a WordPress short link
    only_one, only_two = one.ids - two.ids, two.ids - one.ids
    if one.ids & two.ids:
        return not (only_one and only_two)
    if (only_one and only_two) or dropped or (one.numbers - two.numbers and two.numbers - one.numbers):
        return False
    if f"{two.path}/".startswith(f"{one.path}/"):
        return False
    shared = one.words & two.words
    return bool(shared) and 2 * len(shared) >= len(one.words | two.words)


def _same_outlet(one: str, two: str) -> bool:
    if one == two:
        return True
    domain = registered_domain_of_host(two)
    if domain is None or registered_domain_of_host(one) != domain:
        return False
    names = [_HOST_PREFIX.sub("", host).removesuffix(domain).rstrip(".") for host in (one, two)]
    return names[0] == names[1] or not _LANGUAGES & set(names)
