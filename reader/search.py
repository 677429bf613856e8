"""Search: a query and filters in, hits with the place where the words stand out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import tantivy

from newslib import Archive
from newslib.article import Article
from newslib.topics.fold import fold
from reader.errors import QueryError, ReaderError
from reader.filters import Filters, check, window
from reader.index import Index, Say, is_fault
from reader.query import AllOf, AnyOf, Everything, Node, Not, Words, parse, positive
from reader.words import finder, wanted, whole

Query, Occur = tantivy.Query, tantivy.Occur
Piece = tuple[str, bool]  # a piece of text, and whether it is what was looked for

SORTS = ("newest", "best")
MOST = 10_000  # hits of one search
FACETS = {"language": "language", "site": "outlet", "month": "month"}
_TITLE = 2.0  # how much more a word in the title counts when the best come first
_AROUND = 200  # characters of a snippet
_LOOK = 200_000  # characters of a text in which a snippet is looked for
_SPOTS = 500  # places in it


@dataclass(slots=True)
class Hit:
    article: Article
    title: list[Piece]
    snippet: list[Piece]


@dataclass(slots=True)
class Found:
    total: int
    hits: list[Hit]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)  # language | site | month -> value -> articles


class Search:
    """Searches of an archive: the newest version of each article, as committed when a search starts.

        with Archive("archive") as archive, Search(archive) as search:
            for hit in search("kim putin", Filters(language="ru"), sort="best").hits:
                print(hit.article.title)

    `say` takes sentences for people (the index is made anew …); `rebuild` makes it anew. Raises SearchIndexError.
    """

    def __init__(self, archive: Archive, say: Say | None = None, rebuild: bool = False) -> None:
        self._archive = archive
        self._index = Index(archive, say, rebuild)

    def close(self) -> None:
        self._index.close()

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(
        self, query: str, filters: Filters | None = None, sort: str = "newest", limit: int = 10, facets: bool = False
    ) -> Found:
        """Raises QueryError (docs/reading.md describes the language), ReaderError for other mistakes."""
        if sort not in SORTS or not 0 <= limit <= MOST:
            raise ReaderError(f"sort is newest or best, limit a number up to {MOST}; not {sort!r}, {limit}")
        check(self._archive, filters or Filters())
        tree = parse(query)
        try:
            return self._found(tree, filters, sort, limit, facets)
        except BaseException as error:  # a panic of the engine is no Exception
            if not is_fault(error):
                raise
            if "invalid argument" in str(error):
                raise QueryError(query, 1, f"too wide to be looked up ({error}); write longer words") from None
        self._index.remake("it is damaged")
        return self._found(tree, filters, sort, limit, facets)

    def _found(self, tree: Node, filters: Filters | None, sort: str, limit: int, facets: bool) -> Found:
        searcher, schema = self._index.refresh(), self._index.schema
        compiled = _filtered(schema, _compiled(schema, tree, sort == "best"), filters)
        if sort == "best":
            result = searcher.search(compiled, limit=max(limit, 1))
        else:
            result = searcher.search(compiled, limit=max(limit, 1), order_by_field="date")
        counts = _facets(searcher, compiled) if facets else {}
        words = _Shown(tree)
        hits = []
        for _, address in result.hits[:limit]:
            article = self._archive.article(searcher.doc(address)["id"][0])
            if article is not None:  # else it was taken down a moment ago
                hits.append(Hit(article, _marked(article.title or "", words), _snippet(article, words)))
        return Found(result.count, hits, counts)  # type: ignore[attr-defined]


def _compiled(schema: tantivy.Schema, node: Node, ranked: bool) -> tantivy.Query:
    """`ranked`: words in the title count more, which takes a little longer."""
    if isinstance(node, Words):
        if node.field == "site":
            return Query.term_query(schema, "site", node.text, "basic")
        inner = _leaf(schema, node.field or "text", node)
        if node.field or not ranked:
            return inner
        title = Query.boost_query(_leaf(schema, "title", node), _TITLE)
        return Query.boolean_query([(Occur.Must, inner), (Occur.Should, title)])
    if isinstance(node, AnyOf):
        return Query.boolean_query([(Occur.Should, _compiled(schema, part, ranked)) for part in node.parts])
    if isinstance(node, Everything):
        return Query.all_query()
    parts = node.parts if isinstance(node, AllOf) else (node,)
    clauses = [
        (Occur.MustNot, _compiled(schema, part.part, False))
        if isinstance(part, Not)
        else (Occur.Must, _compiled(schema, part, ranked))
        for part in parts
    ]
    if all(isinstance(part, Not) for part in parts):
        clauses.append((Occur.Must, Query.all_query()))
    return Query.boolean_query(clauses)


def _leaf(schema: tantivy.Schema, name: str, leaf: Words) -> tantivy.Query:
    """Words in a row in one field. What is indexed holds letters, digits and marks alone, so nothing is escaped."""
    words, is_open = wanted(leaf.text)
    rest = ".?" if is_open else ".*" if leaf.stem and len(words[-1]) != 2 * is_open else ""
    if len(words) == 1:
        if rest:
            return Query.regex_query(schema, name, words[0] + rest)
        return Query.term_query(schema, name, words[0], "freq")
    if rest:
        return Query.regex_phrase_query(schema, name, [*words[:-1], words[-1] + rest])
    return Query.phrase_query(schema, name, list(words))


def _filtered(schema: tantivy.Schema, query: tantivy.Query, filters: Filters | None) -> tantivy.Query:
    if filters is None or filters == Filters():
        return query
    clauses = [(Occur.Must, query)]
    if filters.topic:
        clauses.append((Occur.Must, Query.term_query(schema, "topic", filters.topic, "basic")))
    if filters.site:
        clauses.append((Occur.Must, Query.term_query(schema, "site", filters.site.lower(), "basic")))
    if filters.language:
        clauses.append((Occur.Must, Query.term_query(schema, "spoken", filters.language.lower(), "basic")))
    lower, upper = window(filters)
    if lower is not None or upper is not None:
        between = Query.range_query(schema, "date", tantivy.FieldType.Integer, lower, upper)
        clauses.append((Occur.Must, between))
    return Query.boolean_query([(occur, each if n == 0 else Query.const_score_query(each, 0.0))
                                for n, (occur, each) in enumerate(clauses)])  # fmt: skip


def _facets(searcher: tantivy.Searcher, query: tantivy.Query) -> dict[str, dict[str, int]]:
    asked = {name: {"terms": {"field": column, "size": 1000}} for name, column in FACETS.items()}
    answer = searcher.aggregate(query, asked)
    counts = {
        name: {bucket["key"]: bucket["doc_count"] for bucket in answer[name]["buckets"] if bucket["key"]}
        for name in FACETS
    }
    counts["month"] = dict(sorted(counts["month"].items(), reverse=True))
    return counts


# --- what is shown of a hit


class _Shown:
    """Finds the words of a query in a text."""

    def __init__(self, tree: Node) -> None:
        words = [words for words in dict.fromkeys(positive(tree)) if words.field in (None, "title")]
        self._words = sorted(words, key=lambda words: -len(words.text))  # the longest that begins at a place
        self._find = re.compile("|".join(f"({finder(words.text)})" for words in self._words) or "(?!)").finditer

    def spots(self, text: str) -> list[tuple[int, int, int]]:
        """Where they stand: start, end, which of them."""
        folded = fold(text[:_LOOK])
        spots = []
        for match in self._find(folded.text):
            which = (match.lastindex or 1) - 1
            end = whole(folded.text, match.start(), match.end(), self._words[which].stem)
            if end is not None:
                spots.append((*folded.span(match.start(), end), which))
            if len(spots) >= _SPOTS:
                break
        return spots


def _marked(text: str, words: _Shown) -> list[Piece]:
    """A text in pieces, with what was looked for marked."""
    return _pieces(text, 0, len(text), [(a, b) for a, b, _ in words.spots(text)])


def _snippet(article: Article, words: _Shown) -> list[Piece]:
    """The part of the text (else of the description) with the most of the words, else its beginning."""
    text, spots = "", []
    for text in (article.full_text, article.description or ""):
        if spots := words.spots(text):
            break
    else:
        text = article.full_text or article.description or ""
    best, most = 0, (0, 0)
    first = 0
    for last, (_, end, _) in enumerate(spots):
        while end - spots[first][0] > _AROUND * 3 // 4 and first < last:
            first += 1
        window = spots[first : last + 1]
        size = len({which for _, _, which in window}), len(window)
        if size > most:
            best, most = first, size
    start = max(0, min(spots[best][0] - _AROUND // 4, len(text) - _AROUND)) if spots else 0
    end = min(len(text), start + _AROUND)
    start, end = _at_word(text, start, -1), _at_word(text, end, 1)
    pieces = _pieces(text, start, end, [(a, b) for a, b, _ in spots if a >= start and b <= end])
    return [("…", False)] * (start > 0) + pieces + [("…", False)] * (end < len(text))


def _at_word(text: str, at: int, way: int) -> int:
    """The next place without a letter on one of its sides, up to 20 characters away."""
    for step in range(20):
        place = at + way * step
        if place <= 0 or place >= len(text) or text[place - 1].isspace() or text[place].isspace():
            return max(0, min(place, len(text)))
    return at


def _pieces(text: str, start: int, end: int, spots: list[tuple[int, int]]) -> list[Piece]:
    pieces: list[Piece] = []
    at = start
    for a, b in spots:
        if a >= at:
            pieces += [(text[at:a], False), (text[a:b], True)]
            at = b
    pieces.append((text[at:end], False))
    return [(re.sub(r"\s", " ", piece), marked) for piece, marked in pieces if piece]
