"""Where in a text are names of people and towns that no title or label announces?"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files

from preceptor.phi.names.beside import after, before, person_behind, person_in_front, place_in_front, region_behind
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.lists import prose
from preceptor.phi.names.runs import ASCII_RUN, RUN, Part, parts
from preceptor.phi.normalise import NormalText
from preceptor.phi.types import PhiType, Severity, Span

_CERTAIN = 4.5
_ENOUGH = 3.0
_VERSION = "1"
# In front of a name and part of it: "van der", "al-", "d'".
_IN_FRONT = re.compile(r"(?i)(?:\b(?:van|von|der|den|bin|bint|ibn|abu|di|della|dos|st\.?|mc|mac)[ ]|\b(?:de la|de los|de las) |\b(?:al|el|ul|ad|as|ar|ash)-|\b[dlo]')+$")
_BEHIND = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?|(?: [A-Z]\.)+")
# "Quathonde, Z.": the rest of a name that begins with the family name.
_LISTED = re.compile(r",(?: [A-Z]\.?(?![^\W\d_])){1,3}")


class NamesFinder:
    """Weighs every capitalised run that is not plain, and what stands around it."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What each detector looks for."""
        return {
            "name-in-prose": "words that are given or family names, or in no word list, where a person stands",
            "name-repeated": "a family name that was found as part of a name elsewhere in the same text",
            "town": "a town of the gazetteer, or an unknown name where a town stands",
        }

    @cached_property
    def digest(self) -> str:
        """Of the gazetteer and the lists."""
        data = files("preceptor.phi").joinpath("data")
        state = hashlib.sha256(f"{_VERSION} {gazetteer().digest}".encode())
        for name in ("prose.yml", "eponyms.txt", "medical.txt", "never-names.txt"):
            state.update(data.joinpath(name).read_bytes())
        return state.hexdigest()

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans of names and towns, see :class:`preceptor.phi.finder.Finder`."""
        source = text.text
        pattern = ASCII_RUN if source.isascii() else RUN
        runs = set(pattern.findall(source))
        if not any(map(parts, runs)):
            return []
        found: list[Span] = []
        undecided: list[tuple[int, int, Part]] = []
        family: set[tuple[int, str]] = set()
        segment = position = 0
        for match in pattern.finditer(source):
            pieces = parts(match.group())
            if not pieces:
                continue
            offset = match.start()
            segment += source.count("\0", position, offset)
            position = offset
            for part in pieces:
                span = judge(source, offset, part)
                if span is None:
                    undecided.append((segment, offset, part))
                    continue
                found.append(span)
                if span.type == PhiType.NAME and (len(part.words) > 1 or part.unseen):
                    family.update((segment, word.removesuffix("'s")) for word in part.words if len(word) > 2)
        for segment, offset, part in undecided if family else ():
            if any((segment, word.removesuffix("'s")) in family for word in part.words) and part.person >= 1.0:
                start, end = offset + part.start, offset + part.end
                if person_behind(source, end, after(source, end)) >= 0:
                    found.append(Span(start, end, PhiType.NAME, "name-repeated", Severity.MEDIUM))
        return _with_family_first(source, found, undecided)


def judge(text: str, offset: int, part: Part) -> Span | None:
    """The span of a part of a run that begins at ``offset`` of the text, if what stands around it convinces."""
    start, end = offset + part.start, offset + part.end
    front, back = before(text, start), after(text, end)
    behind = person_behind(text, end, back)
    person, town = part.person, part.town
    if person:
        person += person_in_front(front) + behind
        if part.followed and not part.given:
            person -= 1.0
        if person >= _ENOUGH:
            start, end = _widened(text, start, end)
            return Span(start, end, PhiType.NAME, "name-in-prose", Severity.HIGH if person >= _CERTAIN else Severity.MEDIUM)
    if town:
        region = region_behind(text, end)
        town += place_in_front(front) + (2.0 if region else 0.0)
        if back.word in prose("eponymous") and back.gap in (" ", "-"):
            town -= 4.0
        if part.followed:
            town -= 1.5
        if back.gap == "-" and back.word:
            town -= 2.0
        if town >= _ENOUGH:
            return Span(start, end, PhiType.LOCATION, "town", Severity.MEDIUM)
    return None


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """A name with the particles in front and the suffix behind."""
    left = _IN_FRONT.search(text[max(0, start - 24) : start])
    if left:
        start -= left.end() - left.start()
    right = _BEHIND.match(text, end)
    return start, right.end() if right else end


def _with_family_first(text: str, found: list[Span], undecided: list[tuple[int, int, Part]]) -> list[Span]:
    """Names written "Family, Given": the half that did not convince alone stands beside the one that did."""
    open_parts = [(offset + part.start, offset + part.end, part) for _, offset, part in undecided if len(part.words) == 1]
    starts = {start: (end, part) for start, end, part in open_parts}
    ends = {end: (start, part) for start, end, part in open_parts}
    whole: list[Span] = []
    for span in found:
        start, end = span.start, span.end
        if span.type == PhiType.NAME:
            if text[end : end + 2] == ", " and end + 2 in starts:
                other, part = starts[end + 2]
                if part.given or (part.unseen and text[other : other + 1] in ("", "\n", ".", ";", "(", ")")):
                    end = other
            listed = _LISTED.match(text, end)
            if listed and text[listed.end() : listed.end() + 1] in ("", "\n", ".", ";", "(", ")", " "):
                end = listed.end()
            if text[start - 2 : start] == ", " and start - 2 in ends and start >= 2:
                other, part = ends[start - 2]
                if part.person >= 0.5 and text[max(0, other - 2) : other] != ", ":
                    start = other
        whole.append(Span(start, end, span.type, span.detector, span.severity))
    return whole
