"""Which codes of offices, courts and logs name a person's file, and which short name its writer?"""

import re

from preceptor.phi.lexicon import alternation, entries
from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.identifiers import is_free
from preceptor.phi.rules.later import Later
from preceptor.phi.rules.national import is_impersonal
from preceptor.phi.types import PhiType, Severity

_CODE = r"(?:[A-Z0-9]{1,8}(?:[-/.][A-Z0-9]{1,12}){1,4}|[A-Z]{1,5}\d{4,12}[A-Z]?|\d{6,14}|0\d{4})"
_TWO_YEARS = re.compile(r"(?:19|20)\d\d[-/](?:(?:19|20)?\d\d)")
_ICD = re.compile(r"[A-TV-Z]\d[\dA-Z]\.[\dA-Z]{1,4}")
_DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_OF_MEDICINE = re.compile(
    r"(?:ICD|DSM|SARS|COVID|CPT|SNOMED|NCT|ISO|IEC|IL|CD|HLA|HPV|H\dN\d|NDC|LOINC|RFC|PMID|PMC|DOI|ISBN|ISSN|ISRCTN"
    r"|RS|CE|FY)\d?"
)
# "HLA/KE/0731": no nomenclature of medicine has two slashes and a serial number.
_OF_A_LABORATORY = re.compile(r"[A-Z]{2,5}/[A-Z]{1,5}/\d{3,8}")


_LEAST_DIGITS = 3


def _is_code(candidate: Candidate) -> bool:
    value = candidate.value
    if not candidate.stands_alone() or candidate.after(1) in ("%", "/"):
        return False
    if _TWO_YEARS.fullmatch(value) or _DAY.fullmatch(value):
        return False
    if _OF_MEDICINE.match(value) and not _OF_A_LABORATORY.fullmatch(value):
        return False
    if _ICD.fullmatch(value):
        return False
    if any(map(str.isalpha, value)):
        return True
    return "." not in value and (len(candidate.digits) >= 6 or value.isdigit())


# Behind these words digits alone may be an amount, unless it is said that they are a number.
_NUMBERED = re.compile(r"(?i)(?:\b(?:nos?\.?|number|id|ref\.?)[ :#=]{1,3}|[:#=] ?)$")
_AMOUNT = re.compile(
    r" ?(?:[a-zµ]?[lg]\b|cells?|units?|iu\b|u\b|copies|platelets|patients|people|per\b|[×x/%])", re.IGNORECASE
)
_PROCEDURE = re.compile(r"\d{5}(?:-\d\d)?|\d{4}[A-Z]")


def _filed(candidate: Candidate) -> Severity | None:
    """ "Tag LHB-3390": a code behind a word for what files are kept under, but no amount and no procedure's code."""
    if not _is_code(candidate) or len(candidate.digits) < _LEAST_DIGITS:
        return None
    if candidate.value.isdigit():
        plain = candidate.value.endswith("000") or _AMOUNT.match(candidate.after(12)) is not None
        zero = candidate.value.startswith("0")
        return None if plain or not (zero or _NUMBERED.search(candidate.before(10))) else Severity.MEDIUM
    refused = _PROCEDURE.fullmatch(candidate.value) or _DENIAL.fullmatch(candidate.value)
    return None if refused else Severity.MEDIUM


# "Denial code CO-197": a payer's reason, the same for everybody.
_DENIAL = re.compile(r"(?:CO|PR|OA|PI|CR)-?[A-Z]?\d{1,3}|(?:MA|N|M)-?\d{2,3}|CARC-?\d+|RARC-?[A-Z]?\d+")


def _anywhere(candidate: Candidate) -> Severity | None:
    """ "CLM-20-8837164": letters, a year and a serial number."""
    return Severity.MEDIUM if _is_code(candidate) and len(candidate.digits) >= 6 else None


