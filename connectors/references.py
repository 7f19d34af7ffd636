"""Dependencies that people state in prose: "blocked by PAY-3", "depends on acme/api#7"."""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

NOT_PROJECTS = (
    "AES|COVID|CVE|CWE|ECMA|ES|FIPS|GHSA|GMT|GPT|HTTP|HTTPS|IEC|IEEE|IPV|ISO|JDK|JSR|MD|MP|PEP|PHP"
    "|RFC|RHEL|RSA|SHA|SSL|TLS|UCS|USB|UTC|UTF|WCAG|WPA"
)
"""What is written like a Jira key but names a standard: UTF-8, SHA-256, ISO-8601, CVE-2024-1234."""

MAX_LENGTH = 200_000
"""What is read of one text; GitHub stores 65,536 characters, Jira by default 32,767."""

MAX_REFERENCES = 200
"""More from one text is no statement about work; it bounds what one hostile text can store."""

_UPSTREAM = (
    r"(?:blocked|waiting|waits)[ \t]+on|blocked[ \t]+by|(?:depends|dependent|depending)[ \t]+on"
    r"|requires|wait(?:ing|s)[ \t]+for|needs|after"
)
_DOWNSTREAM = r"(?:un)?blocks|blocking|(?:required|needed)[ \t]+by"
# Every repetition is bounded or anchored where the last match ended, so that time stays linear.
_PHRASE = re.compile(
    rf"(?<![\w-])(?:(?P<upstream>{_UPSTREAM})|(?P<downstream>{_DOWNSTREAM}))(?![\w-])",
    re.IGNORECASE,
)
_KEY = (
    rf"(?<![\w-])(?!(?:{NOT_PROJECTS})-)[A-Z][A-Z0-9_]{{1,31}}-[1-9][0-9]{{0,9}}(?!\w|-\w|\.[0-9])"
)
_REPOSITORY = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}"
# GitLab's groups lie in one another, at most twenty deep.
_PROJECT = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){1,20}"
_GROUP = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}(?:/[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}){0,20}"
_NUMBER = r"[1-9][0-9]{0,9}(?!\w)"
_REFERENCE = re.compile(
    r"(?P<url>https?://[^\s<>()\[\]|\"'`*]{1,2000})"
    rf"|(?P<full>{_PROJECT}#{_NUMBER}|{_GROUP}&{_NUMBER})"
    rf"|(?:#|\bGH-)(?P<number>{_NUMBER})"
    rf"|(?P<key>{_KEY})"
)
_GITHUB_URL = re.compile(
    rf"https?://[^/]+/(?P<repository>{_REPOSITORY})/(?:issues|pull)/(?P<number>{_NUMBER})"
)
_GITLAB_URL = re.compile(
    rf"https?://[^/]+/(?:(?P<project>{_PROJECT}?)/-/(?:issues|work_items)"
    rf"|groups/(?P<group>{_GROUP}?)/-/epics)/(?P<number>{_NUMBER})"
)
_JIRA_URL = re.compile(
    rf"https?://[^/]+/(?:[^?#]*/browse/|browse/|[^?#]*\?(?:[^#]*&)?selectedIssue=)(?P<key>{_KEY})"
)
_MARKS = tuple((mark, re.compile(f"{mark}[1-9]").search) for mark in "-#&")
"""One of these, or an address, is in every text that names another item; most texts name none,
and are not read further.

Apart, each begins with a letter that the engine skips to, in a tenth of the time of them in
one expression; and whether a text has that letter is known in a tenth of that.
"""

