"""Which numbers, standing anywhere, name a citizen or a taxpayer of some country?

A window is a run of digits and short groups of letters. Its shape ("999-99-9999") says which schemes it may belong to,
their checksum whether it does.
"""

import re
from functools import cache, lru_cache

from preceptor.phi.rule import Candidate, Rule, Verdict
from preceptor.phi.rules.schemes import Scheme, schemes, shape
from preceptor.phi.rules.whole import is_whole
from preceptor.phi.types import PhiType, Severity

# At least six digits, at most one separator and five letters between any two of them; a separator does not begin it.
WINDOW = (
    r"(?i)\b(?:[A-Z]{1,6}[ ./:_+(-][A-Z]{0,5}|[A-Z]{0,11})\d(?:[ ./:_+(-]?[A-Z]{0,5}\d){5}"
    r"(?:[ ./:_+(-]?[A-Z]{0,5}\d){0,26}[A-Z0-9]{0,8}(?:[ -][A-Z]{1,3}\b)?\)?"
)
_GROUP = re.compile(r"[A-Z9]+")
# What stands before a number that names no person: a publication, a registry of trials or genes, a code of a
# terminology, a product, a count, a clock.
_COUNTED = (
    r"pmid|pmcid|pmc|doi|isbn|issn|nct|isrctn|arxiv|ean|gtin|upc|ndc|rrid|genbank|embl|ncbi|pubchem|cid|chebi|"
    r"chembl|refseq|ensembl|omim|cas|icd(?:-?\d+)?(?:-cm)?|cpt|loinc|snomed(?: ct)?|rxnorm|umls|mesh|atc|hcpcs|drg|"
    r"clinicaltrials|prospero|crd|eudract|version|build|rev|revision|commit|seed|step|steps|epoch|timestamp|time|ts|"
    r"bytes|size|params|parameters|tokens|offset|port|pid|hash|sha\d*|md5|grant|catalog(?:ue)?|cat|umin|chictr|ctri|"
    r"drks|kct|actrn|irct|jprn|rs|gse|gsm|srr|srp|prjna|samn|accession no|code"
)
_QUALIFIER = r"no|nr|number|id|#|code"
_IMPERSONAL = re.compile(
    rf"(?i)(?:\b(?:{_COUNTED})(?:[ _]?(?:{_QUALIFIER})\b\.?)?[\s:=#(\"'/-]{{0,4}}|[$€£¥]\s?|\d[.,]|[<>≤≥±~^]\s?)$"
)
_BETWEEN = " \t\n\r\f\v:=#(\"'/-"
# The last two letters of each of these words: most words end otherwise.
_ENDINGS = frozenset(word[-2:] for word in re.findall("[a-z]{2,}", f"{_COUNTED}|{_QUALIFIER}"))
_MEASURE = re.compile(
    r"(?i)\s?(?:%|°|bytes?\b|[kmgt]i?b\b|ms\b|[nµμ]?s\b|seconds?\b|minutes?\b|hours?\b|days?\b|weeks?\b|months?\b"
    r"|years?\b|"
    r"[mkµμnp]?g\b|mcg\b|m?l\b|[ckm]?m\b|iu\b|units?\b|cells?\b|copies\b|tokens?\b|params\b|parameters\b|steps?\b"
    r"|samples?\b|"
    r"patients?\b|people\b|persons\b|participants\b|women\b|men\b|dollars\b|euros?\b|usd\b|eur\b|records\b|rows\b"
    r"|reads\b|"
    r"base pairs\b|bp\b|kb\b|hz\b|[kmg]hz\b|x\s?\d)(?!:)"
)


@cache
def _shapes() -> dict[str, tuple[tuple[str, tuple[Scheme, ...], bool], ...]]:
    """By the first group: every shape that begins so, longest first, its schemes, and if it must be alone."""
    by_shape: dict[tuple[str, bool], list[Scheme]] = {}
    for scheme in schemes():
        for one in scheme.shapes:
            by_shape.setdefault((one, False), []).append(scheme)
        for one in scheme.alone:
            by_shape.setdefault((one, True), []).append(scheme)
    table: dict[str, list[tuple[str, tuple[Scheme, ...], bool]]] = {}
    for (one, alone), found in by_shape.items():
        first = _GROUP.match(one)
        if first is None:
            raise ValueError(f"phi/data/schemes.yml has a shape that begins with a separator: {one}")
        table.setdefault(first[0], []).append((one, tuple(found), alone))
    return {first: tuple(sorted(entries, key=lambda e: (-len(e[0]), e[2]))) for first, entries in table.items()}


def _beginnings() -> str:
    """A pattern for every shape, so that windows that begin with none are not looked at: most do."""
    signs = {"9": r"\d", "A": "[A-Za-z]"}
    drawn = sorted({one for entries in _shapes().values() for one, _, _ in entries})
    shapes = "|".join("".join(signs.get(c) or re.escape(c) for c in one) for one in drawn)
    # The engine's texts have a line's end behind them.
    return rf"\b(?:is)?(?:{shapes})[^A-Za-z\d]"


@cache
def _longest() -> int:
    return max(len(one) for entries in _shapes().values() for one, _, _ in entries)


@lru_cache(maxsize=16_384)
def _fitting(drawn: str) -> tuple[tuple[str, tuple[Scheme, ...], bool], ...]:
    """The shapes that a window begins with and that stand free in it."""
    group = _GROUP.match(drawn)
    return tuple(
        entry
        for entry in (_shapes().get(group[0], ()) if group is not None else ())
        if drawn.startswith(entry[0]) and not (drawn[len(entry[0]) : len(entry[0]) + 1] or " ").isalnum()
    )