# What stands so beside a number of its own.
_OF_MEASURES = Later(
    rf"(?i)(?:{alternation('with_values')}|bp|map|hr|rr|ct|mri|mr|pet|us|xr|cxr|ecg|ekg|eeg|emg|gcs|nihss|mmse|moca|sofa"
    r"|ck|cpk|rbc|ldh|ige|igg|iga|igm|amy|amylase|ddimer|hs|tnt|tni|pth|cmv|ebv|hbv|hcv|hiv|hpv|dna|rna|pcr|auc|hu|suv|dlp"
    r"|kub|tpn|ivf|tlc|alc|aec|asa|ana|asot?|rf|ef|lv|rv|av|ph|gf|gfr|psi|hz|rct|nct|usp|nhs|who|cdc|fda|mhra|cqc"
    r"|phq|gad|ldl|hdl|ppm|rpm|lcp|dcp|no|nos|id|nice|ng|ta|cg|qs|ce|en|ge|sn|act|law|rev|ver|form|room|ward|bed|bay"
    r"|day|week|year|age|fr|ch|french|size|step|stage|phase|part|page|item|type|level|grade|bin|pcn)(?:[ -].*)?"
)
_FILED_UNDER = re.compile(
    r"(?i)\b(?:files?|records?|chart|folder|dossier|ref(?:erence)?|registration|reg|licen[cs]e|certificate|permit|badge"
    r"|docket|asset|policy|member|engraved|stamped|etched|inscribed|tattooed|marked|labell?ed|barcode|wristband"
    r"|registered|enrolled|listed|filed|numbered|number|nos?(?=[.:])|nr|id|plates?|tag|labels?"
    r"|sticker|parcel|unit|bag|donation|donor|consignment|tracking|sample|specimen|tube|vial|box|rack)\b"
    r"(?:\.?,? (?:nos?\.?|number|id|as|under|with|is|was|reads|says)){0,2}\.?[ :#=]{1,3}[\"'(]?$"
)
_YEAR_BEHIND = re.compile(r"\D(?:19|20)\d\d")


def _in_groups(candidate: Candidate) -> Severity | None:
    """ "file PMB 61/4402", "engraved VDM 6604": letters and a serial number apart, of nothing that is measured."""
    value = candidate.value
    if not is_free(candidate) or _OF_MEDICINE.match(value) or not _FILED_UNDER.search(candidate.before(40)):
        return None
    amount = _AMOUNT.match(candidate.after(12)) is not None or value.endswith("000")
    few = "/" in value and len(candidate.digits) < _LEAST_DIGITS_OF_GROUPS
    return None if amount or few or _OF_MEASURES.fullmatch(value) or _YEAR_BEHIND.search(value) else Severity.MEDIUM


_OF_TRIALS = re.compile(
    r"(?i)\b(?:trials?|study|studies|protocol|cohort|phase|standard|guideline|catalog(?:ue)?|model|part)\b"
)
_RUN = re.compile(r"\d{3,}")
_LEAST_DIGITS_OF_GROUPS = 5
_REGISTERED = re.compile(
    r"(?i)\b(?:register(?:ed|s)?|registry|registration|roster|ledger|list(?:s|ed)?"
    r"|enrol\w+|known|files?|filed|charts?|records?|ids?|numbers?|codes?"
    r"|ref(?:erence)?|labels?|labell?ed|tags?|tagged|marked|template|asset|badge)\b"
)


def _of_a_registry(candidate: Candidate) -> Severity | None:
    """ "TIF-IN-20934": an office, a place and a serial number, of no trial, standard or catalogue."""
    value = candidate.value
    prefix = value.partition("-")[0]
    least = _LEAST_DIGITS_OF_GROUPS - bool(_REGISTERED.search(candidate.before(48)))
    if not is_free(candidate) or len(candidate.digits) < least or _RUN.search(value) is None:
        return None
    if prefix in _OF_SUBSTANCES or prefix in _OF_SPONSORS or _OF_MEDICINE.match(value) or _YEAR_BEHIND.search(value):
        return None
    if _OF_TRIALS.search(candidate.before(40)) or _OF_TRIALS.search(candidate.after(16)):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.MEDIUM


_OF_SUBSTANCES = frozenset(entries("substances"))
_OF_SPONSORS = frozenset(
    ("GS", "CA", "MK", "BO", "WO", "GO", "JCOG", "ECOG", "SWOG", "NSABP", "RTOG", "CALGB", "EORTC")
)
_UNITS = frozenset(("ml", "dl", "kg", "hr", "min", "day", "mg", "ul", "wk", "mo", "yr", "hpf", "lpf", "cm", "mm", "or"))


