"""Whether a page is an article at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import etree

from newslib.extraction.parse import text_of
from newslib.text import unspaced

ENOUGH, LITTLE = 60, 600  # characters: about one sentence; about a paragraph or two
UNSPACED = 0.4  # of that for scripts without spaces, whose characters say two or three times as much

_NOT_FOUND = re.compile(
    r"(?<!\d)404(?!\d)|not[ -]found|page (?:no longer|does ?n[o']t) exist|"
    r"(?:page|article|story) (?:is )?(?:not available|unavailable)|nicht gefunden|existiert nicht|"
    r"nicht (?:mehr )?verfügbar|introuvable|non trouvée|n['’]existe (?:pas|plus)|"
    r"no (?:se )?(?:ha )?(?:sido )?encontrad[ao]|página no existe|no encontramos|non trovat[ao]|"
    r"pagina inesistente|não (?:foi )?encontrad[ao]|página não existe|niet gevonden|bestaat niet|"
    r"nie znalezion|nie istnieje|nenalezen|не найден|не существует|не знайден|не існує|не е намерен|"
    r"hittades inte|finns inte|ikke funnet|ikke fundet|blev ikke fundet|ei löyt|nem található|"
    r"nu a fost găsit|bulunamadı|غير موجود|لم يتم العثور|یافت نشد|לא נמצא|tidak ditemukan|"
    r"không tìm thấy|ไม่พบ|見つかりません|存在しません|不存在|找不到|未找到|已被?删除|"
    r"찾을 수 없|존재하지 않|없는 페이지|"
    r"삭제된 (?:기사|페이지)",
    re.I,
)
_WALL = re.compile(
    r"(?:enable|activate|turn on) (?:javascript|cookies)|"
    r"javascript (?:is|must be|has been) (?:disabled|enabled|required)|"
    r"checking (?:if the site connection is secure|your browser)|just a moment|"
    r"verify(?:ing)? (?:that )?you(?:'re| are) (?:a )?(?:human|not)|are you (?:a )?(?:human|robot)|"
    r"not a robot|unusual (?:traffic|activity)|captcha|access (?:to this page has been )?denied|"
    r"attention required|request (?:unsuccessful|blocked)|you have been blocked|ddos protection|"
    r"security check|ray id|before you continue|we value your privacy|accept (?:all )?cookies|"
    r"(?:log|sign) in to (?:continue|read)|subscribe to (?:continue|read)|javascript aktivieren|"
    r"bitte aktivieren sie javascript|sind sie ein mensch|zugriff verweigert|"
    r"datenschutzeinstellungen|activez javascript|activer javascript|accès (?:refusé|interdit)|"
    r"active javascript|habilit[ea] javascript|acceso denegado|abilita javascript|accesso negato|"
    r"ative o javascript|acesso negado|включите javascript|доступ (?:ограничен|запрещ)|"
    r"проверка браузера|увімкніть javascript|włącz (?:obsługę )?javascript|javascript(?:を|가|을)|"
    r"자바스크립트|アクセスが拒否|启用javascript|安全验证|人机验证|访问被拒绝",
    re.I,
)
# What stands where the rest of a paid text would.
_PAID = re.compile(
    r"to (?:continue|keep) reading|continue reading with|subscribers? only|"
    r"(?:only|reserved|exclusive(?:ly)?) (?:for|to) "
    r"(?:our )?(?:subscribers|members)|unlock (?:this|the full) (?:article|story)|"
    r"read the (?:full|rest of) (?:the |this )?(?:article|story) (?:with|for)|"
    r"diesen artikel weiterlesen|(?:nur|exklusiv) für (?:\w+ )?(?:abonnent|mitglied)|"
    r"weiterlesen mit |réservée?s? (?:à nos|aux) abonnés|il vous reste \d+|(?:solo|exclusiv[oa]) para suscriptores|"
    r"exclusivo para assinantes|(?:riservat|esclusiv)\w+ (?:agli|per gli) abbonati|pozostało \d+ ?%|tylko dla prenumer|"
    r"pouze pro předplatitele|alleen voor (?:abonnees|leden)|(?:kun )?for abonnenter|endast för prenumeranter|"
    r"(?:только )?для подписчиков|доступ\w+ (?:только )?подписчикам|лише для передплатників|abonelere özel|"
    r"للمشتركين فقط|"
    r"会員限定|有料(?:記事|会員)|残り[\s：:]*\d+文字|"
    r"續看全文|付[費费](?:會員|会员)(?:限定|專享|专享)|訂閱會員限定|유료\s?회원|구독자\s?전용|회원\s?전용",
    re.I,
)
_SHOWN = 3000  # characters of the page that are searched for the words of a wall


def outcome(tree: etree._Element, title: str | None, text: str) -> tuple[str | None, str | None]:
    """(outcome, reason) of a pruned page with this title and article text; (None, None) for an article. A page with
    little text is a `soft-404` when its title says that nothing was found, `blocked` when it is a challenge, consent or
    login wall, and `empty` under about one sentence."""
    scale = UNSPACED if unspaced(text) else 1.0
    if len(text) < LITTLE * scale:
        heading = " ".join(filter(None, (title, *(text_of(h) for h in tree.iter("h1")))))[:500]
        if found := _NOT_FOUND.search(heading):
            return "soft-404", f"the heading says “{found.group()}”"
        # The banner of a consent tool stands on real pages too: beside a text of its own it does not count.
        shown = text if len(text) >= ENOUGH * scale else text_of(tree)[:_SHOWN]
        if found := _WALL.search(f"{heading} {shown}"):
            return "blocked", f"the page says “{found.group()}”"
    if len(text) < ENOUGH * scale:
        return "empty", f"{len(text)} characters of text" if text else "no text"
    return None, None


def paid_for(lines: Iterable[str]) -> bool:
    """Whether lines of a page say that the rest of its text is paid for."""
    return any(_PAID.search(line) for line in lines)
