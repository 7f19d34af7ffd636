"""Texts for channels of which nobody says what becomes of them: chat, mail, a page, a phone.

Characters that any of them could take for markup, a mention or a link are written as others that
look like them.
"""

import msgspec

from .message import Line, Message

_LOOK_ALIKES = str.maketrans("&<>@*_`~#[]()|\\:", "＆‹›＠∗＿ˋ∼＃［］（）￨＼：")


def defused(text: str) -> str:
    """Write a text in characters that nothing takes for more than that."""
    return text.translate(_LOOK_ALIKES)


def defused_line(line: Line) -> Line:
    """Do so with all that a line says in words; ids and links stay as they are."""
    texts = ("title", "message", "cause", "hits", "todo")
    return msgspec.structs.replace(line, **{key: defused(getattr(line, key)) for key in texts})


def defused_message(message: Message) -> Message:
    """Do so with a whole message."""
    return msgspec.structs.replace(
        message, title=defused(message.title), lines=tuple(map(defused_line, message.lines))
    )
