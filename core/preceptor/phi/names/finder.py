"""Where in a text are names of people and towns that no title or label announces?"""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from itertools import pairwise

from preceptor.phi.lexicon import alternation, words
from preceptor.phi.names.beside import (
    AGED,
    IDENTIFIED,
    OF_A_BED,
    OF_A_MEASURE,
    OF_AN_AGE,
    TALK,
    after,
    before,
    is_epithet,
    is_eponymous,
    is_in_a_bed,
    person_behind,
    person_in_front,
    place_in_front,
    region_behind,
)
from preceptor.phi.names.casing import (
    calmed,
    has_signs,
    is_careless,
    is_shouted,
    is_spanish,
    with_capitals,
    with_small_names,
)
from preceptor.phi.names.gazetteer import gazetteer
from preceptor.phi.names.glance import may_convince
from preceptor.phi.names.lists import prose
from preceptor.phi.names.passing import telling_runs
from preceptor.phi.names.runs import Part
from preceptor.phi.names.words import profile
from preceptor.phi.normalise import NormalText
from preceptor.phi.types import PhiType, Severity, Span

_CERTAIN = 4.5
_ENOUGH = 3.0
_VERSION = "1"
# In front of a name and part of it: "van der", "al-", "d'".
_IN_FRONT_ENDS = (
    *("van ", "von ", "der ", "den ", "bin ", "bint ", "ibn ", "abu ", "di ", "della ", "dos ", "st ", "st. ", "mc "),
    *("m.a ", "m.ª ", "ma. "),
    *("mac ", " la ", " los ", " las ", "al-", "el-", "ul-", "ad-", "as-", "ar-", "ash-", "d'", "l'", "o'"),
)
_IN_FRONT = re.compile(
    r"(?i)(?:\b(?:van|von|der|den|bin|bint|ibn|abu|di|della|dos|st\.?|mc|mac)[ ]|\b(?:de la|de los|de las)"
    r" |\b(?:al|el|ul|ad|as|ar|ash)-|\b[dlo]'|\bM\.[aª] |\bMa\. )+$"
)
# "Dan May has": a month behind a given name, and no day behind the month.
_MONTH_BORNE = re.compile(rf"( (?:{alternation('month_borne')}))(?:'s\b| (?:{alternation('month_borne_by')})\b)")
# Between texts that are searched as one.
_BORDER = re.compile("\0")
# 'Stanislaus "Stan" Kowalczyk'
_NICKNAME = re.compile(
    r" (?:[\"“'(]\w[\w'. -]{1,15}[\"”')] [^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)?(?!\w)"
    # 'Ignatius ("Iggy")'
    r"|\([\"“'][^\W\d_][\w'. -]{1,15}[\"”']\))"
)
_BEHIND = re.compile(r",? (?:Jr|Sr|II|III|IV)\b\.?|(?: [A-Z]\.)+")
# "Sunday Adeyemi": a day of the week right in front of a name that is found.
_WEEKDAY = re.compile(rf"\b(?:{alternation('weekday')}) $")
_ONWARD = re.compile(r" ((?:[^\W\d_a-zß-öø-ÿ](?:\.|[^\W\d_]*(?:['-][^\W\d_]+)*)))(?!\w)")
_ONWARD_LOWER = re.compile(r" ([^\W\d_]{3,}(?:['-][^\W\d_]+)*)(?!\w)")
_TOWN_END = re.compile(rf"(?i) (?:{'|'.join(sorted(prose('town_endings')))})\b")
_CLOSING = ("", ".", "\n", ",", ";", ")")
_ASKING = prose("asking")
_MODAL = prose("modal")
# Given names that are months far more often.
_MONTHS = prose("months_borne")
_IN_A_YEAR = re.compile(r",? (?:of )?(?:19|20)\d\d\b")
# "North Nottinghamshire", "Northern Samar": a part of a place, and nobody's given name in front of another.
_QUARTERS = prose("quarters")
# "Garden IV", "Landolt C": a grade or a form that bears its describer's name.
_GRADE = re.compile(r" (?:(?:II|III|IV|VI)[a-dA-D]?\b(?![\w'])|[IV][a-d]?\b(?![\w.']))| \d(?=[.,;)](?:\s|$)|$)")
# "Ann Intern Med 2017;166:818": a journal's name, a year, a volume and a page or an issue, but no hour.
_CITED = re.compile(
    r"\.? (?:[A-Z][A-Za-z]*\.? ){0,5}\(?(?:19|20)\d\d\)?(?: [A-Z][a-z]{2}(?: \d{1,2})?)? ?"
    r"; ?(?!\d{1,2}:[0-5]\d(?![\d–-]))\d+[:(]"
)
# Somebody is spoken of in the same sentence: "Jones's case was reviewed; his labs".
_PRONOUN = re.compile(rf"(?i)[^.?!\n\0]{{1,60}} (?:{alternation('pronoun')})\b")
_OF_A_PRONOUN = 1.0
# What what a person does adds to a name that is mostly an eponym.
_OF_A_DEED = 0.5
# "West Jones, 45, has pain", "West Jones (45)".
_AGED = re.compile(r"(?:, | \()\d{1,3}[,)]")
# What a quarter of the sky in front takes away.
_OF_A_QUARTER = 2.0
# Given names that are as often a describer's, where no eponym is listed: "Westley croup score".
_DESCRIBERS = prose("describers")
# Those whose scales or tests go on with a number alone: "Mason II".
_GRADERS = _DESCRIBERS | prose("graders")
_NOBODY = prose("nobody")
# What people have and call by the one who described it: "Crohn's labs", but not "Nesbit's labs".
_ILLNESSES = prose("illnesses")
# What one asks whether somebody can or should do.
_DOINGS = prose("doings")
# "The Tacoma office"
_BRANCHES = prose("branches")
# A rule, study or scale that bears a town's or an author's name.
_TOOL = re.compile(rf"(?: [A-Z][\w-]+){{0,3}} (?:{alternation('tool')})\b")
# "Prague C2M4", "Vienna 3"
_EDITION = re.compile(r" (?:[A-Z]\d|\d(?![\d/]))")
_LANDFORMS = prose("landforms")
_ORDERS, _ORDERED, _NEVER_ALONE = prose("orders"), prose("ordered"), prose("never_alone")
# What a name found adds to others of its text.
_COMPANY = 1.0
# The most that stands between two subjects of a sentence.
_BETWEEN_TWO = len(" and ")
# How far away the next entry of a list begins at most.
_OPTIONS = 160
_POSTCODE = re.compile(r"\d{4,5}[ ,.-]{1,3}$")
_AND = re.compile(r" (?:and|&|y|e) ")
_JOINED = re.compile(r"(?: (?:and|&|or|y|e)|,(?: and| y)?) $")
# "Quathonde, Z.": the rest of a name that begins with the family name.
_LISTED = re.compile(r",(?: [A-Z]\.?(?![^\W\d_])){1,3}")


