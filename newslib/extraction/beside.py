"""What stands beside an article, as its names and its words say: offers, pointers to other stories, tools, captions."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from newslib.dates import parse
from newslib.datewords import ZONES, fold, month

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARTS = re.compile(r"[a-z]+").findall

# Words of class names and ids; one with a star begins with it, two with a plus stand side by side. Those of `_TEXT`
# count on a paragraph or heading too, those of `_BOX` on boxes only: a paragraph of class "paywall" is the article.
_TEXT = """
hiddenattribute related relacionad* newsletter newsletters share sharing comment comments caption* credit credits
copyright byline tag tags taglist keyword keywords breadcrumb breadcrumbs sr+only visuallyhidden visually+hidden
screen+reader timestamp time+stamp date datetime readmore read+more see+also lire+aussi leia advert* anzeige* werbung
sponsor* disclaimer author* no+print noprint"""
_BOX = """
recommend* recirc* empfehl* teaser teasers signup sign+up subscri* sharebar social* sociable comol disqus autor* bio
topic topics nav navi* menu sidebar footer promo* ad ads publicidad* outbrain taboola criteo dfp paywall offer offers
cookie cookies consent gdpr popup pop+up modal overlay tooltip toolbar tool+bar toolbox tools pagination pager rating
gallery slider carousel slideshow embed* widget most+read most+viewed most+popular popular trending trends poll quiz
player video* audio* donat* infobox info+box factbox fact+box cta banner dateline more next prev* ranking latest
weiterlesen meta infinite+scroll infinitescroll nl kicker eyebrow skip* push login register feedback report correlat*
ticker action actions button buttons icon icons follow* logo toc twitter* tweet* instagram* tiktok* reddit+embed
bluesky+embed"""
_LEAD = """
lead leads leadtext lede intro* standfirst dek deck excerpt summary abstract subtitle subhead* sub+head sub+heading
chapo* chapeau perex sommario entradilla bajada ingress zajawka spot teasertext teaser+text description preamble
vorspann"""
_COMMENTS = "comment comments commentlist comol disqus"
OF_TEXT, OF_BOX, OF_LEAD, OF_COMMENTS = 1, 2, 4, 8  # what names say, as bits
_LISTS = {OF_TEXT: _TEXT, OF_BOX: _TEXT + _BOX, OF_LEAD: _LEAD, OF_COMMENTS: _COMMENTS}


def _table(fit: Callable[[str], bool]) -> dict[str, int]:
    """The words of all lists that fit, and what each says."""
    out: dict[str, int] = {}
    for bit, words in _LISTS.items():
        for word in filter(fit, words.split()):
            key = word.strip("*").replace("+", " ")
            out[key] = out.get(key, 0) | bit
    return out


_WORDS = _table(str.isalpha)
_PAIRS = _table(lambda word: "+" in word)
_STEMS = _table(lambda word: word.endswith("*"))


@lru_cache(maxsize=8192)
def says(names: str) -> int:
    """What class and id say of an element, as bits: that a paragraph or heading (OF_TEXT) or a box (OF_BOX) is none of
    the article, that it is the paragraph that opens it above its body (OF_LEAD), that it
    is what readers wrote (OF_COMMENTS)."""
    parts = _PARTS(_CAMEL.sub("-", names).lower())
    bits = 0
    for part in parts:
        bits |= _word(part)
    for a, b in pairwise(parts):
        bits |= _PAIRS.get(f"{a} {b}", 0)
    return bits


@lru_cache(maxsize=8192)
def _word(part: str) -> int:
    bits = _WORDS.get(part, 0)
    for stem, bit in _STEMS.items():
        if part.startswith(stem):
            bits |= bit
    return bits


# What opens a box of links to other stories, in some thirty languages.
_LABEL = re.compile(
    r"^\W*+(?:(?:read|see|watch|learn|listen)\s(?:more|also|next|too|here)|more\s(?:from|on|stories|about|like|news)"
    r"|related\b|recommended|most\s(?:read|popular|viewed)|popular\b|trending|you\s(?:may|might)\s(?:also\s)?like"
    r"|don['’]?t\smiss|latest\s(?:news|stories)|editor['’]?s\spicks?|keep\sreading|in\sother\snews|up\snext|also\sread"
    r"|mehr\s(?:zum|zu|aus|von|über)|lesen\ssie\s(?:auch|mehr)|lies\sauch|auch\sinteressant|das\skönnte\s|passend\s"
    r"|weiterführend\w*|weitere\s(?:artikel|themen|nachrichten|meldungen)|meistgelesen|zum\sthema|verwandte\s|siehe\sauch"
    r"|lesetipps?|empfohlener?\s|(?:à\s)?lire\s(?:aussi|la\ssuite)|à\svoir|voir\saussi|sur\sle\smême\s(?:thème|sujet)"
    r"|articles?\s(?:liés|recommandés|similaires)|le(?:e|er)\s(?:también|más)|te\spuede\sinteresar"
    r"|más\s(?:sobre|información|noticias|en)|noticias?\srelacionad\w*|le(?:ia|r)\s(?:também|mais)|veja\s(?:também|mais)"
    r"|saiba\smais|notícias?\srelacionad\w*|legg?i\sanche|per\sapprofondire|articoli\scorrelati|ti\spotrebbe"
    r"|czytaj\s(?:też|także|więcej|również)|zobacz\s(?:też|także|również)|polecamy|čtěte\s(?:také|více)|související"
    r"|mohlo\sby|číst\sdále|přečtěte|lees\s(?:ook|meer)|meer\sover|les\s(?:også|mer)|läs\s(?:också|mer)"
    r"|læs\s(?:også|mere)|lue\s(?:myös|lisää)|ilgili\s(?:haber|konu)|bunlar[ıi]?\s|читайте\s(?:также|ещ[её]|також)|по\sтеме"
    r"|материалы\sпо|смотрите\sтакже|похожие|ещ[её]\sпо|читати\s|اقرأ\s|إقرأ\s|ذات\sصلة|مواضيع\s|بیشتر\s"
    r"|baca\s(?:juga|selengkapnya)|artikel\sterkait|xem\sthêm|đọc\sthêm|tin\sliên"
    r"|関連(?:記事|ニュース|キーワード|情報|リンク|トピック)?$|あわせて読みたい|おすすめ|.{0,8}の新着$|こんな特集|もっと見る|注目ニュース|新着|ランキング"
    r"|トップニュース|相關|相关|延伸閱讀|延伸阅读|更多|推薦|推荐|熱門|热门|관련\s?(?:기사|뉴스|키워드)|많이\s본|추천|인기\s|더\s?보기)",
    re.I,
)
# What opens an offer, a form to sign in, a question for consent.
_OFFER = re.compile(
    r"\bsubscrib(?:e|ers?)\b|\bsign[\s-]?(?:in|up)\b|\blog[\s-]?in\b|\bregister\b|newsletter"
    r"|create an (?:free )?account|already a member|\babonn|\babo\b|jetzt\s(?:lesen|testen|registrieren)|anmelden"
    r"|registrieren|s['’]abonner|suscr[ií]\w+|suscripci[oó]n|assin(?:e|ante)|abbonat\w*|prenumer\w*|předplat\w*"
    r"|подпис(?:ка|ат|ыв)\w*|підпис\w+|会員(?:限定|登録|記事)|有料(?:会員|記事)|登録すると|購読|订阅|訂閱|登录|구독|회원|abone\s",
    re.I,
)
# Lines that are no sentence of the article: advertisement, tools, credits, sources, clocks.
_LINE = re.compile(
    r"^©.{0,80}$|^\W*+(?:advert(?:isement|orial)?|ads?|anzeige|werbung|reklam[ae]?|publicit[éeàa]|publicidade?|pubblicità"
    r"|реклама"
    r"|広告|广告|廣告|광고|إعلان|sponsored|(?:story|article) continues below.{0,20}|teilen|partager|compartir|condividi"
    r"|share(?:\s(?:this|on|via|article|story)\b.{0,25})?|drucken|print|kommentare?|comments?"
    r"|(?:photo|foto|image|bild|picture|фото)s?\s?(?:credits?|by|von)?\s?[:/©|].{0,80}"
    r"|getty images|reuters|afp|article|artikel|článek|記事|copy link|link copied|follow us.{0,40}|tags?|etiketler"
    r"|download.{0,30}app.{0,30}"
    r"|schlagworte|topics?|themen|close|schließen|fermer|cerrar|gift this article|listen to this.{0,40}|save|bookmark"
    r"|whatsapp|facebook|twitter|linkedin|e-?mail|.{0,60}affiliate[- ]links?\b.{0,150}"
    r"|.{0,30}(?:externe[nr]? (?:inhalt|content)|external content|contenu externe|contenido externo).{0,80}"
    r"|\d+ (?:min(?:ute)?s?|minutos?|minuten)(?: read| lesezeit| de lecture)?|.{0,40}\d+ (?:minute|hour|day)s? ago"
    r"|(?:quelle|source|fuente|fonte|kilde|zdroj|źródło|источник)n?s?\s?[:：].{0,60}"
    r"|\d{1,2}月\d{1,2}日|\d{1,2}[:.h]\d\d(?:\s?(?:uhr|h|[ap]\.?m\.?|[a-z]{3,4}))?)\W*$",
    re.I,
)
# Calls to the reader.
_CALL = re.compile(
    r"^\W*+(?:subscribe (?:now|today|for|to (?:our|the|read|continue))"
    r"|sign (?:up|in) (?:now|here|for (?:our|the|free)|to (?:our|the|read|continue|unlock|comment))"
    r"|register (?:now|for free|to (?:read|continue|unlock|comment))|create an? (?:free )?account"
    r"|follow (?:us|our) |join (?:our|the) .{0,30}(?:newsletter|whatsapp|telegram|channel)"
    r"|download (?:our|the) .{0,20}app|abonnier(?:e|en) (?:sie )?(?:jetzt|den|unser|hier)"
    r"|jetzt .{0,30}(?:abonnieren|anmelden|registrieren)|abonnez-vous|inscrivez-vous|suscr[ií]bete|regístrate|assine )"
    r"|(?:sign(?:ing)? up|subscrib(?:e|ing)) (?:to|for) (?:our|the|your).{0,60}newsletter"
    r"|(?:our|unser\w*|notre|nuestr[ao]) .{0,40}newsletters?|この記事は.{0,20}会員|会員限定記事"
    r"|(?:無料|有料)会員(?:登録|になると|の方)|会員登録すると|(?:立即|点击|點擊|欢迎|歡迎)(?:订阅|訂閱)"
    r"|whatsapp[- ](?:kanal|channel)|telegram[- ]?(?:kanal|channel|канал)",
    re.I,
)
_SHORT, _LABEL_AT_MOST, _DATE_AT_MOST = 200, 60, 90  # characters
_OF_DATES = re.compile(
    r"^(?:publi|updat|modif|post|veröff|ersch|stand$|aktual|actual|atuali|aggiorn|mis$|jour$|à$|le$|il$|um$|uhr$|am$|pm$|on$"
    r"|at$|of$|de$|del$|vom$|kl$|giri|güncel|опубл|обнов|дата$|date$|datum$|fecha$|data$|last$|the$|th$|st$|nd$|rd$"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day$|\w*tag$|h$|입력|수정|更新|公開|年|月|日|時|分|시|분|년|월|일)",
    re.I,
)
SENTENCE_ENDS = (".", "!", "?", "。", "…", "।", "؟", "”", "»", "」")


def opens_box(text: str) -> bool:
    """Whether a first line says that a box of pointers to other stories follows."""
    return len(text) <= _LABEL_AT_MOST and bool(_LABEL.search(text))


def opens_offer(text: str) -> bool:
    """Whether a first line says that an offer follows, a form to sign in or a question for consent."""
    return len(text) <= _LABEL_AT_MOST and bool(_OFFER.search(text))


def of_line(text: str, heading: bool) -> bool:
    """Whether a line is a tool, a credit, a date, a label without its box, or a call to subscribe."""
    if len(text) >= _SHORT:
        return False
    if _LINE.match(text) or _CALL.search(text):
        return True
    if heading or text.endswith(SENTENCE_ENDS):
        return False
    return (len(text) <= 40 and opens_box(text)) or _is_date(text)


def _is_date(text: str) -> bool:
    """Whether a line is nothing but a date, with words that go with one and a word more at most."""
    if len(text) > _DATE_AT_MOST or sum(c.isdigit() for c in text) < 3 or parse(text, day_first=True) is None:
        return False
    words = re.findall(r"[^\W\d_]+", text)
    return sum(not (_OF_DATES.match(w) or month(fold(w)) or fold(w) in ZONES) for w in words) <= 1
