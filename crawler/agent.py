"""The one name under which this crawler asks."""

from __future__ import annotations

from typing import Any

PRODUCT = "newsarchive"
"""The product token that robots.txt groups are looked up by (RFC 9309, 2.2.1)."""


def user_agent(settings: Any) -> str:
    """USER_AGENT with the CONTACT setting, so that an outlet can reach whoever runs this."""
    contact = settings.get("CONTACT")
    return f"{settings['USER_AGENT']} (+{contact})" if contact else settings["USER_AGENT"]
