"""Which value stands beside a label?

Right after it ("MRN: 12"), a few words later ("her record number, which I have here, is 12345"), or before it ("12345
is my record number"); and is it one that the label can have?
"""

import re
from collections.abc import Iterator

from preceptor.phi.lexicon import alternation
from preceptor.phi.normalise import FILE_SUFFIXES
from preceptor.phi.rule import Verdict
from preceptor.phi.rules.identifier_kinds import severity_of
from preceptor.phi.rules.label_words import CALLED, QUALIFIER, Label, Meaning
from preceptor.phi.rules.phones import VALUE, is_hotline, is_toll_free
from preceptor.phi.rules.schemes import compact
from preceptor.phi.types import Severity

AHEAD = 110
BEHIND = 48
# In capitals these are countries: "IS 00621" is a number of Iceland.
_LINK = (
    r"(?:[\"'\)\]*]{0,3}[ \t]{0,3}\n?[ \t]{0,3}(?:(?-i:[Ii]s|was|are|were|es|era|ist|[äa]r|est|on|in|with|ends in|"
    r"ending in|of|under|to be)\b|[:=#|>~?-]{1,3}|→|：|,(?=\s))?[ \t]{0,3}\n?[ \t]{0,3})"
)
_ADJACENT = re.compile(
    rf"(?is)\.?{QUALIFIER}{{0,3}}{_LINK}{{0,3}}[\"'(\[<*#]{{0,3}}\s?(?:[/+]{{1,3}}(?=[A-Za-z0-9/+]{{16}}))?"
)
_FAR = re.compile(
    r"(?i)(?:(?<![\w.])(?:is|was|are|were|es|era|son|ist|[äa]r|est|reads|ending in|ends in|ends with|terminan? en|"
    r"number|no\.|as|to|"
    r"with|under)\b|[:=#])[ \t]{0,3}[\"'(#]{0,2}(?=(?:[X*•-]{2,12})?[A-Z(+]{0,5}[ _-]?\d)"
)
# A sentence that ended, a digit, a line or a value that ended: what follows belongs to something else.
_CUT = re.compile(r"[\n\0;|{}]|\d|(?<!\bno)[.?!]\s+[A-ZÁÉÍÓÚ¿¡]")
_TOKEN = re.compile(r"(?:[X*•xX]{2,}[-. ]?)*[A-Za-z0-9]+(?:[-./_+\\:]{1,2}[A-Za-z0-9]+)*(?:\([A-Z0-9]\))?")
# What a file's name has behind a number: its version or its suffix.
_TAIL = re.compile(rf"(?i)(?<=\d)(?:[-._]v\d{{1,3}}|\.(?:{FILE_SUFFIXES}))$")
_SUFFIX = re.compile(rf"(?i)(?<=\d)\.(?:{FILE_SUFFIXES})$")
_BLANKS = frozenset(" \t")
_DIGIT = re.compile("[0-9]")
_NOT_DIGITS = re.compile(r"\D+")
_MASKED = re.compile(r"(?i)(?:[x*•]{2,}[-. ]?)+\d{2,6}")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d(?:T.*)?|\d{1,2}:\d\d(?::\d\d)?")
_YEAR = re.compile(r"(?:19|20)\d{2}(?:[-/](?:19|20)?\d{2})?s?")
# "Billing 99213": a visit's code.
_VISIT = re.compile(r"99\d{3}(?:-\d\d)?")
# "The patient BP 120/80", "in this case CT 2019".
_MEASURE = re.compile(
    rf"(?i)(?:{alternation('with_values')}|map|hr|rr|ct|mri|pet|us|xr|cxr|ecg|ekg|eeg|emg|gcs|spo2|lcp"
    r"|dcp|ce) \d[\d./]*|[a-z]{2,6} (?:19|20)\d\d"
)
_SHARE = re.compile(r"\d{1,3}/\d{1,3}")
_DECIMAL = re.compile(r"\d{1,5}\.\d{1,4}")
_AMOUNT = re.compile(
    r"(?i)\s?(?:%|°|[-–]\s?\d|/\s?\d|\.\d|,\d{3}\b|(?:mg|mcg|g|kg|lbs?|ml|l|dl|cm|mm|m|km|years?|yrs?|yo|y/o|months?"
    r"|weeks?|days?|hours?|hrs?|min|"
    r"mins|minutes|seconds|patients?|participants|subjects|members|beneficiaries|enrollees|dollars|usd|euros?|eur|bpm"
    r"|mmhg|"
    r"units?|iu|cells|cases|people|persons|women|men|children|adults|points?|times|per|nm|nmol|mmol|pg|ng|hz|khz|mhz"
    r"|w|kv|"
    r"records|rows|tokens|steps|of the|of|kcal|calories|cals?|kj|mls|mgs|cc|gauge|french|ppm|rpm|tablets|tabs|pills"
    r"|capsules|doses|lives|vials|bottles|joules)\b)"
)
# "0.81-10.70", "12.5": a confidence interval or a measure; and what cites a trial or a paper.
_RANGE = re.compile(r"^\d+\.\d+-\d+\.\d+$|^\d{1,3}\.\d{1,2}$|(?i:^(?:NCT|ISRCTN|PMC|PMID|DRKS|ACTRN|CTRI|GSE|CRD)\d)")
_POSSESSIVE = (
    r"(?:(?:my|his|her|their|the|your|our|an?|mi|su|mitt|v[åa]rt|mein(?:e)?|patient'?s?|pt'?s?|(?:the )?patient's)\s+)?"
)
_TIE = rf"(?:,|\(|-|\b(?:is|was|es|[äa]r|ist|as|est|on|en|tillh[öo]r|being))\s*{_POSSESSIVE}(?:\w+\s)?$"
_BEFORE = re.compile(rf"(?:^|[\s\"'(\[,:;])(?P<v>[A-Za-z0-9][A-Za-z0-9 ./+_-]{{1,30}}?)[\"')\]]?\s{{0,2}}{_TIE}")
# What ties a value to the label behind it is found sooner than the value.
_TIED = re.compile(_TIE)
_NO_WORD = re.compile(
    r"(?i)(?:n/?a|none|null|nil|unknown|unk|pending|redacted|removed|tbd|missing|not|no|yes|the|and|for|was|is|has)\b"
)


