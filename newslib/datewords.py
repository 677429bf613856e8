"""Names of months, halves of the day and time zones, as outlets write them in dates."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

# Stems in some forty languages; the longest that begins a word wins. Three stems are months of two languages: `lis` is
# November (pl, cs; October in hr), `srp` August (cs; July in hr, but `srpanj` and `srpnja`), `kas` November (tr).
_MONTHS = {
    1: "jan yan ian janv jenn jaen gen ene sty led sij tammik saus januar ocak oca янв јан яну студз сiч січ сич "
    "қаң ιαν يناير جانفي ژانویه جنوری ינואר जनवरी जन জানু ม.ค มกร იან հունվ jaan",
    2: "feb fev febr fevr lut unor vel helmik veebr vas sub фев феб лют ақп φεβ فبراير فيفري شباط فوریه فروری "
    "פברואר फरवरी फ़रवरी ফেব্রু ก.พ กุมภ თებ փետ",
    3: "mar maa maerz mac kov brez ozuj мар сак бер нау μαρ مارس آذار اذار مارچ מרץ מרס मार्च মার্চ มี.ค มีน მარ մարտ",
    4: "apr abr avr kwi dub trav huhti bal nis апр кра квіт кві квит сәу απρ ابريل أبريل نيسان أفريل آوریل اپریل "
    "אפריל अप्रैल এপ্রিল เม.ย เมษ აპრ ապր",
    5: "may mai maj mag maig mei kve svib touko geg май мај мая маи трав мам μαι مايو أيار ايار ماي مه مئی מאי "
    "मई মে พ.ค พฤษภ მაი մայ",
    6: "jun juun giu juin iun iyun cze cerv lipanj lipnja kesa birz haz июн јун юни чер чэр мау маус ιουν يونيو يونيه "
    "حزيران جوان ژوئن جون יוני जून জুন มิ.ย มิถุน ივნ հունիս",
    7: "jul juul lug juil iul iyul lip cervenec cervence srpanj srpnja heina liep tem июл јул юли лип ліп шіл ιουλ "
    "يوليو يوليه يوليوز تموز جويلية ژوئیه جولائی יולי जुलाई জুলাই ก.ค กรกฎ ივლ հուլիս",
    8: "aug ago aou aout agu avg avq sie srp kolov elo rugp ogos авг ав серп жні там αυγ أغسطس اغسطس غشت آب أوت "
    "اوت اگست אוגוסט अगस्त আগস্ট অগাস্ট ส.ค สิงห აგვ օգոս",
    9: "sep sen set syys rugs wrz zari ruj eyl sze сен сеп вер қыр σεπ سبتمبر شتنبر أيلول ايلول سپتامبر ستمبر ספטמבר "
    "सितंबर सितम्बर সেপ্টে ก.ย กันย სექ սեպ",
    10: "okt oct out ott loka spal paz rij eki окт жовт кас қаз οκτ أكتوبر اكتوبر اکتبر اکتوبر אוקטובר अक्टूबर "
    "अक्तूबर অক্টো ต.ค ตุล ოქტ հոկ",
    11: "nov noi noe noy lis stud marras lapk kas ноя ное нов лис ліс қар νοε نوفمبر نونبر نوامبر نومبر נובמבר नवंबर "
    "नवम्बर নভে พ.ย พฤศจ ნოე նոյ",
    12: "dec dez dek dic dets des disem joulu gruod gru pros ara дек дец гру снеж жел δεκ ديسمبر دجنبر دسامبر "
    "دسمبر דצמבר दिसंबर दिसम्बर ডিসে ธ.ค ธันว დეკ դեկ",
}

# East of Greenwich. North American names are those of RFC 822, 5; of a name with several meanings the one that news
# agencies use is taken (BST Britain, CST America, IST India).
_ZONES = """
+00:00 utc gmt ut z wet
+01:00 cet mez met bst west wat
+02:00 cest mesz mest eet sast cat
+03:00 eest msk мск trt eat
+04:00 gst samt msd
+05:00 pkt uzt
+05:30 ist
+05:45 npt
+06:00 bdt
+07:00 wib ict
+08:00 wita hkt sgt pht myt awst
+09:00 kst jst wit
+09:30 acst
+10:00 aest vlat
+10:30 acdt
+11:00 aedt
+12:00 nzst
+13:00 nzdt
-02:30 ndt
-03:00 brt art adt
-03:30 nst
-04:00 edt ast clt
-05:00 est cdt cot pet
-06:00 cst mdt
-07:00 mst pdt
-08:00 pst akdt
-09:00 akst
-10:00 hst
"""

ZONES: dict[str, str] = {name: line.split()[0] for line in _ZONES.strip().splitlines() for name in line.split()[1:]}

# Folded, without a dot at the end.
AFTERNOON = frozenset(
    ("pm", "p.m", "μμ", "μ.μ", "오후", "午後", "下午", "晚上", "傍晚", "م", "مساء", "ch", "chieu", "toi", "os")
)
FORENOON = frozenset(
    ("am", "a.m", "πμ", "π.μ", "오전", "午前", "上午", "早上", "凌晨", "ص", "صباحا", "sa", "sang", "oo")
)

_LETTERS = str.maketrans(
    {"ł": "l", "ı": "i", "đ": "d", "ø": "o", "\u2212": "-", "\u2013": "-", "\u200e": None, "\u200f": None}
)

# Forms that become `YEAR @MONTH DAY`, or a month of one word, before anything else is read.
PHRASES: list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]] = [
    (re.compile(r"(令和|平成)\s?(\d{1,2})年"), lambda m: f" {(2018 if m[1] == '令和' else 1988) + int(m[2])} "),
    (re.compile(r"(?<!\d)(\d{1,2})\s?[月월]"), r" @\1 "),
    (re.compile(r"\bthang\s+(\d{1,2})"), r" @\1 "),
    (re.compile(r"(?<!\d)(\d{2})\s?[年년]"), r" 20\1 "),
    (re.compile("كانون الثاني"), "يناير"),
    (re.compile("كانون الاول"), "ديسمبر"),
    (re.compile("تشرين الاول"), "اكتوبر"),
    (re.compile("تشرين الثاني"), "نوفمبر"),
]


def fold(text: str) -> str:
    """Lower case without accents, digits of all scripts as 0-9, white space as single blanks: `Février` is
    `fevrier`."""
    decomposed = unicodedata.normalize("NFKD", " ".join(text.lower().split()))
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)
    if not bare.isascii():
        bare = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in bare)
    return unicodedata.normalize("NFC", bare)


def month(word: str) -> int | None:
    """The number of the month that a folded word names, in any of some forty languages; None when it names none."""
    word = word[1:] if word[0] == "ב" else word  # Hebrew writes "in July" as one word
    return next((_STEMS[word[:n]] for n in range(min(len(word), 12), 1, -1) if word[:n] in _STEMS), None)


_STEMS = {fold(stem): number for number, stems in _MONTHS.items() for stem in stems.split()}
