"""Which codes that no label announces are somebody's, in a text that tells of somebody?

Of nobody such a code is a reagent's, a gene's or a device's; beside a patient's name it is mostly hers.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence

from preceptor.phi.covered import Covered
from preceptor.phi.finder import Known
from preceptor.phi.lexicon import alternation
from preceptor.phi.normalise import NormalText
from preceptor.phi.rule import IN_COMPANY, Candidate, Rule
from preceptor.phi.rules.codes import OF_DATABASES, OF_MEDICINE
from preceptor.phi.rules.identifiers import is_free
from preceptor.phi.rules.later import Later
from preceptor.phi.rules.national import is_impersonal
from preceptor.phi.types import OF_NOBODY, PhiType, Severity, Span

# Numbers of catalogues, of medicine and of papers, amounts and values, by the word in front.
_BEFORE = (
    r"(?i)\b(?:pmid|pmc|doi|nct|snomed(?:[ -]ct)?|sct|loinc|rxnorm|rxcui|ndc|gtin|isbn|issn|cpt|hcpcs|icd|umls|cui|mesh"
    r"|omim|orpha|chembl|cas|catalog(?:ue)?|cat|part|model|version|build|firmware|article|clinvar|rs|trial|form|section"
    r"|protocol|grant|patent|award|total|count|counts|load|copies|population|budget|cost|price|revenue|about|of|over"
    r"|than|d-?dimer|(?:white|red) cells|wcc"
    r"|around|approximately|approx|nearly|almost|under|below|above|from|between|to|up|every|dose|mix|per"
    rf"|{alternation('with_values')}|{alternation('measured_of_somebody')})"
    r"(?: (?:no|number|code|id|concept|is|was|at|of|up to|down to|to))?\.?[:=#,~<>→( ]{0,3}$"
)
_CATALOGUED = Later(_BEFORE)
# Behind a number, beside the units that are none of an identifier's neighbours anywhere.
_COUNTED = re.compile(
    r"(?i) ?(?:/|×|x ?10|\+|-fold|cfu|gbp|u\b|miu\b|mmol|hrs?\b|min\b|sec\b|times\b|beats\b|bpm\b|calories|k?cal\b"
    r"|psi\b|c?gy\b|msv\b|rads?\b|points?\b|words\b|of\b|to \d|[-–] ?\d)"
)
# Years, visits as they are billed, ranges of what was measured, codes of laboratories, and what ends as amounts do.
_KNOWN = re.compile(r"(?:19|20)\d\d(?:[-–/](?:19|20)?\d\d)?|99\d{3}|\d{1,3}[ -]\d{2,3}|\d{4,5}-\d|\d{3,10}00")
_DIGIT = re.compile(r"\d")
_LEAST_DIGITS, _LEAST_WITH_LETTERS = 5, 4


def _unlabelled(candidate: Candidate) -> Severity | None:
    """ "TD88213", "00418832", "9930 2215 4": a code that counts, cites and measures nothing."""
    value = candidate.value
    digits = len(_DIGIT.findall(value))
    least = _LEAST_WITH_LETTERS if any(map(str.isalpha, value)) else _LEAST_DIGITS
    if digits < least or _KNOWN.fullmatch(value) or OF_MEDICINE.match(value) or OF_DATABASES.match(value):
        return None
    if not is_free(candidate) or _COUNTED.match(candidate.after(12)) or candidate.before(1) in ("$", "€", "£", "."):
        return None
    if _CATALOGUED.search(candidate.before(32)):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.MEDIUM


# Letters, digits and what joins them, and groups of these behind spaces: looked at more closely where it has digits.
# A capital that begins a word is no run, and most are; nor are fewer than five signs. A set is read faster than "\d",
# and there are no other digits here.
_GROUP = "(?: [A-Z]{0,3}[0-9][A-Z0-9-]*)"
_RUN = re.compile(f"[A-Z0-9](?=[A-Z0-9# -]{{4}})(?:[A-Z0-9#-]+{_GROUP}*|{_GROUP}+)")
_FORM = re.compile(
    r"[A-Z]{0,4}[#-]?\d{5,12}|[A-Z]{0,4}-?\d{2,6}(?:[ -][A-Z]{0,3}\d{1,6}){1,4}"
    r"|[A-Z]{1,4}\d{0,4}-[A-Z]{0,4}\d[A-Z\d]{0,7}(?:-[A-Z\d]{1,8}){0,3}"
)
_DETECTOR = f"code-unlabelled{IN_COMPANY}"
# Changes whenever something else may be found by the same patterns.
_VERSION = "1"


class UnlabelledCodes:
    """Looks at every code that nothing covers, where something else tells of somebody."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What the detector looks for."""
        return {
            _DETECTOR: "A code of four digits or more, in a text that tells of somebody, measures and cites nothing."
        }

    @property
    def digest(self) -> str:
        """Of what is looked for, and of the lists in it."""
        patterns = (_RUN, _FORM, _KNOWN, _COUNTED, OF_MEDICINE, OF_DATABASES)
        state = hashlib.sha256(" ".join((_VERSION, _BEFORE, *(each.pattern for each in patterns))).encode())
        return state.hexdigest()

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Spans of codes, see :class:`preceptor.phi.finder.Follower`."""
        if all(kind in OF_NOBODY for _, _, kind in known):
            return
        covered = Covered((start, end) for start, end, _ in known)
        for run in _RUN.finditer(text.text, text.begin):
            if run.end() - run.start() < _LEAST_DIGITS or covered.touches(run.start(), run.end()):
                continue
            candidate = Candidate(text.text, run.start(), run.end())
            if _FORM.fullmatch(run[0]) and _unlabelled(candidate) is not None:
                yield Span(run.start(), run.end(), PhiType.OTHER_ID, _DETECTOR, Severity.MEDIUM)

    def reasons(self, text: NormalText, known: Known, span: Span) -> Sequence[str]:
        """Which form the code has is all there is to say."""
        return [self.detectors[_DETECTOR]]


RULES = (
    Rule(
        # "NWACH 606154 E99KL": five letters of the name, the day of birth, initials and a check.
        "driver-number-british",
        PhiType.LICENCE,
        r"\b[A-Z]{2}[A-Z9]{3} ?\d[0156]\d{4} ?[A-Z][A-Z9]\d[A-Z]{2}\b",
    ),
)
