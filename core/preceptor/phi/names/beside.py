"""What do the words around a stretch of text say about it: a person, a place, or the name of a thing?"""

import re
from functools import lru_cache
from typing import NamedTuple

from preceptor.phi.lexicon import alternation
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile, weigh

_REACH = 40
_WORDS = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.?!][\"')]{0,2}[ \t]+")
_NEXT = re.compile(r"(['’]s?(?![^\W\d_]))?([ \t\n]*[-,;:()/&.\"]{0,3}[ \t\n]*)([^\W\d_]+(?:['-][^\W\d_]+)*)?")
# ", 45M", " (67 y/o", ", a 34-year-old", " DOB 1/2/1960", ", MRN", ", MD".
IDENTIFIED = re.compile(
    r"(?i)\s?[(,/|;-] ?(?:is |was )?(?:an? |who is |age[ds]? |now )?\d{1,3}[ -]?(?:yo?\b|y/?o|yrs?\b"
    r"|years?\b(?! of)|[mf]\b|/[mf]\b|m/?o\b|a[nñ]os)"
    r"|\s(?:is |was )?(?:an? )?\d{1,3}[ -]?(?:yo\b|y/o|[mf]\b|/[mf]\b)"
    r"|\s?[(,/|;-]{0,2}\s?(?:is |was )?(?:an? |now )?(?:\d{1,3}|[a-z]+ty(?:-[a-z]+)?|[a-z]+teen)[ -]?"
    r"(?:year|yr|month|week|day)s?[ -]old"
    r"|\s?[(,/|;-]{0,2}\s?(?:dob|d\.o\.b|date of birth|born on|mrn|m\.r\.n|ssn|medical record|patient id"
    r"|nhs n|nhc|n[ºo°]? ?col|dni)\b"
    r"|\s\((?:(?:rm|room|bed) ?#?\d|aged?:? \d)|, ?(?:rm|room|bed) ?#?\d|,? id ?[#:]? ?\d{4}"
    r"|\s?[(,/|;-] ?(?:m|f|male|female|hombre|mujer|varón),? \d"
)
# Small words that it can begin with; numbers in words apart, and what begins with "n".
OPENINGS = frozenset(
    ("is", "was", "a", "an", "now", "dob", "d", "date", "born", "mrn", "m", "ssn", "medical", "patient", "dni")
)
DEGREE = re.compile(
    r",? ?(?:M\.?D\b|D\.?O\b|R\.?N\b|N\.?P\b|PA-?C\b|DDS|DPM|Ph\.?D|FNP|APRN|LCSW|MBBS|PharmD|DNP|CRNA|LPN"
    r"|FACS|FACP|FRCP|MPH\b|PsyD|DMD|Esq)"
)
# What is said of people and not of drugs.
_PREDICATE = re.compile(
    rf" (?:{alternation('copula')}) (?:a |an )?(?:{alternation('meanwhile')})?(?:{alternation('predicate')})\b"
    rf"| (?:has|had) (?:(?:{alternation('has_got')})\b|an? (?:{alternation('has_got_a')})\b)"
)
# What is said of drugs, tests and devices, and not of people.
_OF_THINGS = re.compile(
    rf" (?:{alternation('thing_copula')}) (?:{alternation('thing_meanwhile')})?(?:{alternation('of_things')})\b"
)
CONTACT = re.compile(r"\s?[(<\[]{0,2}(?:[\w.+-]{2,40}@|\+?\(?\d{3}[) .-]{1,2}\d{3})")
# What is said to somebody, or by somebody in a dialogue.
TALK = re.compile(rf"(?i)[:,] ?\"?(?:{alternation('talk')})\b")
_REGION = re.compile(
    rf",? {{0,2}}(?:(?:{alternation('state_codes')})\b(?!-)|(?:{alternation('states')}"
    rf"|{alternation('provinces')}|{alternation('countries')})\b)|,? {{0,2}}D\.C\."
)


