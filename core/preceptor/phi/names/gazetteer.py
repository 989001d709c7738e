"""How usual is a word as a given name, a family name, a town, and as anything else?

The file ``phi/data/gazetteer.gz`` is generated (``make generate``); ``phi/data/ATTRIBUTION.md`` names its sources. Each
line is a profile's number, a tab and the words that share it; the line ``towns`` holds names of several words.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FILE = "gazetteer.gz"
# The number of a word that is a proper name and nothing else that is known.
_PROPER = 512


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


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """``names`` has the words that may name a person or a town, ``vocabulary`` all other words that are known,
    ``spanish`` those of Spanish alone, and ``proper`` those of the vocabulary that dictionaries have with a capital.
    """

    names: dict[str, Profile]
    vocabulary: frozenset[str]
    spanish: frozenset[str]
    proper: frozenset[str]
    towns: frozenset[str]
    # The first words of the towns of several words.
    openings: frozenset[str]
    digest: str


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer that ships, read once."""
    data = files("preceptor.phi").joinpath("data", FILE).read_bytes()
    names: dict[str, Profile] = {}
    vocabulary: list[str] = []
    spanish: list[str] = []
    towns: frozenset[str] = frozenset()
    proper: frozenset[str] = frozenset()
    for line in gzip.decompress(data).decode("utf-8").splitlines():
        code, _, rest = line.partition("\t")
        if code == "towns":
            towns = frozenset(rest.split("|"))
            continue
        bits = int(code)
        if bits == _PROPER:
            proper = frozenset(rest.split(" "))
        if bits & 63:
            profile = Profile(
                *(bits & 3, bits >> 2 & 3, bits >> 4 & 3, bits >> 6 & 3),
                *(bool(bits >> 8 & 1), bool(bits >> 9 & 1), bool(bits >> 10 & 1)),
            )
            names.update(dict.fromkeys(rest.split(" "), profile))
        else:
            (spanish if bits >> 10 & 1 else vocabulary).extend(rest.split(" "))
    return Gazetteer(
        names,
        frozenset(vocabulary),
        frozenset(spanish),
        proper,
        towns,
        frozenset(town.partition(" ")[0] for town in towns),
        hashlib.sha256(data).hexdigest(),
    )