def _numbers(candidate: Candidate) -> list[Verdict] | None:
    text, value = candidate.text, candidate.value
    # Most windows begin with no shape, or with one that does not stand free.
    if not value.startswith("is") and not _fitting(shape(value[: _longest() + 1])):
        return None
    drawn = shape(value)
    found: list[Verdict] = []
    reach = 0
    for group in _GROUP.finditer(drawn):
        if group.start() < reach:
            continue
        if group.start() and not found:
            # A window that begins at the next group is looked at by itself.
            return None
        begin = group.start()
        # "my code is030594" lost its space.
        glued = group[0].startswith("AA9") and text.startswith("is", candidate.start + begin)
        if glued:
            begin += 2
        start = candidate.start + begin
        if _joined_before(text, start - 2 * glued):
            continue
        follows = _follows_digits(text, start)
        for one, found_schemes, alone in _fitting(drawn[begin : begin + _longest() + 1]):
            end = begin + len(one)
            stop = candidate.start + end
            if ":" in one and (text[start - 1 : start] == ":" or text[stop : stop + 1] == ":"):
                continue
            if (
                _joined_behind(text, stop)
                or (" " in one and (follows or _digits_follow(text, stop)))
                or (alone and not is_whole(text, start, stop))
            ):
                continue
            value = text[start:stop]
            scheme = next((s for s in found_schemes if s.convinces(value)), None)
            if scheme is None and is_whole(text, start, stop):
                scheme = next((s for s in found_schemes if s.convinces(value, whole=True)), None)
            if scheme is None or is_impersonal(text, start, stop):
                continue
            sure = not alone and not (scheme.unchecked and not scheme.exists(value))
            severity = Severity.HIGH if sure else Severity.MEDIUM
            found.append(Verdict(severity, start, stop, scheme.type, scheme.slug))
            reach = end
            break
    return found


def stands_free(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` is no part of a longer word, number, UUID, path or version."""
    return not _joined_before(text, start) and not _joined_behind(text, end)


def _joined_before(text: str, start: int) -> bool:
    return start > 0 and _joins(text, start - 1, -1)


def _joined_behind(text: str, end: int) -> bool:
    return end < len(text) and _joins(text, end, 1)


def _joins(text: str, index: int, step: int) -> bool:
    c = text[index]
    if c.isalnum() or c == "_":
        # Chinese, Japanese, Korean and Thai put no space between a word and a number.
        return not ("\u0e00" <= c <= "\u0e7f" or "\u2e80" <= c <= "\ud7ff" or "\uf900" <= c <= "\ufaff")
    beyond = index + step
    if c in "-.+@/" and 0 <= beyond < len(text):
        other = text[beyond]
        return other.isalnum() if c in "-+" or step > 0 or c == "." else other.isdigit()
    return False


def goes_on(text: str, start: int, end: int) -> bool:
    """Whether more groups of digits stand before or behind a number in groups: it was cut out of a longer one."""
    return _follows_digits(text, start) or _digits_follow(text, end)


def _follows_digits(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] == " " and text[start - 2].isdecimal()


def _digits_follow(text: str, end: int) -> bool:
    return text.startswith(" ", end) and len(text) > end + 2 and text[end + 1 : end + 3].isdecimal()


def is_impersonal(text: str, start: int, end: int) -> bool:
    """Whether the words beside a number say that it counts, measures or cites something."""
    # "n=1234567890" counts; what is written in groups is no count.
    if text[start - 1 : start] == "=" and text[start:end].isdigit() and end - start < 13:
        return True
    before = text[max(0, start - 24) : start]
    if _may_count(before) and _IMPERSONAL.search(before):
        return True
    behind = text[end : end + 1]
    if behind.isspace():
        behind = text[end + 1 : end + 2]
    # Behind most numbers stands a sign or another number.
    if behind < "A" and behind != "%":
        return False
    return _MEASURE.match(text[end : end + 14]) is not None


def _may_count(before: str) -> bool:
    """Whether a text may end with what stands before a number that names no person: told by its last letters."""
    tail = before.rstrip(_BETWEEN)
    last = tail[-1:]
    if not last.isascii() or not last.isalnum():
        return bool(tail)
    if last.isdigit():
        # "ICD-10", "SHA256".
        tail = tail.rstrip("0123456789")
        return tail[-1:] == "-" or tail[-1:].isalpha()
    pair = tail[-2:].lower()
    return pair in _ENDINGS or not pair.isascii()


# A short code that is all there is: a plate, in a text line or a cell of its own.
_CODE = r"(?:\A|\n\x00\n)(?:[a-z]{1,10}: )?[\"'(]?(?P<v>[A-Za-z\d][A-Za-z\d .-]{2,15}[A-Za-z\d])[\"').]?(?:\z|\n\x00\n)"


# Forms with fewer digits than a window has: a PAN of India, a beneficiary of Medicare.
_FEW_DIGITS = (
    r"\b(?:[A-Z]{3}[ABCFGHJLNPT][A-Z]\d{4}[A-Z]|(?i:[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d[ -]?[AC-HJKMNP-RT-Y]"
    r"[0-9AC-HJKMNP-RT-Y]\d[ -]?[AC-HJKMNP-RT-Y]{2}\d{2}))\b"
)

_NAMES = frozenset(scheme.slug for scheme in schemes())
RULES = (
    Rule("national-number", PhiType.OTHER_ID, WINDOW, check=_numbers, names=_NAMES, begin=_beginnings()),
    Rule("code-alone", PhiType.OTHER_ID, _CODE, check=_numbers, names=_NAMES),
    Rule("few-digits", PhiType.OTHER_ID, _FEW_DIGITS, check=_numbers, names=_NAMES),
)