class Before(NamedTuple):
    """The word in front, in lower case, and what stands between; an empty word at the start of a sentence or line."""

    word: str
    second: str
    gap: str
    label: bool
    # Whether a sentence or line begins here.
    opens: bool = False


class After(NamedTuple):
    """The word behind, what stands between, and whether a possessive joins them."""

    word: str
    written: str
    gap: str
    possessive: bool


def before(text: str, start: int) -> Before:
    """What stands in front of ``text[start:]``."""
    left = text[max(0, start - _REACH) : start]
    # Two plain words between three spaces, most of the time.
    words = left.rsplit(" ", 3)
    if len(words) == 4 and not words[3] and words[2].isalpha() and words[1].isalpha():
        return Before(words[2].lower(), words[1].lower(), " ", False)
    cut = left.rfind("\0")
    if cut >= 0:
        left = left[cut + 1 :].lstrip("\n")
    found = _WORDS.findall(left)
    if not found:
        return Before("", "", left, False, True)
    gap = left[left.rindex(found[-1]) + len(found[-1]) :]
    word = found[-1].lower()
    opens = "\n" in gap or (_SENTENCE.search(gap) is not None and word not in prose("titles"))
    return Before(word, found[-2].lower() if len(found) > 1 else "", gap, ":" in gap or "=" in gap, opens)


def after(text: str, end: int) -> After:
    """What stands behind ``text[:end]``."""
    match = _NEXT.match(text, end, end + _REACH)
    if match is None:
        return After("", "", "", False)
    possessive, gap, word = match.group(1), match.group(2), match.group(3) or ""
    if "\0" in gap:
        return After("", "", "", bool(possessive))
    return After(word.lower(), word, gap, bool(possessive))


@lru_cache(maxsize=1)
def telling() -> frozenset[str]:
    """Every word that can say anything about what stands behind it."""
    lists = ("titles", "introductions", "roles", "dealings", "by_words", "determiners")
    others = ("is", "was", "are", "am", "to", "of", "for", "es", "by", "por", "me", "him", "her")
    return frozenset(others).union(*(prose(name) for name in lists))


# In front of "miss" as a verb.
_SUBJECTS = prose("subjects")
_HAVING = prose("having")
_NAMED = prose("naming")
_CALLING = prose("calling")
# What decides what the word behind it says of a name or a place: these lists, and words of no list.
SECOND_LISTS = ("eponymous_before", "dealings", "signings", "companions", "roles", "place_before")
SECONDS = frozenset(("i", *_SUBJECTS, *_HAVING, *_NAMED, *_CALLING))


def person_in_front(front: Before) -> float:
    """How much what stands in front speaks for a person; 4 alone convinces, and below 0 it speaks against."""
    if front.word in ("de", "del", "of") and front.second in prose("eponymous_before"):
        # "signo de Murphy", "tipo de"
        return -4.0
    word, gap = front.word, front.gap
    if word not in telling() and gap != "-":
        return 0.0
    stripped = gap.strip(" \t\n\"'(*>")
    if not word:
        return 0.0
    if gap == "-" and word not in prose("particles"):
        return -2.0
    if stripped in ("", ".") and word in prose("titles") and "\n" not in gap:
        if word == "miss" and front.second in _SUBJECTS:
            return 0.0
        return 2.75 if word in prose("plain_titles") else 4.0
    if stripped in ("", ",", ":", ",,", "-", "'s", "=", '":', "!", "--", "]:", ";", "?"):
        if word in prose("introductions") and stripped != "-":
            # "Given: Maria", but "he is given Plavix".
            if word == "given" and front.second in _HAVING:
                return 2.0
            return 3.0 if front.label or word not in ("given", "family", "re") else 0.0
        if word in prose("roles") and (front.label or "\n" not in gap):
            return 2.5
        if "\n" in gap and not front.label:
            return 0.0
        if word in ("is", "was", "are", "to", "of", "for", "es") and front.second in _NAMED:
            return 3.0
        if word == "am" and front.second == "i":
            return 2.0
        if word in ("by", "por"):
            return 2.75 if front.second in prose("dealings") or front.second in prose("signings") else 1.5
        if word in prose("dealings"):
            return 2.0 if word in ("says", "said", "told", "asked", "met", "dijo", "dice") else 1.5
        if word in ("me", "him", "her") and front.second in _CALLING:
            return 3.0
        if word in prose("by_words") and not stripped:
            return 2.0 if front.second in prose("companions") or front.second in prose("roles") else 0.75
        if word in prose("determiners") and not stripped:
            return -2.0
    return 0.0


