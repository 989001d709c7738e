"""How usual is a word as a given name, a family name, a town, and as anything else?

The file ``phi/data/gazetteer.gz`` is generated (``make generate``); ``phi/data/ATTRIBUTION.md`` names its sources. Each
line is a profile's number, a tab and the words that share it; the line ``towns`` holds names of several words.
"""

import hashlib
import re
import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Set
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


# Room for all that the file holds.
_UNPACKED = 10 << 20
# Between two words whose places are known; a word is then found by reading so many bytes.
_STRIDE = 1024
# Lines below this many bytes are put together.
_SHORT = 1 << 18


class SortedWords(Set[str]):
    """Many words as they stand in the file: to make an object of each would take longer than most scans.

    Made of lines, each of sorted words with a space between, in UTF-8.
    """

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines: list[tuple[bytes, list[bytes], list[int]]] = []
        for line in lines:
            data = b" " + line + b" "
            # Every place is a space in front of a word.
            places = [0]
            while (place := data.find(b" ", places[-1] + _STRIDE)) >= 0 and place + 1 < len(data):
                places.append(place)
            firsts = [data[place + 1 : data.index(b" ", place + 1)] for place in places]
            self._lines.append((data, firsts, [*places, len(data)]))

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str) or " " in word or not word:
            return False
        sought = word.encode("utf-8", "surrogatepass")
        for data, firsts, places in self._lines:
            which = bisect_right(firsts, sought) - 1
            # The space behind a stretch's last word begins the next one.
            if which >= 0 and data.find(b" " + sought + b" ", places[which], places[which + 1] + 1) >= 0:
                return True
        return False

    def __iter__(self) -> Iterator[str]:
        for data, _, _ in self._lines:
            yield from data.decode().split()

    def __len__(self) -> int:
        return sum(data.count(b" ") - 1 for data, _, _ in self._lines)


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """``names`` has the words that may name a person or a town, ``vocabulary`` all other words that are known,
    ``spanish`` those of Spanish alone, and ``proper`` those of the vocabulary that dictionaries have with a capital.
    """

    names: dict[str, Profile]
    vocabulary: Set[str]
    spanish: Set[str]
    proper: frozenset[str]
    towns: frozenset[str]
    # The first words of the towns of several words.
    openings: frozenset[str]
    # Of each of these towns a word that stands in a text with a capital of its own wherever the town does.
    marks: frozenset[str]
    digest: str


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer that ships, read once."""
    data = files("preceptor.phi").joinpath("data", FILE).read_bytes()
    names: dict[str, Profile] = {}
    vocabulary: list[bytes] = []
    spanish: list[bytes] = []
    towns: frozenset[str] = frozenset()
    proper: frozenset[str] = frozenset()
    # At once, into a place that is large enough.
    for line in zlib.decompress(data, zlib.MAX_WBITS | 16, _UNPACKED).splitlines():
        code, _, rest = line.partition(b"\t")
        if code == b"towns":
            towns = frozenset(rest.decode().split("|"))
            continue
        bits = int(code)
        if bits == _PROPER:
            proper = frozenset(rest.decode().split(" "))
        if bits & 63:
            profile = Profile(
                *(bits & 3, bits >> 2 & 3, bits >> 4 & 3, bits >> 6 & 3),
                *(bool(bits >> 8 & 1), bool(bits >> 9 & 1), bool(bits >> 10 & 1)),
            )
            names.update(dict.fromkeys(rest.decode().split(" "), profile))
        else:
            (spanish if bits >> 10 & 1 else vocabulary).append(rest)
    return Gazetteer(
        names,
        _searched(vocabulary),
        _searched(spanish),
        proper,
        towns,
        frozenset(town.partition(" ")[0] for town in towns),
        frozenset(_mark(town) for town in towns),
        hashlib.sha256(data).hexdigest(),
    )


# A last word with a hyphen or an apostrophe, which is not that of a particle in front.
_JOINED = re.compile(r"(?!(?:al|el|ul|ad|as|ar|ash)-|[dl]')[^\W\d_]+(?:['-][^\W\d_]+)*")


def _mark(town: str) -> str:
    """The last word, since many towns begin with "the"; the first where that is longer, or the last has a particle."""
    first, _, rest = town.partition(" ")
    last = rest.rpartition(" ")[2]
    return last if len(last) >= min(4, len(first)) and (last.isalpha() or _JOINED.fullmatch(last)) else first


def _searched(lines: list[bytes]) -> SortedWords:
    """Long lines as they are, and one of all words of the short ones: each line costs a search."""
    few = sorted(word for line in lines if len(line) < _SHORT for word in line.split(b" "))
    return SortedWords([*(line for line in lines if len(line) >= _SHORT), *([b" ".join(few)] if few else [])])
