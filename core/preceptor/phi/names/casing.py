"""How would a text read if its writer had used capitals for names and for nothing else?

Chat messages are written without capitals, headers with nothing else. Both are rewritten, letter by letter, so that the
same weights apply; offsets stay.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import re2

from preceptor.phi.lexicon import entries, words
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile

_LOWER = re.compile(r"(?<![\w@.])[^\W\d_]{2,}(?:['-][^\W\d_]{2,})*(?![\w@])")
_LETTERS = re.compile(r"[^\W\d_]+")
# "Benjamin a Seiler"
_MIDDLE = re.compile(r"(?<=[a-z]{2} )[a-z](?=\.? [A-Z][a-z])")
_SPANISH = (
    " el ",
    " que ",
    " con ",
    " una ",
    " los ",
    " por ",
    " para ",
    " y ",
    "ción ",
    " años",
    "Nombre:",
    "Paciente",
    "Apellidos",
)
# Whoever writes more than this at once writes names with capitals.
_SHORT = 600
_CASUAL = (" i ", " im ", " i'm ", " ive ", " i've ", "\ni ", "\nim ")


def _any_of(literals: Sequence[str]) -> Callable[[bytes], bool]:
    options = re2.Options()
    options.never_capture = True
    options.longest_match = True
    match = re2.compile("|".join(literals), options)._regexp.Match
    anywhere = re2._Anchor.UNANCHORED
    return lambda data: bool(match(anywhere, data, 0, len(data))[0][0] >= 0)


# None of the signs is found in most texts: one automaton reads such a text once, where each sign would be a search.
has_signs = _any_of((*_SPANISH, *_CASUAL))


def is_careless(text: str, signed: bool = True) -> bool:
    """Whether a text is written in lower case: without capitals, or with a small "i" for its writer.

    ``signed`` is what :func:`has_signs` says of its bytes.
    """
    if text[:1].islower() and len(text) < 600 and sum(map(str.isupper, text)) <= 4:
        return True
    if len(text) > 1500:
        # A long text in lower case is data; one small "i" in it says nothing.
        return text.islower() and len(text) < 20_000
    if signed and is_spanish(text):
        # Catalan names have an "i" inside.
        return text.islower()
    if text.islower() or text.startswith(("i ", "im ", "i'm ", "ive ")):
        return True
    return signed and any(sign in text for sign in _CASUAL)


def is_shouted(text: str) -> bool:
    """Whether a text of several words is written in capitals throughout."""
    return text.isupper() and " " in text


def is_spanish(text: str) -> bool:
    """Whether words stand in a text that are usual in Spanish and in no English text."""
    return any(word in text for word in _SPANISH)


def with_capitals(text: str) -> str:
    """A careless text with capitals on the words that may be names."""
    written = _LOWER.sub(lambda match: _capital(match.group()), text)
    return _MIDDLE.sub(lambda match: match.group().upper(), written)


def with_small_names(text: str) -> str:
    """A short text in which names may stand in small letters, with capitals on the words that are nothing but names.

    "Can u check if bilal's potassium came back? He is in room 4": the writer used capitals, but not for a name.
    """
    if len(text) > _SHORT or not any(map(_WITH_SMALL_NAMES.__getitem__, text.split())):
        return text
    return _LOWER.sub(_small_name, text)


def _small_name(match: re.Match[str]) -> str:
    word = match[0]
    return word[0].upper() + word[1:] if _is_small_name(word.removesuffix("'s")) else word


@lru_cache(maxsize=65_536)
def _is_small_name(word: str) -> bool:
    """Whether a word in small letters is a usual given name or family name, or a town, and next to nothing else.

    Of the 170,000 words in small letters of clinical abstracts and vignettes some forty are.
    """
    known = profile(word) if len(word) > 2 and word.islower() and len(word[0].upper()) == 1 else None
    return (
        known is not None
        and known.ordinary < 2
        and (known.given >= 2 or (not known.ordinary and max(known.family, known.town) >= (2 if len(word) > 5 else 3)))
        and not any(word in words(name) for name in ("never-names", "medical", "eponyms"))
        and word not in prose("small_things")
    )


class _WithSmallNames(dict[str, bool]):
    """Whether what stands between two spaces holds such a word: asked of all there is, and so remembered."""

    def __missing__(self, written: str) -> bool:
        if len(self) >= _MOST_WORDS:
            self.clear()
        self[written] = said = any(map(_is_small_name, _LETTERS.findall(written)))
        return said


_USUAL = 3
_ABBREVIATION = 3
_STATES = frozenset((*entries("clear_state_codes"), "MS", "AL", "VA"))
# "FITZROY'S"
_POSSESSIVE = re.compile(r"(?<=[^\W\d_]{2})'S\b")
_MOST_WORDS = 100_000
_WITH_SMALL_NAMES = _WithSmallNames()


def calmed(text: str) -> str:
    """A shouted text with capitals at the beginning of words only; unchanged where a letter's case changes lengths."""
    calm = _POSSESSIVE.sub("'s", _LOWER.sub(lambda match: _calm(match.group()), text))
    return calm if len(calm) == len(text) else text


@lru_cache(maxsize=65_536)
def _calm(word: str) -> str:
    if word in _STATES or (len(word) <= _ABBREVIATION and profile(word.lower()) is None):
        # "TUPELO MS"; "CGA", "PTA": nobody's name that is known.
        return word
    return word[0] + word[1:].lower()


@lru_cache(maxsize=65_536)
def _capital(word: str) -> str:
    if not word.islower() or word in words("never-names"):
        return word
    if word in words("eponyms") or word in words("medical"):
        # "pt johnson": what stands beside it decides.
        known = profile(word)
        usual = known is not None and known.family == _USUAL and known.ordinary < 2
        return word[0].upper() + word[1:] if usual else word
    stem = word.removesuffix("'s")
    known = profile(stem)
    if known is None:
        # A slip of the pen is in no list either; a family name of three letters is rarer than those.
        if len(stem) < 4 or "'" in stem:
            return word
    elif known.town == 3 and known.ordinary < 3:
        return word[0].upper() + word[1:]
    elif len(stem) > 4 and stem in gazetteer().proper:
        # A proper name and nothing else: "feldstein".
        return word[0].upper() + word[1:]
    elif (
        known.ordinary >= 2
        or (known.ordinary and known.given < 3)
        or not (known.given >= 2 or known.family >= 2 or known.town >= 2)
    ):
        return word
    return word[0].upper() + word[1:] if len(word[0].upper()) == 1 else word
