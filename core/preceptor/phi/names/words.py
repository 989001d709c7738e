"""What does one word weigh as a part of a person's name, and as a town?"""

from dataclasses import dataclass
from functools import lru_cache

from preceptor.phi.names.gazetteer import Profile
from preceptor.phi.names.native import finder


@dataclass(frozen=True, slots=True)
class Word:
    """Weights of one word as written.

    ``person`` is the weight as part of a name (3 alone convinces), ``given`` says that it begins one; ``town`` is the
    weight as a place; ``plain`` words are ordinary, technical or known to be no name and end a name. ``unseen`` words
    are in no list at all.
    """

    person: float = 0.0
    given: bool = False
    # A given name that is an ordinary word more often: "Will", "Bob".
    maybe_given: bool = False
    town: float = 0.0
    plain: bool = False
    unseen: bool = False
    initial: bool = False
    shouted: bool = False
    # A name that things are called by too.
    eponym: bool = False


@lru_cache(maxsize=65_536)
def profile(lower: str, *, spanish: bool = True) -> Profile | None:
    """The profile of a word in lower case, with or without its accents; None if no list has it.

    Without ``spanish``, words that are ordinary in Spanish alone are not.
    """
    found = finder().profile(lower, spanish)
    return None if found is None else Profile(*found)


@lru_cache(maxsize=65_536)
def weigh(token: str, spanish: bool = True) -> Word:
    """The weights of a token: a word, a word with hyphens, or an initial; see :func:`profile` for ``spanish``."""
    return Word(*finder().weigh(token, spanish))


@lru_cache(maxsize=65_536)
def is_proper(lower: str) -> bool:
    """Whether dictionaries have a word with a capital alone, and no list of names has it."""
    return finder().is_proper(lower)


def is_town(phrase: str) -> bool:
    """Whether a name of several words in lower case is a town's."""
    return finder().is_town(phrase)
