"""Which codes that no label announces are somebody's, in a text that tells of somebody?

Of nobody such a code is a reagent's, a gene's or a device's; beside a patient's name it is mostly hers.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

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

# Numbers of catalogues, of medicine and of papers, and what is measured and scored, by the word in front.
_CITING = (
    r"pmid|pmc|doi|nct|iso|iec|din|astm|en|bs|ansi|lineage|clade|strain|snomed(?:[ -]ct)?|sct|loinc|rxnorm|rxcui|ndc"
    r"|gtin|isbn|issn|cpt|hcpcs|icd|umls|cui|mesh|omim|orpha|chembl|cas|catalog(?:ue)?|cat|part|model|version|build"
    rf"|firmware|article|clinvar|rs|trial|protocol|grant|patent|eta|etd|d-?dimer|(?:white|red) cells|wcc"
    rf"|{alternation('with_values')}|{alternation('scored')}"
)
# Amounts and places in books.
_COUNTING = (
    r"form|section|award|total|count|counts|load|copies|population|budget|cost|price|revenue|about|of|over|than|around"
    r"|approximately|approx|nearly|almost|under|below|above|from|between|to|up|every|dose|mix|per"
    rf"|{alternation('measured_of_somebody')}"
)
_LINK = r"(?: (?:no|number|code|id|concept|is|was|at|of|up to|down to|to))?\.?[:=#,~<>→( ]{0,3}$"
_CITED = Later(rf"(?i)\b(?:{_CITING}){_LINK}")
_CATALOGUED = Later(rf"(?i)\b(?:{_CITING}|{_COUNTING}){_LINK}")
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
    least = _LEAST_WITH_LETTERS if any(map(str.isalpha, value)) else _LEAST_DIGITS
    if len(_DIGIT.findall(value)) < least or not is_free(candidate):
        return None
    if _KNOWN.fullmatch(value) or _CATALOGUED.search(candidate.before(32)) or measures(candidate):
        return None
    return Severity.MEDIUM


def cites(word: str) -> bool:
    """Whether a word stands in front of what is cited, catalogued, measured or scored: "IEC", "PMID"."""
    return _CITED.search(f"{word} ") is not None


def is_of_no_code(word: str) -> bool:
    """Whether a word of letters and digits is an amount, a variant, a stage or another form that names nobody."""
    return _NO_CODE.match(word) is not None


_YEARS = re.compile(r"(?:19|20)\d\d(?:[-–/](?:19|20)?\d\d)?")


def measures(candidate: Candidate) -> bool:
    """Whether a number or code counts, cites or measures something for sure, by its form or what stands around it."""
    value = candidate.value
    if _YEARS.fullmatch(value) or OF_MEDICINE.match(value) or OF_DATABASES.match(value):
        return True
    if _COUNTED.match(candidate.after(12)) or candidate.before(1) in ("$", "€", "£", "."):
        return True
    return bool(_CITED.search(candidate.before(32))) or is_impersonal(candidate.text, candidate.start, candidate.end)


# Where a digit stands that three more follow, with a few letters and signs between any two. A set is read faster than
# "\d", and there are no other digits here.
_FOUR_DIGITS = re.compile("[0-9](?=(?:[A-Za-z#/.+ -]{0,5}[0-9]){3})")
_JOINED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#/.+-")
_GOES_ON = re.compile(r"[#/.+][A-Za-z0-9]")
_LONGEST = 48
# Capitals, digits and what joins them, and groups of these behind spaces.
_RUN = re.compile("[A-Z0-9][A-Z0-9#-]*(?: [A-Z]{0,3}[0-9][A-Z0-9-]*)*")
_FORM = re.compile(
    r"[A-Z]{0,4}[#-]?\d{5,12}|[A-Z]{0,4}-?\d{2,6}(?:[ -][A-Z]{0,3}\d{1,6}){1,4}"
    r"|[A-Z]{1,4}\d{0,4}-[A-Z]{0,4}\d[A-Z\d]{0,7}(?:-[A-Z\d]{1,8}){0,3}"
)
# Any other word of digits and letters: "WES-9921-P/M/F", "A4417DK".
_WORD = re.compile("[A-Za-z0-9](?:[A-Za-z0-9#/.+-]*[A-Za-z0-9])?")
_CAPITAL = re.compile("[A-Z]")
_THREE_IN_A_ROW = re.compile("[0-9]{3}")
# Amounts, times, years, files and versions; variants of genes, alleles, formulas, stages and pregnancies; codes of
# diagnoses and of services.
_NO_CODE = re.compile(
    r"\d[\d.,/+-]*(?<!-)(?:[a-z]|[A-Z]{1,3}(?:/|$))|\d{4}[Hh](?:[Rr][Ss]?)?$|\d+(?:\.\d+)?[EeXx]\d+"
    r"|[A-Za-z/.-]*(?:19|20)\d\d(?:[-/.]\d{1,2}){0,2}$|[vV]\.?\d+(?:\.\d+)+|.*\.[a-z]{2,5}$|.*//"
    r"|[cgmnpr]\.|HLA|DRB|D[PQ][AB]|[A-Z][a-z]{2}\d+(?:[A-Z][a-z]{2}|fs|del|dup|ins)|(?:[A-Z]\d{1,4}[A-Z]|[A-Z]\d+(?:del|dup|ins))(?:/|$)|[ACGT]\d{3,6}[ACGT]$|[A-Z]{1,3}(?:\.\d{1,3})+$"
    r"|(?:[A-Z][a-z]?\d{1,2}){3,}$|[cpry]{0,2}T\d|G\d{1,2}P\d|[A-Z]\d{4}$|[A-Z]\d[\dA-Z]\.[\dA-Z]{1,4}$|M?\d{4}/\d$"
    r"|.*(?:mL|mg|mcg|ug|kg|IU|mmol|mEq|mmHg|cm|mm|Gy|kcal|kJ|bpm|U/|/(?:h|d|min|day|week|mo)\b|Hz|mAh)"
)
_DETECTOR = f"code-unlabelled{IN_COMPANY}"
# Changes whenever something else may be found by the same patterns.
_VERSION = "2"


def _codes(text: str, begin: int) -> Iterator[tuple[int, int]]:
    """Where words or groups stand that have the form of a code, from left to right."""
    reached = begin
    while (digit := _FOUR_DIGITS.search(text, reached)) is not None:
        start, least = digit.start(), max(reached, digit.start() - _LONGEST)
        while start > least and text[start - 1] in _JOINED:
            start -= 1
        word = _WORD.search(text, start)
        if word is None:
            return
        start, end = word.start(), _end_of_row(text, word)
        if _FORM.fullmatch(text, start, end):
            yield start, end
        else:
            # Each of a row of numbers is read once: what stands further on in it is no row of its own.
            yield from (one.span() for one in _WORD.finditer(text, start, end) if _is_code(one[0]))
        reached = max(end, digit.end())


def _end_of_row(text: str, word: re.Match[str]) -> int:
    """Where the groups end that stand behind a word, each as a whole."""
    run = _RUN.match(text, word.start())
    end = 0 if run is None else run.end()
    if end > word.end() and (text[end : end + 1].isalnum() or _GOES_ON.match(text, end)):
        end = text.rfind(" ", word.end(), end)
    return max(word.end(), end)


def _is_code(word: str) -> bool:
    """Whether a word is of no form that counts, measures or belongs to medicine."""
    if _CAPITAL.search(word) is None or _NO_CODE.match(word) or len(_DIGIT.findall(word)) < _LEAST_WITH_LETTERS:
        return False
    return not word.isalnum() or _THREE_IN_A_ROW.search(word) is not None


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
        patterns = (
            *(_FOUR_DIGITS, _RUN, _FORM, _WORD, _NO_CODE, _KNOWN, _COUNTED, _YEARS, _THREE_IN_A_ROW, _CAPITAL),
            *(OF_MEDICINE, OF_DATABASES),
        )
        state = hashlib.sha256(
            " ".join((_VERSION, _CITING, _COUNTING, _LINK, *(each.pattern for each in patterns))).encode()
        )
        return state.hexdigest()

    def find(self, text: NormalText, known: Known) -> Iterable[Span]:
        """Spans of codes, see :class:`preceptor.phi.finder.Follower`."""
        if all(kind in OF_NOBODY for _, _, kind in known):
            return
        covered = Covered((start, end) for start, end, _ in known)
        for start, end in _codes(text.text, text.begin):
            if not covered.touches(start, end) and _unlabelled(Candidate(text.text, start, end)) is not None:
                yield Span(start, end, PhiType.OTHER_ID, _DETECTOR, Severity.MEDIUM)

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
