"""Which numbers name a citizen of another country?"""

from dataclasses import dataclass
from importlib import import_module

from preceptor.phi.rule import Candidate, Check, Rule, after
from preceptor.phi.types import Severity, national


@dataclass(frozen=True, slots=True)
class Scheme:
    """One national number: where python-stdnum has its checksum, how it is written, which words stand beside it.

    ``bare`` is a form so distinct that the checksum alone convinces; without it the words are needed.
    """

    name: str
    module: str
    words: str
    form: str
    bare: str | None = None


SCHEMES = (
    Scheme("GB_NHS", "gb.nhs", r"nhs", r"\d{3}[ -]?\d{3}[ -]?\d{4}", r"\b\d{3} \d{3} \d{4}\b"),
    Scheme(
        "GB_NINO",
        "",
        r"nino|national insurance",
        r"[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]",
        r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b",
    ),
    Scheme("ES_DNI", "es.dni", r"dni|nif", r"\d{8}[ -]?[A-Z]", r"\b\d{8}-?[A-Z]\b"),
    Scheme("ES_NIE", "es.nie", r"nie", r"[XYZ][ -]?\d{7}[ -]?[A-Z]", r"\b[XYZ]-?\d{7}-?[A-Z]\b"),
    Scheme(
        "FR_NIR",
        "fr.nir",
        r"nir|num[eé]ro de s[eé]curit[eé] sociale|insee",
        r"[12] ?\d{2} ?\d{2} ?\d[0-9AB] ?\d{3} ?\d{3} ?\d{2}",
        r"\b[12] ?\d{2} ?[0-9]{2} ?\d[0-9AB] ?\d{3} ?\d{3} ?\d{2}\b",
    ),
    Scheme("DE_IDNR", "de.idnr", r"steuer-?id(?:entifikationsnummer)?|idnr", r"\d{2} ?\d{3} ?\d{3} ?\d{3}"),
    Scheme(
        "IT_CODICE_FISCALE",
        "it.codicefiscale",
        r"codice fiscale|cf",
        r"[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]",
        r"(?i)\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b",
    ),
    Scheme("NL_BSN", "nl.bsn", r"bsn|burgerservicenummer", r"\d{4}[. ]?\d{2}[. ]?\d{3}"),
    Scheme("PL_PESEL", "pl.pesel", r"pesel", r"\d{11}"),
    Scheme("SE_PERSONNUMMER", "se.personnummer", r"personnummer", r"(?:\d{2})?\d{6}[-+]?\d{4}", r"\b\d{6}-\d{4}\b"),
    Scheme("FI_HETU", "fi.hetu", r"hetu|henkil[oö]tunnus", r"\d{6}[-+A]\d{3}[0-9A-Z]", r"\b\d{6}[-+A]\d{3}[0-9A-Y]\b"),
    Scheme("CA_SIN", "ca.sin", r"sin|social insurance", r"\d{3}[ -]?\d{3}[ -]?\d{3}"),
    Scheme("AU_TFN", "au.tfn", r"tfn|tax file", r"\d{3} ?\d{3} ?\d{2,3}"),
    Scheme(
        "IN_AADHAAR", "in_.aadhaar", r"aadhaar|aadhar|uid", r"\d{4}[ -]?\d{4}[ -]?\d{4}", r"\b[2-9]\d{3} \d{4} \d{4}\b"
    ),
    Scheme("IN_PAN", "in_.pan", r"pan", r"[A-Z]{5}\d{4}[A-Z]", r"\b[A-Z]{3}[ABCFGHLJPTK][A-Z]\d{4}[A-Z]\b"),
    Scheme("BR_CPF", "br.cpf", r"cpf", r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}", r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b"),
    Scheme(
        "MX_CURP",
        "mx.curp",
        r"curp",
        r"[A-Z]{4}\d{6}[A-Z]{6}[0-9A-Z]\d",
        r"(?i)\b[A-Z]{4}\d{6}[HM][A-Z]{5}[0-9A-Z]\d\b",
    ),
    Scheme("KR_RRN", "kr.rrn", r"rrn|resident registration", r"\d{6}-?\d{7}", r"\b\d{6}-[1-8]\d{6}\b"),
    Scheme("ZA_IDNR", "za.idnr", r"id|south african id", r"\d{13}"),
    Scheme("US_ITIN", "us.itin", r"itin", r"9\d{2}-?\d{2}-?\d{4}"),
)


def _check(module: str, *, labelled: bool) -> Check:
    holds = import_module(f"stdnum.{module}").is_valid if module else lambda _: True

    def check(candidate: Candidate) -> Severity | None:
        if not candidate.stands_alone():
            return None
        if holds(candidate.value.upper()):
            return Severity.HIGH
        return Severity.LOW if labelled else None

    return check


def _rules(scheme: Scheme) -> list[Rule]:
    kind, slug = national(scheme.name), scheme.name.lower().replace("_", "-")
    rules = [
        Rule(
            f"{slug}-labelled",
            kind,
            after(scheme.words, scheme.form),
            check=_check(scheme.module, labelled=True),
            cued=True,
        )
    ]
    if scheme.bare:
        rules.append(Rule(slug, kind, scheme.bare, check=_check(scheme.module, labelled=False)))
    return rules


RULES = tuple(rule for scheme in SCHEMES for rule in _rules(scheme))