_OF_A_WARD = re.compile(r"(?i)\b(?:wards?|crash|arrest|resus)(?:['’]s|['’])? $")
_PAGER = re.compile(r"(?i)(?:bleep|pager|ext\b)")
_LOT = re.compile(r"(?i)(?:lot|batch)")
_OF_A_MEDICINE = re.compile(r" of (?!(?:the|this|that|his|her|their|my|our|an?)\b)[a-z]")


def is_of_nobody(text: str, start: int, end: int, verdict: Verdict) -> bool:
    """ "The ward's bleep is 4417", "lot no 22B1194 of metformin": a ward's number and that of everybody's medicine."""
    if _LOT.match(text, start, end):
        return _OF_A_MEDICINE.match(text, verdict.end) is not None
    if verdict.end - verdict.start > 5 or not _PAGER.match(text, start, end):
        return False
    return _OF_A_WARD.search(text[max(0, start - 12) : start]) is not None


_AND = re.compile(r"\s{0,2}(?:,|;|/|&|and\b|or\b|und\b|y\b|et\b|e\b|ve\b|,\s?and\b)\s{0,2}(?=[A-Z]{0,6}[ _-]?\d)")


_AND_PHONE = re.compile(r"\s{0,2}(?:,|;|/|&|-|and\b|or\b|y\b|o\b)\s{0,2}(?=\+?\(?\d)")


def listed(text: str, last: Verdict, meaning: Meaning) -> Iterator[Verdict]:
    """More values of the same kind after the first: "MRNs 12345, 23456 and 34567"."""
    phone = last.type in CALLED
    for _ in range(20):
        link = (_AND_PHONE if phone else _AND).match(text, last.end)
        if link is None:
            return
        further = judged(text, link.end(), min(len(text), link.end() + 40), meaning, False)
        alike = further is not None and (
            further.type == last.type
            and (phone or abs((further.end - further.start) - (last.end - last.start)) <= 2)
            and text[further.start].isdigit() == text[last.start].isdigit()
        )
        if further is None or not alike:
            return
        yield further
        last = further


def is_letter(text: str, index: int) -> bool:
    """Whether a letter of a script that parts words with spaces stands at a place, which may be outside the text."""
    return 0 <= index < len(text) and text[index].isalpha() and text[index] < "\u0e00"


_STOP = re.compile(r"\.\s")
_ABBREVIATION = re.compile(
    r"(?:no|nos|num|nr|acct?|lic|cert|tel|tlf|tfno|ph|ext|reg|rec|id|ser|mob|pt|pat|med|n\.?[hic])\."
)


