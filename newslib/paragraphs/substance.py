"""What of a text is its substance: not the counters, clocks and advertisements that change with every visit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from newslib.paragraphs.normalise import normalise
from newslib.text import unspaced

LONGEST = 120  # characters of a line that can be cosmetic as a whole
_ENDS = 160  # characters at either end of a paragraph in which such a line may have been glued to it

# The words that such lines are made of, folded; a line is cosmetic when it has no other, and says one of the first
# three kinds, or nothing but a date with a clock.
_COUNTED = """
comment comments share shares view views like likes read reads reader readers reaction reactions repost reposts
retweets upvotes votes kommentar kommentare kommentaren aufrufe geteilt gefällt lesezeit commentaire
commentaires partages vues partager lectures comentario comentarios compartidos vistas lecturas commenti
commento condivisioni visualizzazioni comentário comentários compartilhamentos visualizações reacties gedeeld
weergaven комментарий комментария комментариев комментарии просмотр просмотра просмотров просмотры прочтений
поделились перегляд перегляди переглядів коментарів komentarz komentarze komentarzy wyświetleń udostępnień yorum
paylaşım görüntüleme okunma تعليق تعليقات مشاهدة مشاهدات مشاركة قراءة تعليقا 댓글 조회수 조회 공유 추천 좋아요
コメント 閲覧数 シェア いいね 件 评论 评论数 阅读 阅读数 浏览 浏览量 分享 点赞 次
"""
_STATED = """
updated update updates published publish posted modified edited aktualisiert stand veröffentlicht geändert
zuletzt mis jour publié publiée modifié modifiée actualisé actualizado actualizada actualización publicado
publicada modificado aggiornato aggiornamento pubblicato modificato atualizado atualizada publicação
gepubliceerd bijgewerkt laatste обновлено обновлён обновлен опубликовано изменено оновлено опубліковано
zaktualizowano opublikowano aktualizacja güncellendi güncelleme yayınlanma yayınlandı تحديث نشر نُشر آخر محدث
입력 수정 등록 업데이트 최종수정 기사입력 更新 更新日時 公開 掲載 最終更新 发布 发布时间 发表 更新时间 修改 편집
승인
"""
_ADVERTS = """
advertisement advertisements ad ads advert sponsored promoted anzeige anzeigen werbung gesponsert publicité
annonce sponsorisé publicidad anuncio patrocinado pubblicità sponsorizzato publicidade anúncio advertentie
реклама партнерский материал спонсор reklama reklam sponsorlu إعلان اعلان ممول 광고 広告 スポンサー 广告 推广
廣告 annons annonse mainos
"""
_TIMES = """
second seconds sec minute minutes min mins hour hours hr hrs day days week weeks month months year years ago
just now today yesterday am pm gmt utc est edt cst pst pdt bst cet cest mesz mez msk kst jst ist hkt sgt aest
eastern local time sekunde sekunden minuten stunde stunden tag tagen tage woche wochen monat monaten vor uhr
heute gestern seconde secondes heure heures jour jours semaine semaines mois il y a hier aujourd'hui hace
segundo segundos minuto minutos hora horas día días semana semanas mes meses ayer hoy fa minuti ore ora giorno
giorni ieri oggi há atrás ontem hoje dias geleden uur dagen gisteren vandaag секунд секунды секунду минут минуты
минуту мин час часа часов день дня дней назад вчера сегодня хвилин хвилини години годин тому вчора сьогодні
minut minuty godzin godziny temu wczoraj dziś dakika saat gün önce bugün dün منذ قبل دقيقة دقائق ساعة ساعات يوم
أيام أمس اليوم 초 분 시간 일 전 오전 오후 前 分 時間 時 日 月 年 小时 分钟 天 昨天 今天 午前 午後 上午 下午
"""
_BETWEEN = """
at on of the by in to and last first story article page continues below continue reading this is your a an 's am
um auf den des der die das zum zur de le la les du des à au sur el los las del en al il lo gli alle del o os as
da do às em op het om в на от и w dnia o na 있음 개 の に は 于 於
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(normalise(words).split())


