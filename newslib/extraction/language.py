"""The language of a text."""

from __future__ import annotations

import re

from newslib.text import unspaced

SAMPLE = 1000  # characters judged; more costs time and changes nothing
SHORT, SHORT_UNSPACED = 60, 20  # characters under which the page's own statement is believed before the model

# Frequent characters whose simplified and traditional forms differ (each pair the same word).
_HANS = set("这国说们来时个为会对发经产动现关于开战东门问间进还过话让华务应边总统韩军听见岁报亿元记者称议员达导领")
_HANT = set("這國說們來時個為會對發經產動現關於開戰東門問間進還過話讓華務應邊總統韓軍聽見歲報億記稱議員達導領")
_HANS, _HANT = _HANS - _HANT, _HANT - _HANS
_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?(?:$|[-_;,])", re.I)


# Languages that the model takes for each other in running text: among these the page's own word counts.
_NEAR = (
    {"hr", "bs", "sr"}, {"id", "ms"}, {"nb", "nn", "no", "da"}, {"gl", "pt"}, {"zh", "yue", "wuu"}, {"zu", "xh"},
    {"ar", "ary", "arz"}, {"fa", "prs"}, {"uz", "uzs"}, {"es", "ast", "ext"}, {"it", "vec", "lij"}, {"az", "crh", "tr"},
)  # fmt: skip
SURE = 0.9  # probability from which the model overrules the page: templates often name one language for all pages
POSSIBLE = 0.02  # probability that a page's word needs where the model is unsure
_STANDARD = {"yue": "zh", "wuu": "zh", "arz": "ar", "ary": "ar", "hbo": "he", "uzs": "uz", "no": "nb"}


def detect(text: str, hint: str | None = None) -> tuple[str | None, float | None]:
    """(BCP 47 tag, probability) of a text; `hint` is what the page or feed says. It decides, and the probability is
    None, where the text is too short to tell, where the model is unsure and finds it possible, and between near
    relatives. Chinese gets its script by the characters: `zh-Hans` or `zh-Hant`. (None, None) when nothing tells."""
    sample = text[:SAMPLE]
    said = tag(hint)
    if not sample.strip():
        return said, None
    code: str | None
    code, probability = _model().classify(sample)
    score: float | None = round(float(probability), 4)
    if said and code != (plain := said.split("-")[0]):
        unsure = probability < SURE or len(sample) < (SHORT_UNSPACED if unspaced(sample) else SHORT)
        if any({code, plain} <= near for near in _NEAR) or (unsure and _possible(sample, plain)):
            code, score = said, None
    elif code in _STANDARD:
        code = _STANDARD[code]
    if code == "zxx":
        return said, None
    if code and code.startswith("zh"):
        code = chinese(sample) or (said if said and said.startswith("zh") else code)
    return code, score


def _possible(sample: str, code: str) -> bool:
    """Whether the model gives a language any chance."""
    return dict(_model().rank(sample)).get(code, 0.0) >= POSSIBLE


def chinese(text: str) -> str | None:
    """`zh-Hans` or `zh-Hant`; None when the text has no character that tells."""
    hans, hant = sum(c in _HANS for c in text), sum(c in _HANT for c in text)
    return None if hans == hant else "zh-Hans" if hans > hant else "zh-Hant"


def tag(value: str | None) -> str | None:
    """A language tag as pages write it (`ru_RU`, `zh-CN`, `EN`) as BCP 47, without the region; None if it is none."""
    match = _TAG.match((value or "").strip())
    if not match:
        return None
    language, script, region = match.group(1).lower(), match.group(2), (match.group(3) or "").upper()
    if language == "zh":
        if not script:
            script = "Hant" if region in ("TW", "HK", "MO") else "Hans" if region in ("CN", "SG") else None
        return f"zh-{script.title()}" if script else "zh"
    return {"iw": "he", "in": "id", "ji": "yi", "no": "nb"}.get(language, language)


_loaded = None


def _model():  # type: ignore[no-untyped-def]
    global _loaded
    if _loaded is None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        _loaded = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return _loaded
