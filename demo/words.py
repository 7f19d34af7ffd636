"""Titles of tickets, believable enough to read; a few are hostile, as titles can be."""

import random

_VERBS = ("Add", "Support", "Validate", "Log", "Cache", "Retry", "Migrate", "Document", "Measure")
_THINGS = {
    "payments": (
        "3-D Secure challenge",
        "refund by line item",
        "SEPA mandate",
        "currency rounding",
        "payment webhook",
        "fraud score",
        "settlement report",
        "gift card balance",
    ),
    "web": (
        "cart drawer",
        "address autocomplete",
        "guest checkout",
        "voucher field",
        "empty cart page",
        "delivery slots",
        "price breakdown",
        "accessibility labels",
    ),
    "mobile": (
        "wallet button",
        "biometric login",
        "offline cart",
        "push notification",
        "deep link",
        "order tracking",
        "dark mode",
        "crash report",
    ),
    "identity": (
        "session token",
        "password reset",
        "device binding",
        "consent screen",
        "key rotation",
        "audit trail",
        "login throttling",
        "account merge",
    ),
    "api": (
        "order endpoint",
        "idempotency key",
        "rate limit",
        "pagination",
        "error format",
        "schema version",
        "webhook signature",
        "client token",
    ),
}
_DETAILS = ("for guests", "in staging", "per country", "on retry", "for large orders", "in v2")
_HOSTILE = (
    '<script>alert("cart")</script> in the cart title',
    "Totals | taxes | **bold** and `code` in a table",
    "Quote \"double\", 'single', \\backslash\\ and a {brace}",
    "Bell \x07 and escape \x1b[31m in a log line",
    "Right-to-left \u202egnp.eciovni\u202c in a file name",
    "[Click here](javascript:alert(1)) to see the fee",
)
_HOSTILE_SHARE = 0.012


def title(team: str, rng: random.Random) -> str:
    """Make up a title for a team's ticket."""
    verb, thing, detail = rng.choice(_VERBS), rng.choice(_THINGS[team]), rng.choice(_DETAILS)
    if rng.random() < _HOSTILE_SHARE:
        return rng.choice(_HOSTILE)
    return f"{verb} {thing} {detail}"
