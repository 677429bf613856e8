"""Codes of languages and countries: the two-letter ones that exist, and those that people mix up."""

from __future__ import annotations

import re

# ISO 639-1, with `sh`, which older pages still use.
_LANGUAGES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee "
    "el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is "
    "it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms "
    "mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si "
    "sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh "
    "yi yo za zh zu"
)
LANGUAGES = frozenset(_LANGUAGES.split())
# ISO 3166-1 alpha-2, with XK, which is user-assigned and in common use.
_COUNTRIES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
COUNTRIES = frozenset(_COUNTRIES.split())
_LANGUAGE_MEANT = {"jp": "ja", "cn": "zh", "ua": "uk", "cz": "cs", "gr": "el", "dk": "da", "se": "sv", "vn": "vi",
                   "in": "hi", "il": "he", "ir": "fa", "rs": "sr", "kp": "ko", "us": "en", "gb": "en", "br": "pt",
                   "by": "be", "am": "hy", "iw": "he", "ge": "ka"}  # fmt: skip
_COUNTRY_MEANT = {"UK": "GB", "EN": "GB", "JA": "JP", "KO": "KR", "ZH": "CN", "UKR": "UA", "EL": "GR", "EU": "BE"}
_TAG = re.compile(r"([A-Za-z]{2,3})((?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|\d{3}))?)")


def wrong_language(code: str) -> str | None:
    """Why this is no BCP 47 language code, with the fix; None when it is one (`en`, `zh-Hans`, `pt-BR`)."""
    found = _TAG.fullmatch(code)
    first = found[1].lower() if found else ""
    if found and (len(first) == 3 or first in LANGUAGES):
        return None
    meant = _LANGUAGE_MEANT.get(code.lower())
    hint = f"did you mean {meant}?" if meant else "write an ISO 639 code such as en, ko or zh-Hant"
    return f'"{code}" is no language code; {hint}'


def wrong_country(code: str) -> str | None:
    """Why this is no ISO 3166-1 country code, with the fix; None when it is one."""
    if code.upper() in COUNTRIES:
        return None
    meant = _COUNTRY_MEANT.get(code.upper())
    hint = f"did you mean {meant}?" if meant else "write two letters of ISO 3166-1 such as KR, RU or US"
    return f'"{code}" is no country code; {hint}'