# The rest of a list of names, and the word in the plural that says what they are.
_ENUMERATED = re.compile(
    r"(?:(?:,? (?:and|or) |, |/)[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)*(?:'s)?){1,8} (?:[a-z]+ )?([a-z]{3,}s)\b"
)
# "Mary Smith monitors her glucose"
_DOES = re.compile(r" [a-z]+s (?:his|her|their)\b")
# One word between the name and what is called after it.
_MEASURED = re.compile(rf" [a-z-]{{3,}} (?:{alternation('measured')})\b")


def person_behind(text: str, end: int, back: After, *, named: bool = False) -> float:
    """How much what stands behind speaks for a person; far below 0 for the names of diseases and tests.

    ``named``: what stands in front is somebody's name whose scale or chart this may be, "Wife Wanda pain score 8".
    """
    # Most of what is asked about is followed by a plain word: then nothing else needs to be looked for.
    word = back.word
    plain = back.gap == " " and back.written[:1].islower() and not back.possessive
    if not (plain and word not in OPENINGS and "ty" not in word and "teen" not in word and word[0] not in "nñ") and (
        IDENTIFIED.match(text, end, end + _REACH) or DEGREE.match(text, end, end + 12)
    ):
        return 3.0
    everyday = named and (
        word in prose("everyday")
        # "Thandiwe's culture grew nothing", but not "Fisher's test".
        or (back.possessive and word in prose("patients_things"))
        or (plain and _DOES.match(text, end) is not None)
    )
    if (
        back.gap in (" ", "-")
        and is_eponymous(word)
        and not everyday
        and not (back.written[0].isupper() and weigh(back.written).person)
    ):
        return -4.0
    if plain and (is_epithet(word) or (word == "et" and text.startswith(" al", end + 3)) or _is_medical(word)):
        # "Okamoto et al." is a citation, "Sporothrix schenckii" an organism.
        return -4.0
    if not named and _is_describers(text, end, word, plain=plain):
        return -4.0
    if back.possessive:
        return 2.5 if back.word in prose("belongings") else 0.5
    if back.gap == " " and back.written[:1].islower():
        if back.word in prose("verbs"):
            return 2.0
        if back.word in prose("weak_verbs"):
            if _PREDICATE.match(text, end, end + _REACH):
                return 2.0
            return -1.0 if _OF_THINGS.match(text, end, end + _REACH) else 1.0
    if back.gap == "-" and back.word:
        return -2.0
    if (
        back.gap == " "
        and word in MAYBE_MEASURES
        and (MEASURES.match(text, end, end + _REACH) or _IN_BED.match(text, end, end + _REACH))
    ):
        return OF_A_MEASURE
    if plain and "@" not in text[end : end + _REACH]:
        return 0.0
    return 2.0 if CONTACT.match(text, end, end + _REACH) else 0.0