def places(text: str, start: int, end: int, meaning: Meaning) -> Iterator[tuple[int, int, bool]]:
    """Where a value may begin and how far its search may reach; whether it stands right beside the label."""
    limit = min(len(text), end + AHEAD)
    boundary = text.find("\0", end, limit)
    limit = limit if boundary < 0 else boundary
    adjacent = _ADJACENT.match(text, end, limit)
    begin = adjacent.end() if adjacent else end
    # A full stop behind a word that is no abbreviation ends the sentence.
    between = text[end:begin]
    beside = not (
        "." in between and _STOP.search(between) and not _ABBREVIATION.search(text[max(0, end - 6) : begin].lower())
    )
    if beside:
        yield begin, limit, True
    if meaning.reaches:
        cut = _CUT.search(text, end, limit)
        reach = min(limit, cut.end() + 8) if cut else limit
        for far in _FAR.finditer(text, end, reach) if _DIGIT.search(text, end, reach) else ():
            place = far.end()
            # Less is said of one further away: what was refused beside the label is refused.
            if (not beside or place != begin) and (
                cut is None or place <= cut.start() or (text[cut.start()].isdigit() and place <= cut.start() + 1)
            ):
                yield place, limit, False
    window = text[max(0, start - BEHIND) : start]
    window = window[max(window.rfind("\0"), window.rfind("\n")) + 1 :]
    before = _BEFORE.search(window) if _DIGIT.search(window) and _TIED.search(window) else None
    if before is not None:
        offset = start - len(window)
        for token in re.finditer(r"\S+", before["v"]):
            if any(c.isdigit() for c in token[0]):
                yield offset + before.start("v") + token.start(), offset + before.end("v"), False


def _ends(text: str, start: int, limit: int) -> list[int]:
    """Every place where a value that begins at ``start`` may end, farthest first: after each of up to eight tokens.

    One that a file is named after may end before what the name goes on with: "536-22-4821.txt", "536-22-4821-v2".
    """
    ends: list[int] = []
    position = start
    while len(ends) < 8:
        token = _TOKEN.match(text, position, limit)
        if token is None:
            break
        piece, end = token[0], token.end()
        plain = piece.isalnum()
        if (piece.isalpha() if plain else _DIGIT.search(piece) is None) and not (
            len(piece) <= 3 and piece.isupper() if ends else len(piece) <= 6 or piece.isupper()
        ):
            break
        tail = None if plain else _TAIL.search(piece)
        if tail is not None:
            ends.append(position + tail.start())
        ends.append(end)
        if text[end : end + 1] not in _BLANKS:
            break
        position = end + 1
    return ends[::-1]


def _phone(text: str, start: int, limit: int, label: Label) -> Verdict | None:
    match = VALUE.match(text, start, limit)
    if match is None or is_letter(text, match.end()) or text[match.end() : match.end() + 1] == "_":
        return None
    value = match[0]
    if text[start - 1].isalnum():
        return None
    digits = _digits_in(value)
    if digits < label.digits or digits > 17 or _DATE.fullmatch(value) or _DECIMAL.fullmatch(value):
        return None
    if _YEARS.fullmatch(value) or (digits < 7 and (_YEAR.fullmatch(value) or _AMOUNT.match(text, match.end()))):
        return None
    if is_hotline(value):
        return None
    if is_toll_free(value):
        return Verdict(Severity.LOW, start, match.end(), label.type, "phone-toll-free")
    return Verdict(Severity.HIGH, start, match.end(), label.type, label.detector)


_YEARS = re.compile(r"(?:19|20)\d{2} ?[-/] ?(?:19|20)\d{2}")


def judged(text: str, start: int, limit: int, meaning: Meaning, near: bool) -> Verdict | None:
    """What a value that begins at ``start`` is to a label that stands ``near`` it; None where it is none of its."""
    labels = meaning.labels
    if meaning.is_called:
        return _phone(text, start, limit, labels[0])
    ends = [end for end in _ends(text, start, limit) if not is_letter(text, end)]
    if ends and meaning.of_schemes:
        known = _of_a_scheme(text, start, ends, meaning, near)
        if known is not None:
            return known
    end = _generic(text, start, limit, ends)
    if end is None:
        return None
    value = text[start:end]
    digits = _digits_in(value)
    for label in labels:
        if (label.scheme is not None or not near) and not label.strong:
            continue
        if label.digits == 0 and digits == 0:
            if near and len(value) >= 3 and not _NO_WORD.match(value) and _is_handle(text, start, end):
                return Verdict(Severity.MEDIUM, start, end, label.type, label.detector)
            continue
        if digits < (label.digits if near else max(4, label.digits)) or not _plausible(text, start, end, label, near):
            continue
        if label.scheme is not None:
            return Verdict(Severity.LOW, start, end, label.type, label.detector)
        severity = severity_of(label.detector, value)
        tail = _TAIL.search(value) if severity is Severity.LOW else None
        if tail is not None:
            # "536-22-4821-v2"
            shorter = severity_of(label.detector, value[: tail.start()])
            if shorter is not Severity.LOW:
                return Verdict(shorter, start, start + tail.start(), label.type, label.detector)
        return Verdict(severity, start, end, label.type, label.detector)
    return None