class NamesFinder:
    """Weighs every capitalised run that is not plain, and what stands around it."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What each detector looks for."""
        return {
            "name-in-prose": "Words that are given or family names, or in no list, stand where a person stands.",
            "name-repeated": "A family name stands here that is part of a name elsewhere in the same text.",
            "town": "A town of the gazetteer, or a name of no list, stands where a place stands.",
        }

    @cached_property
    def digest(self) -> str:
        """Of the gazetteer and the lists."""
        data = files("preceptor.phi").joinpath("data")
        state = hashlib.sha256(f"{_VERSION} {gazetteer().digest}".encode())
        for name in (
            *("prose.yml", "cues.yml", "eponyms.txt", "medical.txt", "never-names.txt", "mostly-names.txt"),
            "eponym-phrases.txt",
        ):
            state.update(data.joinpath(name).read_bytes())
        return state.hexdigest()

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans of names and towns, see :class:`preceptor.phi.finder.Finder`."""
        source, begin = text.text, text.begin
        signed = has_signs(text.data)
        # How the text itself is written: in front of it stands a field's name, in small letters.
        own = source[begin:] if begin else source
        careless = is_careless(own, signed)
        if careless:
            source = source[:begin] + with_capitals(own)
        elif is_shouted(own):
            source = source[:begin] + calmed(own)
        else:
            source = source[:begin] + with_small_names(own)
        spanish = (signed or source is not text.text) and is_spanish(source)
        segmented = "\0" in source
        found: list[Span] = []
        undecided: list[tuple[int, int, Part]] = []
        family: set[tuple[int, str]] = set()
        segment = position = 0
        # Where the last part ended that did not convince, and whether another began right behind such a one.
        last, paired = -_BETWEEN_TWO, False
        for offset, pieces, telling in telling_runs(source, spanish, _ENOUGH):
            if segmented:
                segment += source.count("\0", position, offset)
                position = offset
            for part in pieces:
                asked = telling and may_convince(source, offset, part, _ENOUGH)
                span = judge(source, offset, part, careless=careless) if asked else None
                if span is None:
                    undecided.append((segment, offset, part))
                    paired = paired or offset + part.start - last <= _BETWEEN_TWO
                    last = offset + part.end
                    continue
                found.append(span)
                if span.type == PhiType.NAME and (len(part.words) > 1 or part.unseen):
                    family.update((segment, word.removesuffix("'s")) for word in part.words if len(word) > 2)
        if not found and not paired:
            return found
        return _with_family_first(source, *_repeated(source, found, undecided, family, careless))


def _repeated(
    text: str, found: list[Span], undecided: list[tuple[int, int, Part]], family: set[tuple[int, str]], careless: bool
) -> tuple[list[Span], list[tuple[int, int, Part]]]:
    """What names found elsewhere say about parts that did not convince alone; the rest stays undecided."""
    reached = {span.end for span in found if span.type == PhiType.NAME}
    begun = {span.start for span in found if span.type == PhiType.NAME}
    left: list[tuple[int, int, Part]] = []
    borders = [border.start() for border in _BORDER.finditer(text)]
    named = {
        bisect_left(borders, span.start)
        for span in found
        if span.type == PhiType.NAME and (span.severity == Severity.HIGH or " " in text[span.start : span.end])
    }
    if not found:
        left, undecided = undecided, left
    for segment, offset, part in undecided:
        start, end = offset + part.start, offset + part.end
        span = None
        if segment in named and may_convince(text, offset, part, _ENOUGH - _COMPANY):
            span = judge(text, offset, part, careless=careless, company=_COMPANY)
        if span is not None:
            found.append(span)
            reached.add(span.end)
            continue
        again = (
            not part.shouted
            and (part.unseen or part.person >= 1.25)
            and any((segment, word.removesuffix("'s")) in family for word in part.words)
        )
        # "Efimiya, Mary and Ariana": one name of a list brings the next.
        bond = _JOINED.search(text, max(0, start - 6), start) if part.person else None
        joined = bond is not None and bond.start() in reached and part.person >= (2.0 if "," in bond.group() else 1.25)
        if not joined and len(part.words) == 1 and _is_given(part.words[0]):
            # "Chase and Hunter share a room", where either is found.
            tie = _AND.match(text, end)
            joined = not part.shouted and (
                (tie is not None and tie.end() in begun)
                or (bond is not None and bond.start() in reached and "," not in bond.group())
            )
        if (again or joined) and person_behind(text, end, after(text, end), named=True) >= 0:
            found.append(Span(start, end, PhiType.NAME, "name-repeated", Severity.MEDIUM))
            reached.add(end)
        else:
            left.append((segment, offset, part))
    for first, second in pairwise(left):
        # "Torpy and Salinas were engineers": two subjects.
        a, b = first[2], second[2]
        stop, start, end = first[1] + a.end, second[1] + b.start, second[1] + b.end
        if start - stop > _BETWEEN_TWO:
            continue
        if text[stop:start] not in (" and ", " y ") or min(a.person, b.person) < 0.5 or a.person + b.person < 2.0:
            continue
        if person_behind(text, end, after(text, end)) >= 1.0 and before(text, first[1] + a.start).opens:
            found.append(Span(first[1] + a.start, stop, PhiType.NAME, "name-in-prose", Severity.MEDIUM))
            found.append(Span(start, end, PhiType.NAME, "name-in-prose", Severity.MEDIUM))
    return found, left


def judge(text: str, offset: int, part: Part, *, careless: bool = False, company: float = 0.0) -> Span | None:
    """The span of a part of a run that begins at ``offset`` of the text, if what stands around it convinces.

    In a ``careless`` text a word of no list is more likely a slip than a name. ``company`` is the weight of names that
    were found in the same text: where one person is named, others are.
    """
    start, end = offset + part.start, offset + part.end
    if text[end : end + 1] == " " and text[end + 1 : end + 2].isupper() and _TOOL.match(text, end):
        # "San Francisco Syncope Rule"
        return None
    if _is_no_name(text, start, end, part):
        return None
    near = text[max(0, start - 6) : start].lower()
    particle = _IN_FRONT.search(text, max(0, start - 24), start) if near.endswith(_IN_FRONT_ENDS) else None
    head = particle.start() if particle else start
    front, back = before(text, head), after(text, end)
    person, town = part.person, part.town
    if part.words and part.words[0].lower() in _LANDFORMS:
        # "Lake Victoria": no person, and no town unless somebody lives there.
        person, town = 0.0, town - 0.5
    elif town and part.words[0].lower() in _MONTHS:
        town = 0.0
    elif len(part.words) > 1 and part.words[0].lower() in _QUARTERS:
        behind = person_behind(text, end, back)
        if person_in_front(front) < 2.5 and behind < 2.0 and not _AGED.match(text, end):
            person = max(person - _OF_A_QUARTER, 0.0)
    if person and (person > 0.5 or len(part.words) > 1 or front.word not in prose("place_prepositions")):
        ahead = person_in_front(front)
        alone = part.words[0].removesuffix("'s").lower() if len(part.words) == 1 else ""
        eponym = alone in words("eponyms")
        named = not alone or ahead >= 2.5 or (part.given and not eponym and alone not in _DESCRIBERS)
        behind = person_behind(text, end, back, named=named)
        if behind < -2 and part.given and len(part.words) > 1 and back.word in prose("patients_things"):
            # "Ryan Fernandes points out", "Maria Lopez test results", but not "Ivor Lewis esophagectomy".
            behind = -1.0
        if behind < -2 and back.possessive and part.given and len(part.words) > 1 and not _has_eponym(part):
            # "Sven Haugen's anemia"
            behind = 0.5
        person += ahead + behind
        if particle:
            # "St. George's Respiratory Questionnaire" is named after nobody who could be treated.
            person += -2.0 if particle.group()[:2].lower() == "st" else 0.75
        if company and not part.shouted and behind > -2 and ahead > -1 and (part.person > 1.25 or ahead + behind > 1.0):
            person += company
        if part.shouted and len(part.words) == 1 and max(ahead, behind) < 2.5:
            # Amid other words capitals alone are what abbreviations are written in, "ELISA" too.
            person -= 2.0 if part.unseen else 1.0
        if len(part.words) == 1 and part.words[0].lower() in _MONTHS:
            # "Before April 1997", "in May".
            person -= 4.0 if _IN_A_YEAR.match(text, end) else 1.5 if max(ahead, behind) < 2.0 else 0.0
        if front.opens and text[start + 1 : start + 2] == "." and _is_option(text, start):
            # "A. Quathonde", "B. Observation": a letter of a list, and no initial.
            person -= 1.75
        if part.followed and not part.given and behind < OF_A_MEASURE:
            person -= 1.0
        if len(part.words) > 1 and front.word in _ASKING and part.unseen:
            # "Can Zelmira Quathonde get the vaccine?"
            person += 1.0
        if eponym:
            if back.possessive and (
                front.gap == ", " or (ahead < 2.5 and _is_had(alone, back.word) and not _PRONOUN.match(text, end))
            ):
                # "Her sister, Graves'; her father, Addison's", "my Crohn's symptoms": what they have.
                person -= 3.0
            elif text[end - 2] == " " and text[end : end + 1] != "." and text[end - 1].isupper():
                # "Weber B"
                person -= 1.5
            elif (
                behind >= 2.0
                and back.gap == " "
                and alone not in _NOBODY
                and (front.opens or _PRONOUN.match(text, end))
            ):
                # "Haldane was seen today": no test is seen, says or needs anything.
                person += _OF_A_DEED
        elif front.opens and behind >= 2.0 and back.word in prose("verbs") and _is_usual_family(alone):
            # "Rivers wants to leave"
            person += _OF_A_DEED
        personal = part.given and not eponym and alone not in _GRADERS
        if alone and ahead < 2.5 and not personal and (grade := _GRADE.match(text, end)):
            person -= 0.0 if IDENTIFIED.match(text, grade.end()) else 2.0
        if front.word == "the" and part.person >= 1.0 and not part.unseen and back.word in prose("of_a_family"):
            # "The Martinez baby", but not "the Janus family of kinases".
            plain = back.gap == " " and not text.startswith(" of", end + 1 + len(back.word))
            person = max(person, _ENOUGH) if plain else person
        if len(part.words) > 1 and front.word == "for" and back.word == "to":
            # "Is it safe for Zelmira Quathonde to take warfarin?"
            person += 1.5
        borne = len(part.words) > 1 and part.words[0].lower() in ("mark", "bill", "grant")
        if front.opens and part.words[0].lower() in _MODAL and not borne and behind < 1.0:
            person -= 1.5
            if len(part.words) == 2 and back.word in _DOINGS and _is_given(part.words[1]):
                # "Can Joy get the vaccine": the question is no part of the name.
                person, start = person + 3.0, text.index(part.words[1], start)
        if front.opens and (part.given or part.unseen) and TALK.match(text, end):
            person += 1.75
        if careless and part.unseen and not part.given:
            person -= 0.75
        if front.word == "v" and front.gap in (". ", " "):
            # "Roe v. Wade"
            person -= 2.0
        if front.word in _ASKING and back.gap == " " and back.word in _DOINGS and _is_given(part.words[0]):
            # "Can Joy get the vaccine", but not "Can Young women get it".
            person += 1.5
        if (
            2.0 <= person < _ENOUGH
            and (behind >= 1.0 if front.opens else front.word in _ASKING)
            and behind > -1
            and _is_given(part.words[0])
            and _PRONOUN.match(text, end)
        ):
            # "Joy gets dizzy after her pill": a sentence that goes on about somebody.
            person += _OF_A_PRONOUN
        if AGED.match(text, end) and _is_given(part.words[0]):
            # "Major Sims, 69, COPD"
            person += OF_AN_AGE
        if not part.shouted and is_in_a_bed(text, start):
            # "bed 3: Trevino", "Room 7 Ramirez wants more"
            person += OF_A_BED
        measured = front.second in prose("belongings") and text[end + 1 : end + 2].isdigit()
        if front.word == "for" and (text[end : end + 1] == ":" or measured) and part.person >= 1.5:
            # "Vitals for Kowalewski: 88/40", "INR for Kowalewski 4.1"
            person += 1.0
        if person >= _ENOUGH and not (ahead < 2.5 and _CITED.match(text, end)):
            start, end = _widened(text, start, end, announced=ahead >= 2.5, careless=careless)
            if front.word in prose("place_prepositions") and (more := _TOWN_END.match(text, end)):
                end = more.end()
            sure = person >= _CERTAIN or ahead + behind >= 1.5
            return Span(start, end, PhiType.NAME, "name-in-prose", Severity.HIGH if sure else Severity.MEDIUM)
    if town:
        more = _TOWN_END.match(text, end)
        if more:
            end, back = more.end(), after(text, more.end())
            town += 0.75 if part.unseen and front.word in prose("place_prepositions") else 0.0
        place = place_in_front(front)
        if place < _ENOUGH and part.led and text.count(" ", offset, end) <= 3:
            # "in Store Quathonde": the town's name began with an ordinary word.
            opening = place_in_front(before(text, offset))
            if opening >= _ENOUGH:
                place, start = opening, offset
        if front.gap == ", " and front.word and text[head - 3].islower() and text[end : end + 1] in _CLOSING:
            # "Lakeview Clinic, Quathonde."
            place += 1.0
        if not (careless and part.unseen) and _POSTCODE.search(text, max(0, start - 9), start):
            place += 2.0
        if place and company and not part.shouted:
            place += company
        if front.word in ("the", "our", "her", "his", "my", "your") and back.word in _BRANCHES and back.gap == " ":
            town += 2.0
        region = region_behind(text, end)
        town += place + (2.0 if region else 0.0)
        if back.gap in (" ", "-") and (is_eponymous(back.word) or is_epithet(back.word)):
            town -= 4.0
        if (part.followed and not (place and region)) or (not place and _EDITION.match(text, end)):
            town -= 1.5
        if back.gap == "-" and back.word:
            town -= 2.0
        if town >= _ENOUGH:
            return Span(start, end, PhiType.LOCATION, "town", Severity.MEDIUM)
    return None


# "GII.4 Sydney", "H3N2 Sydney": what a virus is called after.
_STRAIN = re.compile(r"\b(?:G[IV]+\.\d{1,2}|H\dN\d|BA\.\d)(?: |-|/)$")


def _is_no_name(text: str, start: int, end: int, part: Part) -> bool:
    """Whether a word is an order ("Pat dry"), whoever is the youngest ("Baby is"), or names a virus."""
    first = part.words[0].lower() if part.words else ""
    if len(part.words) != 1:
        return False
    if first in _NEVER_ALONE:
        return not person_in_front(before(text, start)) > 2.0
    if first in _ORDERS and text[end : end + 1] == " " and after(text, end).word in _ORDERED:
        return before(text, start).opens
    return text[start - 2 : start - 1].isdigit() and _STRAIN.search(text, max(0, start - 8), start) is not None


def _is_given(word: str) -> bool:
    """Whether a word is a usual given name, whatever else it means."""
    known = profile(word.lower().removesuffix("'s"))
    return known is not None and known.given >= 2


def _is_usual_family(word: str) -> bool:
    known = profile(word) if word else None
    return known is not None and known.family == 3


def _has_eponym(part: Part) -> bool:
    return any(word.lower().removesuffix("'s") in words("eponyms") for word in part.words)


def _is_had(eponym: str, word: str) -> bool:
    """Whether what belongs to a name may be an illness's: "Crohn's symptoms", but not "Wilson's potassium"."""
    return word not in prose("belongings") or (word in prose("of_an_illness") and eponym in _ILLNESSES)