# "Nguyen INR 4.1", "Kowalski in 14B".
MEASURES = re.compile(rf" (?:{alternation('measure_of_somebody')})(?: is| of| was|:)? ?[<>]?\d")
_IN_BED = re.compile(rf"(?i) in (?:(?:{alternation('bed')}) ?#?\d|\d{{1,3}}[A-D]\b)")
OF_A_MEASURE = 2.0
# The letters that they begin with, and "in".
MAYBE_MEASURES = frozenset(
    (
        "in",
        "troponin",
        "sats",
        *(word.lower() for word in re.findall(r"(?:^|\|)([A-Za-z]+)", alternation("measure_of_somebody"))),
    )
)
# "bed 3: Trevino", "Room 7 Ramirez wants more", "pt in 12 Mulligan".
_LAID = re.compile(
    rf"(?i)\b(?:(?:{alternation('bed')}) ?#?\d{{1,4}}[A-Za-z]?|(?:pt|patient) in \d{{1,3}}[A-Da-d]?)[:,]? ?-? ?$"
)
_LONGEST_BED = 20
OF_A_BED = 2.0
# "Major Sims, 69, COPD": an age, where no figure of a list stands in front.
AGED = re.compile(r", \d{1,3}, (?!\d|and \d)")
OF_AN_AGE = 2.5


def is_in_a_bed(text: str, start: int) -> bool:
    """Whether a bed or a room with its number stands in front."""
    mark = text[start - 2 : start - 1]
    return (mark.isalnum() or mark in (":", ",", "-")) and bool(_LAID.search(text, max(0, start - _LONGEST_BED), start))


def _is_describers(text: str, end: int, word: str, *, plain: bool) -> bool:
    """Whether a scale is named farther behind, or something that a list of names has described."""
    if plain and _MEASURED.match(text, end, end + _REACH) and word not in prose("verbs") | prose("weak_verbs"):
        # "Westley croup score" measures what Westley described.
        return True
    # "Fenton, Olsen and Babson charts"
    listed = _ENUMERATED.match(text, end) if text[end : end + 1] in (" ", ",", "/") else None
    return listed is not None and is_eponymous(listed[1])


def is_eponymous(word: str) -> bool:
    """Whether a word, or its singular, says that the name in front of it is a thing's: "Norwood operations"."""
    return word in prose("eponymous") or (word[-1:] == "s" and word[:-1] in prose("eponymous"))


# What surgeons and pathologists do and see, whoever's name stands in front: "Ivor Lewis esophagectomy".
_MEDICAL = re.compile(
    r"(?:(?:ectom|otom|ostom|plast|pex|rrhaph|oscop|graph)(?:y|ies)|(?:gram|itis|osis|oma|omata|a?emia|olysis|plasia"
    r"|desis|centesis)s?)$"
)
# Endings of the second word of a species' name (International Code of Nomenclature of Prokaryotes, rule 12c): genitives
# and places have these in no English word, Latin adjectives also look like words of a dictionary.
_SPECIES = ("ii", "ensis", "orum", "arum", "oides", "iae")
_LATIN = ("us", "um", "is", "i", "ae", "ans", "ens", "a", "es")


def _is_medical(word: str) -> bool:
    return len(word) > 6 and _MEDICAL.search(word) is not None


def is_epithet(word: str) -> bool:
    """Whether a word in small letters reads like the second word of a species' name: "Sporothrix schenckii"."""
    if len(word) < 5 or not word.isascii():
        return False
    return word.endswith(_SPECIES) or (word.endswith(_LATIN) and profile(word) is None)


PLACE_NOUNS = prose("place_nouns")


VISITING = prose("visiting")


def place_in_front(front: Before) -> float:
    """How much what stands in front speaks for a place."""
    if front.word in ("de", "del", "of") and front.second in prose("eponymous_before"):
        return -4.0
    word = front.word
    if not word or front.gap.strip(" \t\n:\"'("):
        return 0.0
    if front.label and word in prose("place_labels"):
        return 4.0
    if word in PLACE_NOUNS and front.gap == " ":
        return 2.25
    if "\n" in front.gap:
        return 0.0
    weight = 2.0 if word in VISITING else 0.0
    if word in prose("place_prepositions") and not front.label:
        weight = max(weight, 3.0 if front.second in prose("place_before") else 1.25)
    return weight


def region_behind(text: str, end: int) -> int:
    """The end of a state's or country's name behind a town, or 0."""
    match = _REGION.match(text, end, end + _REACH)
    return match.end() if match else 0