def _of_a_typist(candidate: Candidate) -> Severity | None:
    return None if re.split("[/:]", candidate.value)[1] in _UNITS else Severity.MEDIUM


_TYPED = r"(?P<v>[A-Z]{2,3}[/:][a-z]{2,3})"
RULES = (
    Rule(
        "code-on-file",
        PhiType.OTHER_ID,
        r"(?i:\b(?:prior auth(?:ori[sz]ation)?|auth|confirmation|group|grp|subscriber|serial|kit|donation|uhid|mlc"
        r"|datix|cad|inmate|prisoner|detainee|mlc|fir|rego|case|ref(?:erence)?|file|record|records|entry"
        r"|intake|subject|tag|scope|log|report|ticket|docket"
        r"|matter"
        r"|incident|complaint|warrant|inquest|folio|claim|client|patient|pt|participant|volunteer|donor|recipient"
        r"|enrollee"
        r"|under|(?:registered|logged|listed|enrolled|entered|filed|coded|known|recorded|booked|identified"
        r"|randomi[sz]ed) (?:as|under)|labell?ed|marked|barcode|job|exam|order|requisition|sample|slide|isolate"
        r"|permit|badge|plate|plates|reg|registration|vehicle|locker|kit|account|acct|policy|member|passport"
        r"|certificate"
        r"|cert|licen[cs]e|lic|receipt|invoice|booking|confirmation|code|template|asset|pedigree|pid|uid|swipe|cassette"
        r"|straw|box|rack|folder|dossier|plaque|engraved|stamped|etched|inscribed|printed|register|registry|ledger"
        r"|roster|manifest|shelf|bottle|canister|vial|plot|grave|identifier|(?:run|ambulance|transfer|intake) sheet"
        r"|processor|controller|handset))(?i:\.?,? (?:nos?\.?|numbers?,?|id|is|was"
        r"|ref\.?|under|as|says|reads|say|read"
        rf"|to))?[ :#=]{{1,3}}(?P<v>{_CODE})\b",
        check=_filed,
        cued=True,
        inside=True,
    ),
    Rule(
        # The code is looked for, since it is rarer than the words in front of it.
        "code-on-file-in-groups",
        PhiType.OTHER_ID,
        r"\b[A-Z]{2,6}(?:-[A-Z]{2,5})? (?:\d{1,4}[-/]\d{2,8}|\d{4,9}[A-Z]?)\b"
        r"|\b[A-Z]{1,3}\d{3,4}(?: \d{2,4}){2,4}\b",
        check=_in_groups,
        begin=r"\b(?:[A-Z]{2,6}(?:-[A-Z]{2,5})? \d{1,4}(?:[-/]\d\d|\d{3})|[A-Z]{1,3}\d{3,4} \d{2})",
    ),
    Rule(
        "code-of-a-registry",
        PhiType.OTHER_ID,
        r"\b[A-Z]{2,4}(?:-[A-Z]{2,5}|-\d{2,8}){1,4}(?:-[A-Z]{2,5}|-\d{2,8}|-[A-Z]{1,2}\d?|-\d{2,6}[A-Z]{1,3}\d{0,3})\b",
        check=_of_a_registry,
        begin=r"\b[A-Z]{2,4}-[A-Z0-9]{2,8}-[A-Z0-9]{2}",
    ),
    Rule(
        "code-of-a-series",
        PhiType.OTHER_ID,
        r"\b(?:[A-Z]{2,5}-\d{2}(?:\d\d)?-\d{4,9}|(?:19|20)\d\d-[A-Z]{1,5}-\d{4,9}"
        r"|[A-Z]{2,5}(?:/[A-Z]{1,5}){0,2}/\d{3,8}"
        r"[/-]\d{1,6})\b",
        check=_anywhere,
    ),
    Rule(
        "initials-of-a-typist",
        PhiType.NAME,
        rf"(?i:\b(?:dictated|transcribed|typed|dictation|transcription))\b[^\n]{{0,40}}?\b{_TYPED}\b",
        check=_of_a_typist,
    ),
)
