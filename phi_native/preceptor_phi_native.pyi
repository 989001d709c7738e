from collections.abc import Sequence
from typing import final

__version__: str

@final
class Engine:
    """All rules, asked about many texts at once.

    Made of (pattern, how, source, length, cued, capital, endings, near) for each rule, as :mod:`preceptor.phi.plans`
    has it; the last three are what stands in front of each match and about it. Raises ValueError for a pattern that
    cannot be read.
    """

    def __new__(
        cls, rules: Sequence[tuple[str, str, str, int, bool, bool, Sequence[str], tuple[int, int, int]]]
    ) -> Engine: ...
    def find(self, texts: list[bytes], *, cued_only: bool = False) -> bytes:
        """All that matches, in the order of the rules, and of the texts for each: six numbers of four bytes for each.

        The numbers of the text and the rule; the code point where the match begins; where its value starts and ends;
        and from where the rule is to be matched next if the match is nothing, 0 where that is the next one. What begins
        inside another match of the same rule is told, too.
        """

@final
class EvidenceWeights:
    """What each fact about a word that may be a name weighs, in hundredths. Raises ValueError for an unknown fact."""

    def __new__(cls, weights: dict[str, int]) -> EvidenceWeights: ...

@final
class ContextWeights:
    """What each fact about a word and its context weighs, in hundredths, and which words facts may hold.

    Raises ValueError where two facts cannot be told apart.
    """

    def __new__(cls, vocabulary: list[str], weights: dict[str, int]) -> ContextWeights: ...

@final
class NamesFinder:
    """Finds names of people and towns that no title or label announces. All offsets are code points.

    ``prose`` and ``cues`` are the lists of both files, ``words`` the files of words and ``phrases`` the lines of
    eponym-phrases.txt; ``gazetteer`` is the unpacked file. Raises ValueError where a list is missing.
    """

    def __new__(
        cls,
        *,
        prose: dict[str, list[str]],
        cues: dict[str, list[str]],
        words: dict[str, list[str]],
        phrases: list[str],
        gazetteer: bytes,
    ) -> NamesFinder: ...
    def find(self, text: str, begin: int) -> list[tuple[int, int, int]]:
        """(start, end, kind) of each name and town in ``text[begin:]``.

        Kinds: 0 a sure name in prose, 1 a name in prose, 2 a family name that stands elsewhere too, 3 a town.
        """
    def by_evidence(
        self, text: str, begin: int, known: Sequence[tuple[int, int, int]], weights: EvidenceWeights
    ) -> list[tuple[int, int, int]]:
        """(start, end, kind) of each name and town in ``text[begin:]`` that nothing ``known`` covers; kinds as above.

        ``known`` are (start, end, sort) of what was found before: 0 a name, 1 anything else, 2 an organisation.
        """
    def evidence(
        self, text: str, begin: int, known: Sequence[tuple[int, int, int]]
    ) -> list[tuple[int, int, list[str]]]:
        """(start, end, facts) of each word in ``text[begin:]`` that may be a name and that nothing ``known`` covers."""
    def by_context(
        self, text: str, begin: int, known: Sequence[tuple[int, int, int]], weights: ContextWeights
    ) -> list[tuple[int, int]]:
        """(start, end) of words and numbers in ``text[begin:]`` that nothing ``known`` covers.

        ``known`` are (start, end, kind) of what was found before: 0 a name, 1 a place, 2 a date, 3 an age, 4 a number,
        an address or a page to reach somebody by, 5 any other number, 6 an organisation.
        """
    def contexts(
        self, text: str, begin: int, known: Sequence[tuple[int, int, int]], weights: ContextWeights
    ) -> list[tuple[int, int, list[str]]]:
        """(start, end, facts) of each word in ``text[begin:]`` with a capital or a digit that nothing covers."""
    def profile(self, lower: str, spanish: bool = True) -> tuple[int, int, int, int, bool, bool, bool] | None:
        """(given, family, town, ordinary, eponym, known, spanish) of a word in lower case, or None."""
    def weigh(self, token: str, spanish: bool = True) -> tuple[float, bool, bool, float, bool, bool, bool, bool, bool]:
        """(person, given, maybe_given, town, plain, unseen, initial, shouted, eponym) of a token."""
    def is_town(self, phrase: str) -> bool:
        """Whether a name of several words in lower case is a town's."""
    def is_proper(self, lower: str) -> bool:
        """Whether dictionaries have a word with a capital alone, and no list of names has it."""
    def is_careless(self, text: str, signed: bool = True) -> bool:
        """Whether a text is written in lower case."""
    def is_spanish(self, text: str) -> bool:
        """Whether words stand in a text that are usual in Spanish and in no English text."""