def _of_a_scheme(text: str, start: int, ends: list[int], meaning: Meaning, near: bool) -> Verdict | None:
    """A value that one of the labels' schemes knows; one that it refuses where none knows it."""
    values: list[tuple[int, str, str]] = []
    for end in ends:
        value = text[start:end]
        if value.isdigit() or not _RANGE.search(value):
            values.append((end, value, compact(value)))
    refused: Verdict | None = None
    for label, scheme in meaning.of_schemes:
        for end, value, plain in values:
            if not scheme.form.fullmatch(plain) or (not label.strong and _small_letters(value)):
                continue
            if _DIGIT.search(plain) and scheme.exists(value):
                return Verdict(Severity.HIGH, start, end, label.type, label.detector)
            if refused is None and (near or label.strong):
                refused = Verdict(Severity.LOW, start, end, label.type, label.detector)
    return refused


def _digits_in(value: str) -> int:
    if value.isdigit():
        return len(value)
    return sum(map(str.isdigit, value))


def _small_letters(value: str) -> bool:
    """Whether a value has small letters and few digits: it is rather prose than a code."""
    return value != value.upper() and _digits_in(value) < 6


_NAMED = re.compile(r"(?i)(?:name|handle|user|id|profile|account|login)\s(?:is|was)\s[\"'@]?$")


def _is_handle(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 4) : start]
    marked = text[start - 1 : start] == "@" or ":" in before or "=" in before or "_" in text[start:end]
    return marked or bool(_NAMED.search(text[max(0, start - 16) : start]))


def _generic(text: str, start: int, limit: int, ends: list[int]) -> int | None:
    """Where a value of no known form ends: its first token, with the groups of digits that go on."""
    handle = text[start : start + 1] == "@"
    token = _TOKEN.match(text, start + handle, limit)
    if token is None:
        return None
    first = token[0]
    suffix = None if first.isalnum() else _SUFFIX.search(first)
    if suffix is not None:
        # "MRN00482913.pdf"
        return token.start() + suffix.start()
    end = token.end()
    letters_only = _DIGIT.search(first) is None
    for further in reversed(ends):
        if further <= end:
            continue
        piece = text[end + 1 : further]
        digits = _digits_in(text[start:end])
        joins = (
            (letters_only and first.isupper() and piece[:1].isdigit())
            or (
                digits <= 14
                and 2 <= len(piece) <= 12
                and all(c.isdigit() or c == "-" for c in piece)
                and text[end - 1].isdigit()
            )
            or (text[start:end].replace(" ", "").isdigit() and _LAST_GROUP.fullmatch(piece) is not None)
            or _goes_on_in_groups(text[start:end], piece)
        )
        if not joins or _AMOUNT.match(text, further):
            break
        end, letters_only = further, False
    return end


def _goes_on_in_groups(value: str, piece: str) -> bool:
    """ "DRINK 709114 Z99KA 41", "D0038 1726 4": a code of letters and digits goes on with groups, or a last letter."""
    if not value[0].isupper() or _DIGIT.search(value) is None:
        return False
    # A short group only behind another: "K449201 24 h" does not go on.
    return (_FURTHER_GROUP if " " in value else _GROUP).fullmatch(piece) is not None


# "204 417 712A"
_LAST_GROUP = re.compile(r"\d{3,6}[A-Z]")
_GROUP = re.compile(r"\d{3,6}|[A-Z]{1,2}\d{2,6}[A-Z]{0,2}|\d{2,4}[A-Z]{1,2}")
_FURTHER_GROUP = re.compile(r"\d{1,6}|[A-Z]{1,2}\d{2,6}[A-Z]{0,2}|\d{1,4}[A-Z]{1,2}|[B-HJ-Z]")


def _is_date(value: str) -> bool:
    """Whether a value is written like a day or a time and can be one: "12-34-56" and "77-31-902" can not."""
    if not _DATE.fullmatch(value):
        return False
    groups = _NOT_DIGITS.split(value)
    if len(groups) != 3 or len(groups[0]) > 2 or ":" in value:
        return True
    first, second = int(groups[0]), int(groups[1])
    return len(groups[2]) != 3 and 1 <= min(first, second) <= 12 and max(first, second) <= 31


def _plausible(text: str, start: int, end: int, label: Label, near: bool) -> bool:
    value = text[start:end]
    if end < len(text) and (text[end] == "_" or (is_letter(text, end))):
        return False
    plain = value.isdigit()
    if not plain and (_is_date(value) or _DECIMAL.fullmatch(value) or _RANGE.search(value)):
        return False
    if text[start - 1 : start] in ("$", "€", "£", "<", ">") and not label.strong:
        return False
    if not label.strong and (_VISIT.fullmatch(value) or _MEASURE.fullmatch(value)):
        return False
    if label.strong and near:
        return not (plain and len(value) <= 4 and _AMOUNT.match(text, end))
    if _YEAR.fullmatch(value) or _SHARE.fullmatch(value) or (plain and _AMOUNT.match(text, end)):
        return False
    return not (re.match(r",\d{3}\b", text[end : end + 4]) and plain)
