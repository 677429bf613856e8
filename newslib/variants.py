"""What outlets and their partners add to the address of a page: campaigns, sessions, AMP, mobile hosts."""

from __future__ import annotations

import re

from newslib.domains import registered_domain_of_host

# Parameters that say where a reader came from, never which page is meant: those that Firefox, Brave and ClearURLs
# strip, those of the common web statistics and recommenders, and those of outlets' own feeds (`maca` Deutsche Welle,
# `emc` New York Times, `ito` and `ico` Daily Mail, ...).
_TRACKING = re.compile(
    r"(?:utm_|pk_|mtm_|piwik_|matomo_|hsa_|itm_|stm_|oly_|vero_|__hs|_hs|ml_subscriber|trk_|elq|wt[._]|cm_mmc|guce_|__cf_chl_"
    r"|ns_(?:campaign|mchannel|source|linkname|fee)|sc_(?:campaign|channel|cmp|lid)|fb_(?:action|source|ref)|mc_[ce]id$|ref_(?:src|url)"
    r"|soc_(?:src|trk)|at_(?:medium|campaign|custom|creation|format|link|platform|ptr|source)).*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|gad_campaignid|msclkid|yclid|ymclid|ysclid|twclid|ttclid|li_fat_id"
    r"|igshid|igsh|rdt_cid|epik|srsltid|s_cid|s_kwcid|ef_id|wickedid|rb_clickid|mkt_tok|_?openstat|erid|_ga|_gl|_ke|dm_i"
    r"|hsctatracking|xtor|maca|ocid|ncid|icid|intcid|cmp|cmpid|campaign_id|emc|ftag|ftcamp|smid|smtyp|sr_share|guccounter|cvid"
    r"|__twitter_impression|_branch_match_id|dicbo|tblci|spm|wprov|ico|ito|mbid|isappinstalled|amp_js_v|amp_gsa|amp_r|usqp"
    r"|__source|rss_source|feedtype",
    re.IGNORECASE,
)
# Parameters that may name where readers came from; they go only when their value does.
_SOURCE = re.compile(
    r"(?:ref|referr?er|source|src|from|via|rss|partner|medium|campaign|mod|feed|share|tracking|origin|input|lfrom)="
    r"(?:t\.co|rss\w*|(?:feed|atom|twitter|tw|facebook|fb|telegram|tg|whatsapp|vk|instagram|linkedin|reddit|kakao|timeline|"
    r"singlemessage|groupmessage|email|newsletter|social|share|google|flipboard|push|home|homepage)"
    r"(?:[ _.+-]?(?:feed|com|share|button|app|news|[0-9.]+))*)",
    re.IGNORECASE,
)
_VARIANT = re.compile(
    r"_?amp(?:=(?:1|true|yes|on|amp)?)?|(?:outputtype|output)=amp|mobile=(?:1|true|yes|on)", re.IGNORECASE
)
# Session identifiers: by name alone (servlet containers, PHP, ASP, ColdFusion), or when the value of a likely name
# looks like one: PHP makes 22 to 256 letters and digits, commonly 26 or 32 (php.net, session.sid_length). `sid=123` is
# a story.
_SESSION = re.compile(
    r"(?:jsessionid|phpsessid|phpsessionid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken)=.*"
    r"|(?:sid|s|sess|session|sessid|sessionid|session_id|zenid|oscsid)=(?=[a-z-]*[0-9])(?=[0-9-]*[a-z])[0-9a-z-]{26,}",
    re.IGNORECASE,
)
_EXTRAS = (_SOURCE, _VARIANT, _SESSION)
# `;jsessionid=…` of servlet containers, `/(S(…))/` of ASP.NET.
_SESSION_PATH = re.compile(
    r"(?:;|%3B)(?:(?:jsessionid|phpsessid)(?:=|%3D)[^/;?]*|(?:sessionid|sid)(?:=|%3D)[0-9a-z]{16,})|(?<=/)\((?:[A-Z]\([A-Za-z0-9_-]{20,}\))+\)/",
    re.IGNORECASE,
)

# Google's AMP caches; `s/` says https. `/c/` documents, `/v/` the viewer; pictures (`/i/`) are no pages.
_AMP_CACHE = re.compile(
    r"https?://(?:(?:[a-z0-9-]+\.)?cdn\.ampproject\.org/[acvw]/|(?:www\.)?(?:google\.[a-z.]+|bing\.com)/amp/)(s/)?(?=[^/?]+\.[^/?]+)"
)
_AMP_END = re.compile(r"(?<=[^/])(?:/amp/?)+$|\.amp(?=$|\.html?$)", re.IGNORECASE)
# Before two segments. Not the system of the US broadcasters (VOA, RFE/RL), whose pages are at /a/, not at the root.
_AMP_START = re.compile(r"^/amp(?=/[^/]+/[^/])(?!/[^/]+/[0-9]{6,9}\.html$)", re.IGNORECASE)
# Where `/amp` is itself the page: a tag, or an article of a day.
_NOT_AMP = re.compile(
    r"/(?:tags?|topics?|themes?|themen?|temas?|search|categor(?:y|ies)|keywords?|label|authors?|users?|wiki)$"
    r"|/[0-9]{4}(?:/[0-9]{1,2}){0,2}$",
    re.IGNORECASE,
)
_PARAMETERS = re.compile(r"&(?:amp;)*|\?(?=utm_|fbclid=|gclid=)")
_VARIANT_HOST = re.compile(r"(https?://)(?:m|mobile|amp)\.([^/:]+)/")


def strip_query(query: str) -> str:
    """A query without campaign, session, AMP and empty parameters; the order of the others stays. `&amp;`, an ampersand
    that was escaped twice, is one, and so is the second `?` of a campaign that was added without looking."""
    kept = []
    for part in _PARAMETERS.split(query):
        name, _, value = part.partition("=")
        if name + value and not (_TRACKING.fullmatch(name) or any(kind.fullmatch(part) for kind in _EXTRAS)):
            kept.append(part)
    return "&".join(kept)


def fold(url: str) -> str:
    """The page's own address for that of an AMP or mobile variant, or one with a session in its path.

    `url`: absolute, in clean form otherwise. May have to be asked again (an AMP cache of a mobile host).
    """
    cache = _AMP_CACHE.match(url)
    if cache:
        return ("https://" if cache[1] else "http://") + url[cache.end() :]
    variant = _VARIANT_HOST.match(url)
    if variant:
        domain = registered_domain_of_host(variant[2])
        if domain:
            url = f"{variant[1]}{'www.' if domain == variant[2] else ''}{variant[2]}{url[variant.end() - 1 :]}"
    start = url.index("/", url.index("//") + 2)
    path, mark, query = url[start:].partition("?")
    path = _AMP_START.sub("", _SESSION_PATH.sub("", path))
    end = _AMP_END.search(path)
    if end and not _NOT_AMP.search(path, 0, end.start()):
        path = path[: end.start()] + path[end.end() :] + ("/" if end[0].endswith("/") else "")
    return f"{url[:start]}{path or '/'}{mark}{query}"
