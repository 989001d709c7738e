"""How is a text from elsewhere shown without it writing to the terminal itself?"""

import unicodedata

from rich.console import Console
from rich.text import Text

# Control characters move the cursor or change colours, and format characters reverse or hide what stands beside them.
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain(text: str, *, lines: bool = False) -> str:
    """The text with every character that a terminal would obey rather than show replaced by ``�``."""
    return "".join(c if (lines and c == "\n") or unicodedata.category(c) not in _HIDDEN else "�" for c in text)


def shown(text: str, style: str = "", *, lines: bool = False) -> Text:
    """``plain`` as rich text, in which nothing is markup."""
    return Text(plain(text, lines=lines), style=style)


def console() -> Console:
    """Standard output; where that is no terminal, wide enough that no digest is broken."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=160)
