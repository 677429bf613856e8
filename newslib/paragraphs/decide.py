"""Decide which paragraphs of an article are repeats, of what, and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

from newslib.article import CopyOf, Of, Repeat
from newslib.paragraphs.normalise import LONG, hash_of, normalise, too_short

STUB = 0.5  # an article of which more than this share was seen elsewhere is a copy: it keeps its text


class Seen(NamedTuple):
    """The first stored occurrence of a paragraph."""

    id: str  # record
    article: str
    paragraph: int
    check: int  # unsigned 32 bits; another value than the paragraph's means another paragraph
    boilerplate: bool = False


@dataclass(slots=True)
class Decision:
    text: str  # kept paragraphs, one blank line between
    repeats: list[Repeat]  # dropped ones, by place
    copy_of: CopyOf | None
    first: list[tuple[int, int, int]]  # (fingerprint, check, paragraph number) that the archive has not seen before
    repeated: list[int]  # fingerprints that other articles had before, dropped or not


def decide(
    paragraphs: Sequence[str],
    own_id: str,
    own_article: str,
    seen: Callable[[list[int]], dict[int, Seen]],
    protected: Set[int] = frozenset(),
    scope: str = "archive",
    minimum: int = LONG,
) -> Decision:
    """Split an article into kept text and repeats; nothing is lost: `newslib.article.full_text` puts it together again.

    `paragraphs` are clean and not empty, in the page's order; `seen` looks fingerprints up in the archive;
    `protected` are numbers of paragraphs that must stay (they alone carry a topic group's evidence); `scope` is
    `archive` or `article` (then `seen` is not asked); `minimum` is the length from which a paragraph can be a repeat.

    Never dropped: the first paragraph, short ones, corrections, protected ones, and what an earlier version of the same
    article had. An article mostly seen elsewhere (more than half of its characters) is a copy: it loses only its own
    repeats and boilerplate. A repeat inside the article counts there as its first occurrence does, so that the share
    of a complete copy is 1.
    """
    normalised = map(normalise, paragraphs)
    prints = {
        n: hash_of(text) for n, text in enumerate(normalised) if len(text) >= minimum or not too_short(text, minimum)
    }
    first: dict[tuple[int, int], int] = {}
    for n, key in prints.items():
        first.setdefault(key, n)
    hits = seen(list({fp for fp, _ in first})) if scope == "archive" and first else {}
    if not hits and len(first) == len(prints):
        return Decision("\n\n".join(paragraphs), [], None, [(fp, check, n) for (fp, check), n in first.items()], [])
    others = {(fp, hit.check): hit for fp, hit in hits.items() if hit.article != own_article}
    again = [(n, key) for n, key in prints.items() if key in others or first[key] != n]

    copied: Counter[str] = Counter()  # characters by the record that had them first
    for n, key in again:
        if key in others and not others[key].boilerplate:
            copied[others[key].id] += len(paragraphs[n])
    share = sum(copied.values()) / max(1, sum(map(len, paragraphs)))

    repeats: list[Repeat] = []
    for n, key in again:
        hit = others.get(key)
        if first[key] != n:
            why, source = "same-article", Of(id=own_id, paragraph=first[key])
        elif hit is None:
            continue
        elif hit.boilerplate:
            why, source = "boilerplate", Of(id=hit.id, paragraph=hit.paragraph)
        elif share <= STUB:
            why, source = "seen", Of(id=hit.id, paragraph=hit.paragraph)
        else:
            continue
        if n != 0 and n not in protected and not is_correction(paragraphs[n]):
            repeats.append(Repeat(at=n, text=paragraphs[n], why=why, of=source))

    dropped = {r["at"] for r in repeats}
    return Decision(
        text="\n\n".join([p for n, p in enumerate(paragraphs) if n not in dropped]),
        repeats=repeats,
        copy_of=CopyOf(id=copied.most_common(1)[0][0], share=round(share, 4)) if share > STUB else None,
        # A fingerprint that stands for another paragraph in the index (the check differs) is nobody's.
        first=[(fp, check, n) for (fp, check), n in first.items() if fp not in hits],
        repeated=list(dict.fromkeys(key[0] for _, key in again if key in others)),
    )


def is_correction(paragraph: str) -> bool:
    """Whether a paragraph begins with a correction label (`Correction:`, `Korrektur vom 3. Mai:`, `[訂正]`), in the
    languages that most outlets write in. Such a paragraph stays wherever it stands: it takes something back."""
    return _CORRECTION.match(paragraph[:_OPENING].casefold()) is not None


_OPENING = 120  # characters looked at
_LABELS = """
correction|corrections|clarification|clarifications|corrigendum|erratum|errata|editor['’]s note|editors['’] note
korrektur|berichtigung|richtigstellung|klarstellung|anmerkung der redaktion|hinweis der redaktion|anm\\. d\\. red
rectificatif|rectification|précision|mise au point|note de la rédaction|ndlr
corrección|correcciones|rectificación|aclaración|fe de erratas|fe de errores|nota de la redacción|nota del editor
correzione|rettifica|errata corrige|precisazione|nota della redazione
correção|correcção|retificação|rectificação|errata|esclarecimento|nota da redação|nota do editor
correctie|rectificatie|verbetering|rättelse|rättelser|korrigering|rettelse|oikaisu|leiðrétting
korekta|sprostowanie|oprava|upřesnění|helyesbítés|pontosítás|erată|rectificare|ispravak|ispravka|popravek|parandus
διόρθωση|исправление|уточнение|поправка|от редакции|виправлення|уточнення|від редакції|поправка
düzeltme|tashih|تصحيح|توضيح|تنويه|اصلاحیه|تصحیح|תיקון|תיקון טעות|הבהרה
सुधार|भूल सुधार|संशोधन|সংশোধনী|แก้ไขข่าว|đính chính|ralat|koreksi
訂正|お詫びと訂正|おことわり|更正|勘误|勘誤|澄清
정정|정정보도|정정문|바로잡습니다|바로 잡습니다|바로잡음|고침|알려왔습니다
"""
# The label is a word of its own and ends in a colon or full stop within its own short phrase, or in a bracket or dash:
# "Correction of 3 May:" is one, "Correctional officers said:" and "Поправка к закону принята" are not.
_CORRECTION = re.compile(
    rf"[\s\[(【〔《<*#■◆▲△▽※\-–—\"'“«]*(?:{_LABELS.strip().replace(chr(10), '|')})(?![^\W\d_\u0f00-\U0003ffff])"
    r"(?:[^.:：!?。]{0,40}[:：.。]|\s*[\])】〕》>(（\-–—]|\s*$|(?<=니다))"
)
