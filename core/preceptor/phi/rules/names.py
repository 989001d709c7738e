"""Which words name a person, told by a title, a cue or a given name before a family name?"""

import re
from functools import cache
from importlib.resources import files

from preceptor.phi.rule import Candidate, Check, Rule
from preceptor.phi.types import PhiType, Severity


@cache
def words(name: str) -> frozenset[str]:
    """A word list of ``phi/data``: one or several words a line, ``#`` begins a comment."""
    text = files("preceptor.phi").joinpath("data", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() for word in line.partition("#")[0].split())


_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{L}"
_PARTICLE = r"(?:de|del|la|las|los|van|von|der|den|da|di|dos|bin|ibn|al|el|Mc|Mac|St\.?|Le|y)"
_REST = rf"(?:[ \t]{{1,2}}(?:(?:{_PARTICLE}[ \t]){{0,2}}{_CAPITAL}|\p{{Lu}}\.?)){{0,3}}"
_NAME = rf"(?:\p{{Lu}}\.[ ]?){{0,2}}{_CAPITAL}{_REST}"
_ANY_CASE = r"\p{L}[\p{L}\p{M}'-]+(?:,?[ \t][\p{L}\p{M}'-]+\.?){0,3}"
_SPLIT = re.compile(r"[\s,]+")


def _first_word(candidate: Candidate) -> str:
    return next((w for w in _SPLIT.split(candidate.value.replace(".", ". ")) if len(w.rstrip(".")) > 1), "").rstrip(".")


def _after_cue(severity: Severity = Severity.HIGH) -> Check:
    """A name after a title or cue: any word but those that are never names."""

    def check(candidate: Candidate) -> Severity | None:
        word = _first_word(candidate)
        if not word or word.lower() in words("never-names") or word.lower() in words("medical"):
            return None
        return severity

    return check


def _title(candidate: Candidate) -> Severity | None:
    word = _first_word(candidate)
    # Eponyms keep their meaning after a title: "Dr Parkinson" is a person.
    return Severity.HIGH if word and word.lower() not in words("never-names") else None


def _introduction(candidate: Candidate) -> Severity | None:
    word = _first_word(candidate)
    return (
        Severity.HIGH
        if len(word) > 1 and word.lower() not in words("never-names") and word.lower() not in words("medical")
        else None
    )


def _pair(candidate: Candidate) -> Severity | None:
    family = [w.strip(".,'").lower() for w in _SPLIT.split(candidate.value)[1:]]
    family = [w for w in family if len(w) > 1]
    if not family or any(w in words("medical") or w in words("never-names") for w in family):
        return None
    return Severity.MEDIUM


def _family_first(candidate: Candidate) -> Severity | None:
    family = candidate.value.split(",")[0].lower()
    return None if family in words("never-names") or family in words("medical") else Severity.MEDIUM


_TITLES = r"Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Sir|Madam|Lady|Lord|Rev|Reverend|Capt|Captain|Sgt|Lt|Col|Sr|Sra|Srta|D|Dña|Don|Doña|Dra|Herr|Frau|MR|MRS|MS|DR|MISS|mr|mrs|ms|dr"
_FIELDS = (
    r"patient(?:'s)?(?: full)? name|name of (?:the )?patient|pt(?:\.|'s)? name|full name|first name|last name|surname|family name|given names?|middle name|"
    r"maiden name|legal name|preferred name|mother'?s? name|father'?s? name|spouse(?:'s)?(?: name)?|next of kin|emergency contact(?: name)?|guardian(?: name)?|"
    r"caregiver name|contact name|doctor name|physician(?: name)?|provider name|attending(?: physician)?|referring (?:physician|doctor|provider)|"
    r"nurse name|clinician name|signed(?: by)?|electronically signed by|dictated by|reviewed by|author|username|user name|display name|nombre|apellidos?|m[eé]dico|paciente"
)
_GIVEN = "|".join(sorted(words("given-names")))
RULES = (
    Rule("name-titled", PhiType.NAME, rf"\b(?:{_TITLES})(?:\.[ \t]{{0,2}}|[ \t]{{1,2}})(?P<v>{_NAME})", check=_title),
    Rule(
        "name-field",
        PhiType.NAME,
        rf"(?i)\b(?:{_FIELDS})[\"']?\s{{0,2}}(?::|=|\bis\b|\bwas\b)\s{{0,3}}[\"']?(?P<v>{_ANY_CASE})",
        check=_after_cue(),
    ),
    Rule(
        "name-of-record",
        PhiType.NAME,
        rf"\b(?i:patient|pt|name|client|resident|contact|nurse|re)[\"']?\s{{0,2}}[:=]\s{{0,3}}[\"']?(?P<v>{_CAPITAL},?[ \t](?:\p{{Lu}}\.?[ \t])?{_CAPITAL})",
        check=_after_cue(),
    ),
    Rule(
        "name-introduced",
        PhiType.NAME,
        r"(?i)\b(?:my (?:full |first |last |given |sur)?name(?:'s| is)|i am called|i'm called|they call me|call me|(?:his|her|their|the patient'?s?|patient'?s?|child'?s?|son'?s?|daughter'?s?|wife'?s?|husband'?s?) name(?:'s| is| was)|named|name's)[ \t]{1,2}(?P<v>\p{L}[\p{L}'-]+)",
        check=_introduction,
    ),
    Rule(
        "name-introduced-full",
        PhiType.NAME,
        rf"\b(?i:my name(?:'s| is)|i am|i'm|this is|named|called|patient|pt\.?|mr\.?|name is|name was|signed,?|sincerely,?|regards,?|seen by|by)\s{{1,3}}(?P<v>(?:{_GIVEN}){_REST})",
        check=_after_cue(),
    ),
    Rule(
        "name-relative",
        PhiType.NAME,
        rf"\b(?i:wife|husband|son|daughter|mother|father|brother|sister|mum|mom|dad|grandmother|grandfather|aunt|uncle|partner|friend|nephew|niece|cousin|neighbou?r|carer|baby),?[ \t]{{1,2}}(?P<v>(?:{_GIVEN}){_REST})\b",
        check=_after_cue(Severity.MEDIUM),
    ),
    Rule(
        "name-pair",
        PhiType.NAME,
        rf"\b(?P<v>(?:{_GIVEN})(?:[ \t]\p{{Lu}}\.?|[ \t](?:{_GIVEN}))?[ \t](?:(?:{_PARTICLE})[ \t]){{0,2}}{_CAPITAL}(?:-{_CAPITAL})?)",
        check=_pair,
    ),
    Rule(
        "name-family-first",
        PhiType.NAME,
        rf"\b(?P<v>{_CAPITAL}, (?:{_GIVEN})(?: \p{{Lu}}\b\.?)?)\b",
        check=_family_first,
    ),
    Rule(
        "name-with-degree",
        PhiType.NAME,
        rf"\b(?P<v>{_CAPITAL}(?:[ \t]\p{{Lu}}\.?)?[ \t]{_CAPITAL}),? (?:M\.?D\.?|D\.?O\.?|R\.?N\.?|N\.?P\.?|PA-C|DDS|DPM|Ph\.?D\.?|FNP|APRN|LCSW|MBBS)\b",
        check=_after_cue(Severity.MEDIUM),
    ),
)