_LEAD = re.compile(
    r"[\s:*_~`'\"(<|\-]{0,12}"
    r"(?:(?:the|an?|both|either|on|open|merging|completion|of|jira|github|issues?|tickets?|epics?|story"
    r"|stories|tasks?|bugs?|prs?|pull requests?|items?)\b[\s:*_`'\"(]{1,8}){0,3}",
    re.IGNORECASE,
)
_LINK_TEXT = re.compile(r"\[(?P<text>[^\[\]|\n]{0,300})(?:\]\(|\|)(?=https?://)")
_TAIL = re.compile(
    r"(?:\|[^\]\n]{0,2000}\]|\]\([^)\n]{0,2000}\)|[*_~`'\")\]>]){0,4}(?:[ \t]*\([^()\n]{0,120}\))?"
)
_SEPARATOR = re.compile(
    r"(?:[ \t]*(?:[,;&+]|\band\b|\bplus\b|\bor\b)){1,2}[ \t]*|[ \t]+", re.IGNORECASE
)
_NEGATION = re.compile(
    r"(?:\b(?:not|never|no longer|without|cannot be)|n['’]t(?: be)?)\s+(?:\w+\s+)?$", re.IGNORECASE
)
_OTHER_SUBJECT = re.compile(
    rf"(?:\b(?:which|that|who)|(?P<subject>(?-i:{_KEY})|(?:{_REPOSITORY})?#{_NUMBER}))\s+"
    r"(?:(?:is|are|was|were|has been|still|also|currently)\s+){0,2}$",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[ \t]{0,40}(?:[-*+]|[0-9]{1,4}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_HEADING_LEAD = re.compile(r"[\s#*_\-]{0,40}(?:(?:h[1-6]\.|this|is|it)\s+){0,3}", re.IGNORECASE)
_HEADING_END = re.compile(r"[\s:*_#]*$")
_MARKDOWN_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
_WIKI_BLOCK = re.compile(r"\{(?P<name>code|noformat|quote)(?::[^}\n]{0,200})?\}")
_QUOTED = re.compile(r" {0,3}>|\s{0,3}bq\. ")


@dataclass(frozen=True, slots=True)
class Reference:
    """Another item that a text says its own item depends on, or is needed by.

    ``key`` is ``PAY-3``, ``acme/api#7`` or ``acme&3``; ``upstream`` is true where the other comes
    first; ``phrase`` holds the words that said so, in lower case.
    """

    key: str
    upstream: bool
    phrase: str


def dependency_phrases(
    text: str | None, *, own_repository: str | None = None, own_key: str | None = None
) -> tuple[Reference, ...]:
    """Find the items that a title or description states a dependency on.

    Understood are Jira keys and browse links, ``owner/repo#7``, GitHub issue and pull request
    links, GitLab's ``group/project#7``, ``group&3`` and their links, and ``#7`` of
    ``own_repository``; several in a row, and lists under a line such as
    "Blocked by:". A mention without such a phrase says nothing of direction and is no
    dependency. Left out: code blocks, quotations, comments, negations ("no longer blocked
    by"), statements about another item ("PAY-1 blocks PAY-2", unless PAY-1 is ``own_key``)
    and what ``NOT_PROJECTS`` lists. At most ``MAX_REFERENCES`` of the first ``MAX_LENGTH``
    characters, in order, without repeats; the time taken is linear in the length.
    """
    text = (text or "")[:MAX_LENGTH]
    if not _may_refer(text):
        return ()
    found: dict[tuple[str, bool], Reference] = {}
    heading: tuple[bool, str] | None = None
    for line in _prose(text):
        if heading is not None and line.strip():
            bullet = _BULLET.match(line)
            keys = _list_at(line, 0 if bullet is None else bullet.end(), own_repository)
            for key in keys:
                found.setdefault((key, heading[0]), Reference(key, *heading))
            if bullet is None and not keys:
                heading = None
        for phrase in _PHRASE.finditer(line):
            keys = _list_at(line, phrase.end(), own_repository)
            is_heading = not keys and _is_heading(line, phrase)
            if not (keys or is_heading) or not _is_about_this_item(line, phrase.start(), own_key):
                continue
            stated = (phrase["upstream"] is not None, " ".join(phrase[0].lower().split()))
            for key in keys:
                found.setdefault((key, stated[0]), Reference(key, *stated))
            if is_heading:
                heading = stated
        if len(found) > MAX_REFERENCES:
            break
    others = (reference for reference in found.values() if reference.key != own_key)
    return tuple(itertools.islice(others, MAX_REFERENCES))


def _may_refer(text: str) -> bool:
    for mark, search in _MARKS:
        if mark in text and search(text):
            return True
    return "://" in text


def _is_about_this_item(line: str, position: int, own_key: str | None) -> bool:
    """Whether what precedes a phrase neither denies it nor makes another item its subject."""
    before = line[max(0, position - 100) : position]
    if _NEGATION.search(before[-32:]):
        return False
    other = _OTHER_SUBJECT.search(before)
    return other is None or (own_key is not None and other["subject"] == own_key)


def _is_heading(line: str, phrase: re.Match[str]) -> bool:
    if _HEADING_END.match(line, phrase.end()) is None:
        return False
    colon = line.find(":", phrase.end()) >= 0
    return colon or _HEADING_LEAD.fullmatch(line, 0, phrase.start()) is not None


def _list_at(line: str, position: int, own_repository: str | None) -> list[str]:
    """The keys of the references that follow one another from a position."""
    keys: list[str] = []
    position = _end(_LEAD, line, position)
    while len(keys) <= MAX_REFERENCES:
        key, end = _reference_at(line, position, own_repository)
        if key is None:
            break
        keys.append(key)
        separator = _SEPARATOR.match(line, _end(_TAIL, line, end))
        if separator is None:
            break
        position = _end(_LEAD, line, separator.end())
    return keys


def _reference_at(line: str, position: int, own_repository: str | None) -> tuple[str | None, int]:
    link = _LINK_TEXT.match(line, position)
    if link is not None:
        target = _REFERENCE.match(line, link.end())
        if target is not None:
            key = _key(target, own_repository)
            if key is not None:
                return key, target.end()
    if line.startswith("[", position):
        position += 1
    reference = _REFERENCE.match(line, position)
    if reference is None:
        return None, position
    return _key(reference, own_repository), reference.end()


def _key(reference: re.Match[str], own_repository: str | None) -> str | None:
    if reference["url"] is not None:
        return _key_of_url(reference["url"])
    if reference["full"] is not None:
        return reference["full"]
    if reference["number"] is not None and own_repository is not None:
        return f"{own_repository}#{reference['number']}"
    return reference["key"] or (reference[0] if reference[0].startswith("GH-") else None)


def _key_of_url(url: str) -> str | None:
    github = _GITHUB_URL.match(url)
    if github is not None:
        return f"{github['repository']}#{github['number']}"
    gitlab = _GITLAB_URL.match(url)
    if gitlab is not None and gitlab["group"] is not None:
        return f"{gitlab['group']}&{gitlab['number']}"
    if gitlab is not None:
        return f"{gitlab['project']}#{gitlab['number']}"
    jira = _JIRA_URL.match(url)
    return None if jira is None else jira["key"]


def _end(pattern: re.Pattern[str], line: str, position: int) -> int:
    match = pattern.match(line, position)
    return position if match is None else match.end()


def _prose(text: str) -> Iterator[str]:
    """The lines outside of code blocks, quotations and HTML comments (issue templates)."""
    fence = ""
    block = ""
    comment = False
    for whole in text.splitlines():
        if fence:
            closing = _MARKDOWN_FENCE.match(whole)
            if closing is not None and closing["fence"].startswith(fence):
                fence = ""
            continue
        line, comment = _outside_comments(whole, comment)
        opening = _MARKDOWN_FENCE.match(line)
        if opening is not None and not block:
            fence = opening["fence"]
            continue
        line, block = _outside_blocks(line, block)
        if _QUOTED.match(line) is None:
            yield line


def _outside_comments(line: str, inside: bool) -> tuple[str, bool]:
    if not inside and "<!--" not in line:
        return line, False
    kept: list[str] = []
    position = 0
    while True:
        mark = line.find("-->" if inside else "<!--", position)
        if not inside:
            kept.append(line[position : mark if mark >= 0 else len(line)])
        if mark < 0:
            return " ".join(kept), inside
        position = mark + (3 if inside else 4)
        inside = not inside


def _outside_blocks(line: str, block: str) -> tuple[str, str]:
    """Drop Jira's ``{code}``, ``{noformat}`` and ``{quote}``, which may open and close anywhere."""
    if not block and "{" not in line:
        return line, ""
    kept: list[str] = []
    position = 0
    for mark in _WIKI_BLOCK.finditer(line):
        if not block:
            kept.append(line[position : mark.start()])
            block = mark["name"]
        elif mark["name"] == block:
            block = ""
        position = mark.end()
    if not block:
        kept.append(line[position:])
    return " ".join(kept), block
