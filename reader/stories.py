"""Which records tell the same story."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def grouped(records: Iterable[tuple[str, str | None]], clusters: Mapping[str, str] | None = None) -> dict[str, str]:
    """Record id -> the key of its group, for records as (id, id of the record that it is a copy of).

    A record and its copies are one group, whatever their versions, and so are the articles of a cluster: `clusters` is
    id of an article -> id of its cluster.
    """
    parent: dict[str, str] = {}

    def root(article: str) -> str:
        while (above := parent.get(article, article)) != article:
            parent[article] = article = parent.get(above, above)  # halves the way of the next
        return article

    def join(one: str, other: str) -> None:
        if (mine := root(one)) != (its := root(other)):
            parent[mine] = its

    keys = {}
    for id, copy_of in records:
        article = keys[id] = id.partition("-")[0]
        if copy_of:
            join(article, copy_of.partition("-")[0])
        if cluster := (clusters or {}).get(article):
            join(article, f"cluster {cluster}")
    return {id: root(article) for id, article in keys.items()}