def _is_option(text: str, start: int) -> bool:
    """Whether the letter at ``start`` counts the entries of a list: its neighbour in the alphabet counts another."""
    letter = text[start]
    near = text[max(0, start - _OPTIONS) : start + _OPTIONS]
    return any(
        f"{before}{other}. " in near
        for before in ("\n", " ")
        for other in (chr(ord(letter) - 1), chr(ord(letter) + 1))
        if other.isalpha()
    )


def _widened(text: str, start: int, end: int, *, announced: bool, careless: bool) -> tuple[int, int]:
    """A name with the particles in front and the suffix behind; an ``announced`` one with all capitalised words."""
    left = _IN_FRONT.search(text, max(0, start - 24), start)
    if left:
        start = left.start()
    weekday = _WEEKDAY.search(text, max(0, start - 12), start)
    if weekday:
        start = weekday.start()
    for _ in range(3 if announced else 0):
        onward = _ONWARD.match(text, end)
        if not onward or onward.group(1).lower() in prose("stops") or onward.group(1).lower() in prose("eponymous"):
            break
        end = onward.end()
    if careless:
        onward = _ONWARD_LOWER.match(text, end)
        if onward:
            lower = onward.group(1)
            known = profile(lower)
            family = known is None or (known.family >= 2 and (known.ordinary < 2 or announced))
            if lower in prose("particles") and (beyond := _ONWARD_LOWER.match(text, onward.end())):
                # "hiroshi van dyke"
                end = beyond.end()
            elif family and lower not in prose("stops") and lower not in words("never-names"):
                end = onward.end()
    if " " not in text[start:end] and (borne := _MONTH_BORNE.match(text, end)) and _is_given(text[start:end]):
        end = borne.end(1)
    called = _NICKNAME.match(text, end)
    if called:
        end = called.end()
    right = _BEHIND.match(text, end)
    return start, right.end() if right else end


def _with_family_first(text: str, found: list[Span], undecided: list[tuple[int, int, Part]]) -> list[Span]:
    """Names written "Family, Given": the half that did not convince alone stands beside the one that did."""
    open_parts = [
        (offset + part.start, offset + part.end, part) for _, offset, part in undecided if len(part.words) == 1
    ]
    starts = {start: (end, part) for start, end, part in open_parts}
    ends = {end: (start, part) for start, end, part in open_parts}
    whole: list[Span] = []
    for span in found:
        start, end = span.start, span.end
        if span.type == PhiType.NAME:
            if text[end : end + 2] == ", " and end + 2 in starts:
                other, part = starts[end + 2]
                if (
                    part.given
                    or (part.person >= 1.0 and not part.unseen)
                    or (part.unseen and text[other : other + 1] in ("", "\n", ".", ";", "(", ")", ":", "|"))
                ):
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
