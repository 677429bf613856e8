"""Which story an article belongs to: copies of copies are one story, whose id outlives new members and mergers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from newslib.copies.compare import SYNDICATED, Relation


@dataclass(slots=True)
class Joined:
    """What becomes of stories when an article comes in."""

    story: str | None  # the story it belongs to; None: it is nobody's copy
    members: list[str] = field(default_factory=list)  # articles that are new in that story
    merged: list[str] = field(default_factory=list)  # stories that are that one from now on


def join(
    article: str,
    relations: Mapping[str, Relation],
    stories: Mapping[str, str],
    age: Mapping[str, int],
    within: Callable[[str, Sequence[str]], bool] = lambda other, others: False,
) -> Joined:
    """Find the story of an article.

    `relations`: earlier article -> what this one has in common with it. `stories`: the story of each of these articles
    that has one. `age`: number in commit order of each article, and of each story's founder. `within`: whether half of
    an article stands in one of others. A story is named after the article that founded it, the first stored of its
    first members: `s` for `a`.

    It is of one story with all that hold at least half of it, and with what they and it hold half of. When none holds
    so much, with the one that it holds most of. A piece that embeds two others so joins one story, and does not make
    one of two.
    """
    near = {other: r for other, r in relations.items() if r.kind != "related"}
    others = [other for other, r in near.items() if r.share >= SYNDICATED]
    if others:
        others += [other for other in near if other not in others and within(other, others)]
    else:
        others = sorted(near, key=lambda other: (-near[other].back, age[other]))[:1]
    if not others:
        return Joined(stories.get(article))
    together = [article, *others]
    known = sorted({stories[each] for each in together if each in stories}, key=age.__getitem__)
    story = known[0] if known else "s" + min(together, key=age.__getitem__)[1:]
    return Joined(story, [each for each in together if each not in stories], known[1:])