_SAYING = _set(_COUNTED + _STATED + _ADVERTS)
_AGO = _set(
    "ago vor il hace fa há atrás geleden назад тому temu önce منذ قبل 전 前"  # with a number, they make a clock
)
_KNOWN = _SAYING | _set(_TIMES) | _set(_BETWEEN)
_LONGEST_PART = 6  # characters of a word written without spaces
_DIGIT = re.compile(r"\d")
_CLOCK = re.compile(r"\d{1,2}[:.h時]\s?\d{2}")
_WORD = re.compile(r"[^\W\d_]+(?:['\u0300-\u036f\u0590-\u08ff\u0900-\u0dff][^\W\d_]*)*")
_MONTH = re.compile(
    r"(?:jan|feb|fév|mar|mär|apr|avr|abr|may|mai|mag|maj|jun|juin|jui|giu|jul|lug|aug|aoû|ago|sep|set|oct|okt|ott|out|nov|dec|dez|"
    r"déc|dic|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|mon|tue|wed|thu|fri|sat|sun)[^\W\d_]{0,7}"
)
_SEGMENT = re.compile(r"\s[-|·•]\s|[()\[\]|•]|(?<=[.!?。])\s")


def substance(paragraphs: Sequence[str]) -> list[tuple[int, str]]:
    """Number and normalised form of each paragraph, without those that are cosmetic and without cosmetic lines that
    were glued to the beginning or the end of one. Two texts with the same forms tell a reader the same."""
    found = []
    for number, paragraph in enumerate(paragraphs):
        text = _without_ends(normalise(paragraph))
        if text:
            found.append((number, text))
    return found


def is_cosmetic(line: str) -> bool:
    """Whether a line is a counter ("12 comments", "1.2K views", "3 min read"), a clock ("Updated 5 minutes ago",
    "Stand: 3. November 2025, 10:45 Uhr") or an advertisement's label, in the languages that most outlets write in.

    It has no other words than such lines are made of. So a sentence never is.
    """
    return _is_cosmetic(normalise(line))


def _is_cosmetic(text: str) -> bool:
    if not text or len(text) > LONGEST:
        return False
    says = False
    numbered: bool | None = None  # most lines are told by their first word: looked for when it matters
    for found in _WORD.finditer(text):
        for word in _parts(found[0]):
            if word in _SAYING:
                says = True
            elif word not in _KNOWN or word in _AGO:
                if numbered is None:
                    numbered = _DIGIT.search(text) is not None
                if word in _AGO:
                    says = says or numbered
                elif not numbered or not (len(word) == 1 or _MONTH.fullmatch(word)):
                    return False
    return says or _CLOCK.search(text) is not None


def _parts(word: str) -> Iterator[str]:
    """A word; of one that is written without spaces, the longest known parts."""
    while word not in _KNOWN and unspaced(word):
        size = next((n for n in range(_LONGEST_PART, 0, -1) if word[:n] in _KNOWN), len(word))
        yield word[:size]
        word = word[size:]
    if word:
        yield word


def _without_ends(text: str) -> str:
    """A paragraph without the cosmetic lines at its ends; nothing when there is nothing else."""
    if _is_cosmetic(text):
        return ""
    changed = True
    while changed:
        changed = False
        if (cut := _SEGMENT.search(text, 0, _ENDS)) and _is_cosmetic(text[: cut.start()].strip(" .:")):
            text, changed = text[cut.end() :].strip(), True
        cuts = list(_SEGMENT.finditer(text, max(0, len(text) - _ENDS)))
        for cut in reversed(cuts):
            rest = text[cut.end() :].strip(" .:)]")
            if rest:
                if _is_cosmetic(rest):
                    text, changed = text[: cut.start() + cut.group().strip().startswith(tuple(".!?。"))].strip(), True
                break
    return text
