"""Which codes name a person's specimen, parcel, policy or thing by their form, or by a form and a word in front?"""

import re

from preceptor.phi.lexicon import entries
from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.rules.identifiers import is_free
from preceptor.phi.rules.national import is_impersonal, stands_free
from preceptor.phi.types import PhiType, Severity

# Codes of medicine and of its books, which name nobody.
OF_MEDICINE = re.compile(
    r"(?i)(?:icd|dsm|sars|covid|cpt|snomed|nct|iso|iec|il|cd|hla|hpv|h\dn\d|ndc|loinc|rfc|pmid|pmc|doi|isbn|issn"
    r"|isrctn|rs|hcpcs|drg|rev"
    r"|her2|egfr|kras|braf|tp53|brca|cyp|ck|bms|azd|abt|pf|mk|ly|gsk|bay|chembl|ec|cas|grch|hg\d|chr|nm_|np_|hgb"
    r"|hba|t\d|n95|usp|astm|en|din|mil|fy)[-_ ]?\d"
)
_YEAR_BEHIND = re.compile(r"-(?:19|20)\d\d$")


def _of_a_specimen(candidate: Candidate) -> Severity | None:
    """ "BM23-0417", "S24-11872": letters, the year and a serial number, as laboratories number specimens."""
    value = candidate.value
    if not is_free(candidate) or _YEAR_BEHIND.search(value) or OF_MEDICINE.match(value):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.MEDIUM


def _free(candidate: Candidate) -> Severity | None:
    if not stands_free(candidate.text, candidate.start, candidate.end):
        return None
    return None if is_impersonal(candidate.text, candidate.start, candidate.end) else Severity.MEDIUM


OF_DATABASES = re.compile(
    r"(?:NCT|ENS|SRR|SRX|SRP|ERR|DRR|GSM|GSE|GCA|GCF|PMC|CVE|RCV|SCV|VCV|CHE|UMI|DRK|KCT|CHI|CTR|JPR|ACT)"
)


def _of_a_plan(candidate: Candidate) -> Severity | None:
    """ "XQH884120937": three letters of the plan and the subscriber's number."""
    return None if OF_DATABASES.match(candidate.value) else _free(candidate)


_SIZED = re.compile(r" ?(?:\(|%|±|\+|m?l\b|mg|g\b|patients|people|participants|subjects|cells|of\b)")


_BIN = re.compile(r"(?i)(?:\b|rx)bin\b")


