"""How usual is a word as a given name, a family name, a town, and as anything else?

The file ``phi/data/gazetteer.gz`` is generated (``make generate``); ``phi/data/ATTRIBUTION.md`` names its sources. Each
line is a profile's number, a tab and the words that share it; the line ``towns`` holds names of several words.
"""

import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FILE = "gazetteer.gz"
# Room for all that the file holds.
_UNPACKED = 10 << 20


@dataclass(frozen=True, slots=True)
class Profile:
    """Levels from 0 (never) to 3 (often) for a word in lower case.

    ``ordinary`` is 1 for rare and technical words and for words that are names more often, 2 for those of a dictionary,
    3 for frequent ones. ``eponym`` words name diseases, ``known`` words are proper names of something else, ``spanish``
    words are ordinary in Spanish alone.
    """

    given: int = 0
    family: int = 0
    town: int = 0
    ordinary: int = 0
    eponym: bool = False
    known: bool = False
    spanish: bool = False


def _packed() -> bytes:
    return files("preceptor.phi").joinpath("data", FILE).read_bytes()


@cache
def digest() -> str:
    """Of the file."""
    return hashlib.sha256(_packed()).hexdigest()


def unpacked() -> bytes:
    """The file's text."""
    # At once, into a place that is large enough.
    return zlib.decompress(_packed(), zlib.MAX_WBITS | 16, _UNPACKED)
