"""Why a request was not made. Each says which outcome its URL gets."""

from scrapy.exceptions import IgnoreRequest


class Refused(IgnoreRequest):
    """A request that this crawler will not make. `outcome` is an outcome of the ledger, or `pending` for later."""

    outcome = "failed"


class BlockedAddress(Refused):
    outcome = "blocked-address"


class BlockedByRobots(Refused):
    outcome = "blocked-by-robots"


class Postponed(Refused):
    """Not now: the host asked for a pause, its robots.txt cannot be read, or the run is stopping."""

    outcome = "pending"


class Paused(Postponed):
    """Just before it was sent: the host has asked for a pause since the request was queued."""