def _on_a_card(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if _BIN.search(candidate.before(40)) else None


def _of_a_group(candidate: Candidate) -> Severity | None:
    return None if _SIZED.match(candidate.after(14)) else _free(candidate)


_RUNS = re.compile(r"\d+|[A-Z]+")


def _of_a_thing(candidate: Candidate) -> Severity | None:
    """ "CS300-SI04471F9": capitals and digits by turns, with a serial number in them."""
    value = candidate.value
    runs = _RUNS.findall(value)
    digits = [run for run in runs if run.isdigit()]
    # Without any hyphen it is rather a number that its own scheme refuses.
    if (
        "-" not in value
        or len(runs) < 4
        or sum(map(len, runs)) < 12
        or sum(map(len, digits)) < 6
        or max(map(len, digits)) < 4
    ):
        return None
    return None if OF_MEDICINE.match(value) or not is_free(candidate) else _free(candidate)


_UNLIKE = re.compile(
    r"(?:COVID|HBA1C|H\dN\d|SARS|HER2|[PCY]?T\d[A-C]?N\d|C\dM\d|G\d+P\d|P\d+G|C\d+D\d|HLA|VIT|BRCA|CYP|E\d\dG)"
)


_WORDS_OF_CODES = re.compile(
    r"(?i)\b(?:confirmation|booking|reservation|record locator|pnr|locator|transmitter|sensor|receiver|applicator"
    r"|reader"
    r"|tracking|ticket|lot|batch|access|login|pin|pass(?:code|word)?|kit|order|voucher|coupon|claim|referral"
    r"|authori[sz]ation|auth|case|permit|badge|fob|locker|tag|barcode|wristband|bracelet|member|policy"
    r"|subscriber|patient|chart|file|ref(?:erence)?|visit|sample|specimen|tube|serial|device|pump|implant|portal"
    r"|invitation|activation|pairing|security|verification|donor|recipient|participant|subject"
    r"|randomi[sz]ation|screening|passport|visa|licen[cs]e|registration|certificate|s/?n|ser|asset|template|mcr|hoist"
    r"|monitor|meter|cgm|dexcom|libre|handset|tablet|itinerary|flight|check-?in|boarding pass|engraved|stamped|etched"
    r"),?(?: (?:code|number|no\.?|id|key|tag|ref(?:erence)?|is|was|reads|says|shown|on file))*(?:[:#=] ?| )[\"'(#]?$"
)


# An airline's or a portal's code may have a single digit.
_OF_A_BOOKING = re.compile(
    r"(?i)(?:confirmation|booking|reservation|record locator|pnr|locator|itinerary|flight|check-?in|boarding|ticket"
    r"|access|login|pass|activation|invitation|voucher|coupon|pairing|security|verification)"
)


def _short(candidate: Candidate) -> Severity | None:
    """ "confirmation QX7T4P": capitals and digits mixed, too few for a number of their own."""
    value = candidate.value
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if not digits or letters < 2 or digits + letters < 6 or _UNLIKE.match(value) or OF_MEDICINE.match(value):
        return None
    word = _WORDS_OF_CODES.search(candidate.before(48))
    if word is None or (digits == 1 and not _OF_A_BOOKING.match(word[0])):
        return None
    return Severity.MEDIUM if is_free(candidate) else None


_OF_PLATES = re.compile(
    r"(?:LCP|DCP|LC|DHS|DVR|PHILOS|MM|HOLE|T|L|C|S|TX|HIV|CT|MR|XR|US|IV|PO|IM|SC|HR|BP|RR|PT|NO|DAY|ICU|ER|ED|OR"
    r"|PCR|AGAR)\b"
)


# "Registered RN 2019".
_WITH_YEAR = re.compile(r"[A-Z]{1,3}[ -](?:19|20)\d\d")
_OF_LENGTHS = re.compile(
    r".*[ -](?:HOLES?|HRS?|HOURS?|MIN|DAYS?|MM|CM|MLS?|MG|MCG|WELLS?|UNITS?|KG|CELLS|YRS?|WKS?|MTHS?|SCREWS?)$"
)


def _plate(candidate: Candidate) -> Severity | None:
    """ "rego 1AB 2CD", "Texas plate BX7 K221": letters and digits, in two groups or one, and no plate for a bone."""
    value = candidate.value
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if (
        not digits
        or not letters
        or not 5 <= digits + letters <= 8
        or _OF_PLATES.match(value)
        or _OF_LENGTHS.match(value)
        or _WITH_YEAR.fullmatch(value)
    ):
        return None
    return Severity.MEDIUM if is_free(candidate) else None


def _numbered(candidate: Candidate) -> Severity | None:
    """ "under that, number 4471-B": a code that is said to be a number, of no thing that is bought or published."""
    value = candidate.value
    digits = candidate.digits
    span = _SPAN.fullmatch(value)
    if span is not None and len(span[1]) == len(span[2]) and span[1] < span[2]:
        # "A number 100-200".
        return None
    short = not any(map(str.isalpha, value)) and len(digits) < 6 and not value.startswith("0")
    if len(digits) < 4 or short or (value.isdigit() and _SIZED.match(candidate.after(14))) or OF_MEDICINE.match(value):
        return None
    if value.endswith("000") or _TWO_YEARS.fullmatch(value) or _OF_THINGS.search(candidate.before(40)):
        return None
    return Severity.MEDIUM if is_free(candidate) else None


# Medicines in trials, standards and entries of databases are written so too.
_OF_SUBSTANCES = frozenset(entries("substances"))


def _prefixed(candidate: Candidate) -> Severity | None:
    """ "CBU-88213": a few letters and a serial number, of no medicine, standard or database."""
    prefix = candidate.value.partition("-")[0]
    if prefix in _OF_SUBSTANCES or _OF_THINGS.search(candidate.before(40)) or not is_free(candidate):
        return None
    return _free(candidate)


_SPAN = re.compile(r"(\d{2,4})-(\d{2,4})")
_TWO_YEARS = re.compile(r"(?:19|20)\d\d[-/](?:(?:19|20)?\d\d)")
_OF_THINGS = re.compile(
    r"(?i)\b(?:catalog(?:ue)?|cat|model|part|product|item|grant|award|contract|patent|atcc|cas|ec|accession|version"
    r"|figure|table|protocol"
    r"|pubmed|gene|entrez|snp|uniprot|protein|geo|ensembl|compound|drugbank|dbsnp|dbgap|taxon|variation|clinvar"
    r"|approval|ethics|irb|trial|registration|ndc|billing|procedure|diagnosis|revenue|icd\S*|cpt|hcpcs|drg|un"
    r"|reference|article|document|form)"
    r"(?: code)?,? (?:number|no\.?|nr\.?|ids?|#)?:? ?$"
)

RULES = (
    Rule(
        "code-of-a-specimen",
        PhiType.OTHER_ID,
        r"\b[A-Z]{1,3}[012]\d-\d{3,7}(?:-[A-Z0-9]{1,3}| [A-Z]\d{1,2})?\b",
        check=_of_a_specimen,
    ),
    Rule("code-of-a-plan", PhiType.HEALTH_PLAN, r"\b[A-Z]{3}(?:\d{9,12}|[A-Z]?\d{3}[A-Z]\d{5,8})\b", check=_of_a_plan),
    Rule(
        # "group 0047718": an employer's at the insurer, of a form that no size of a group has.
        "group-of-a-plan",
        PhiType.HEALTH_PLAN,
        r"(?i)\b(?:group|grp)(?: (?:no\.?|number|id))?(?:[:#]| #)? ?(?P<v>0\d{3,9}|\d{6,10})\b",
        check=_of_a_group,
    ),
    Rule(
        # "BIN 610014 PCN MEDDPRIME": a pharmacy's card; alone PCN is penicillin.
        "card-of-a-pharmacy",
        PhiType.HEALTH_PLAN,
        r"(?i)\b(?:rx ?)?pcn[:# ]{1,2}(?P<v>[A-Z][A-Z0-9]{1,11})\b",
        check=_on_a_card,
    ),
    Rule(
        "code-of-a-parcel", PhiType.OTHER_ID, r"\b(?:1Z[0-9A-Z]{16}|9[2345]\d{2}(?: ?\d{4}){4} ?\d{2})\b", check=_free
    ),
    Rule(
        # Blood and tissue: ISBT 128, and its British groups.
        "code-of-a-donation",
        PhiType.OTHER_ID,
        r"\b[A-Z]\d{4} ?\d{2} ?\d{6}(?: ?\d{2})?(?: [A-Z0-9])?\b|\b[A-Z]\d{3} \d{3} \d{3} \d{3}(?: [A-Z0-9])?\b",
        check=_free,
    ),
    Rule(
        "code-of-a-thing",
        PhiType.DEVICE,
        r"\b[A-Z]{1,6}\d{1,8}(?:-?[A-Z]{1,6}\d{1,8}){1,4}[A-Z]?\b",
        check=_of_a_thing,
        begin=r"\b[A-Z]{1,6}\d{1,8}-?[A-Z]{1,6}\d{2}",
    ),
    Rule("code-with-a-prefix", PhiType.OTHER_ID, r"\b[A-Z]{2,4}-\d{5,9}\b", check=_prefixed),
    Rule(
        # The code is looked for, since it is rarer than the words in front of it.
        "short-code-behind-a-word",
        PhiType.OTHER_ID,
        r"\b(?:[A-Z]{1,5}\d|\d{1,5}[A-Z])[A-Z0-9]{0,10}(?:-[A-Z0-9]{1,8}){0,3}\b",
        check=_short,
        begin=r"\b(?:[A-Z]\d[A-Z0-9-]{4}|\d[A-Z][A-Z0-9-]{4}|[A-Z]{2,5}\d[A-Z0-9-]|\d{2,5}[A-Z][A-Z0-9-])",
    ),
    Rule(
        "plate-behind-a-word",
        PhiType.VEHICLE,
        r"(?i:\b(?:rego|plates?|license tag|tag|reg|registration|registered(?: as)?|matatu)(?: (?:no\.?|number|is|was"
        r"|reads|read|says)){0,2})"
        r"(?:[:#=] ?| )[\"'(]?(?P<v>[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,4}(?:[ -](?:[B-HJ-Z]|[A-Z]{2,3}|\d{1,3}))?)\b",
        check=_plate,
        begin=r"(?i:\b(?:rego|plates?|license tag|tag|reg|registration|registered|matatu)"
        r"(?: (?:as|no\.?|number|is|was|reads|read|says)){0,2})"
        r"(?:[:#=] ?| )[\"'(]?[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2}",
    ),
    Rule(
        "code-said-to-be-a-number",
        PhiType.OTHER_ID,
        r"(?:(?i:\bnumber|\bno\.|\bid)|#)(?: is| was"
        r"|:)? ?\(?(?P<v>(?:[A-Z]{1,4}-?)?\d{2,9}(?:[-/][A-Z0-9]{1,9}){1,3}|\d{6,12}|0\d{4}"
        r"|\d{3,4}(?: \d{3,4}){1,3}(?: \d\d|[A-Z]{1,2})?"
        r"|[A-Z]{1,4}\d{4,9}[A-Z]?|\d{4,9}[A-Z]{1,3})\b",
        check=_numbered,
        inside=True,
    ),
    Rule(
        # "DL LA 008814392", "License shown: LA 008814392": the state in front.
        "licence-of-a-state",
        PhiType.LICENCE,
        r"(?:\b(?i:DLN?)|(?i:\b(?:driver'?s?|driving|state) (?:licen[cs]e|id)|\blicen[cs]e))(?i:(?: (?:no\.?|number"
        r"|shown|scanned|is|was|from|of|id|#))*)"
        r"(?:[:#] ?| )(?P<v>(?:[A-Z]{2} )?(?:[A-Z]\d{2,3}[- ]?\d{3,5}[- ]?\d{3,6}(?:[- ]?\d{1,4})?|\d{7,10}"
        r"|[A-Z]{1,2}\d{5,12}))\b",
        check=_free,
    ),
)
