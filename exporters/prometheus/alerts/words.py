"""Pieces of Prometheus' templates: how an alert names milestones, days, causes and links.

Titles, owners and links are looked up when the message is written instead of being labels: an
alert stays the same alert when somebody renames a milestone. What trackers say is untrusted:
the characters that chat tools and Markdown take for mentions, links and markup are left out, as
are those that nobody sees, and a title stays on its line.
"""

INFO = "milestone:slipwatch_milestone_info:max"

HARMLESS = (
    r'reReplaceAll "[<>@*`|~\\[\\]\\p{Cf}]" "" | reReplaceAll "[\\s\\p{Cc}\\p{Zl}\\p{Zp}]+" " "'
)
"""Takes from a text what chat tools and terminals would obey."""

_ADDRESS = r"^https?://[0-9A-Za-z._~:/?#@!$&'()*+,;=%\\[\\]-]+$"
"""Nothing but the characters that RFC 3986 lets into an address."""

DAY_SHIFT = 10 * 60 * 60 + 1
"""Seconds before the end of a day that are on that day in UTC too, from Hawaii to New Zealand."""

MOST = 10
"""Lines that a list has at most."""


def looked_up(query: str, variable: str, found: str, otherwise: str = "") -> str:
    """Query with a variable in place of ``%q``; ``found`` sees the answer as the dot."""
    instead = f"{{{{ else }}}}{otherwise}" if otherwise else ""
    return f"{{{{ with printf {quoted(query)} {variable} | query }}}}{found}{instead}{{{{ end }}}}"


def quoted(text: str) -> str:
    """Write a text as a string of Go's templates."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def name(variable: str) -> str:
    """Name a milestone by title, id, and who answers for it."""
    title = f'{{{{ . | first | label "title" | {HARMLESS} }}}}'
    owner = f'{{{{ with . | first | label "milestone_owner" | {HARMLESS} }}}}, owner {{{{ . }}}}'
    found = f"{title} ({{{{ {variable} }}}}{owner}{{{{ end }}}})"
    return looked_up(INFO + "{milestone=%q}", variable, found, f"{{{{ {variable} }}}}")


def link(variable: str) -> str:
    """Link to the milestone's page in its tracker, if that is a link at all."""
    address = (
        '{{ with . | first | label "url" }}'
        f'{{{{ if match "{_ADDRESS}" . }}}} {{{{ . }}}}{{{{ end }}}}{{{{ end }}}}'
    )
    return looked_up(INFO + "{milestone=%q}", variable, address)


def day(metric: str, variable: str, more: str = "") -> str:
    """Write the day that a metric of a milestone ends with, as 2027-01-15; ``more`` matchers."""
    return looked_up(
        f"{metric}{{milestone=%q{more}}} - {DAY_SHIFT}",
        variable,
        '{{ (. | first | value | toTime).Format "2006-01-02" }}',
        "an unknown day",
    )


def workdays(value: str = "$value") -> str:
    """Write a number of working days."""
    return (
        f'{{{{ {value} | printf "%.0f" }}}} working day{{{{ if ne ({value}) 1.0 }}}}s{{{{ end }}}}'
    )


def percent(metric: str, variable: str) -> str:
    """Write a share of a milestone as whole percent; what is under one percent says so."""
    return looked_up(
        f"{metric}{{milestone=%q}} * 100",
        variable,
        "{{ with . | first | value }}{{ if lt . 1.0 }}less than 1"
        '{{ else }}{{ . | printf "%.0f" }}{{ end }}{{ else }}less than 1{{ end }} %',
        "unknown",
    )


def cause() -> str:
    """Say what causes it, and along which way, unless it is the milestone's own doing."""
    return (
        "{{ if ne $labels.root_cause $labels.milestone }} Most of it comes from "
        f"{name('$labels.root_cause')}{path('$labels.root_cause', '$labels.milestone')}."
        "{{ end }}"
    )


def path(source: str, target: str) -> str:
    """Say along which milestones a slip travels."""
    return looked_up(
        "slipwatch_slip_path_info{cause=%q,milestone=%q}",
        f"{source} {target}",
        ', by way of {{ . | first | label "path" }}',
    )
