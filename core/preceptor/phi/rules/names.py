"""Which words name a person, told by a title, a cue or a given name before a family name?"""

import re

from preceptor.phi.lexicon import alternation, entries, words
from preceptor.phi.rule import Candidate, Check, Rule
from preceptor.phi.types import PhiType, Severity

_CAPITAL = r"\p{Lu}[\p{L}\p{M}'-]*\p{L}"
_PARTICLE = f"(?:{alternation('particle')})"
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


def _field(candidate: Candidate) -> Severity | None:
    """After a field's label: any words where the label says "name", else words written like a name."""
    label = candidate.before(40).lower()
    label = label[max(label.rfind("\n"), label.rfind(". ")) + 1 :]
    tokens = [w for w in _SPLIT.split(candidate.value) if w]
    if not any(stem in label for stem in ("name", "nombre", "apellido")) and not (
        len(tokens) > 1 and tokens[0][0].isupper() and tokens[1][0].isupper()
    ):
        return None
    return _after_cue()(candidate)


def _introduction(candidate: Candidate) -> Severity | None:
    word = _first_word(candidate)
    plain = word.lower()
    # "named" and "called" are also ordinary verbs: only "name" introduces a name in lower case.
    if word[:1].islower() and "name" not in candidate.before(8).lower().replace("named", ""):
        return None
    return Severity.HIGH if word and plain not in words("never-names") and plain not in words("medical") else None


def _pair(candidate: Candidate) -> Severity | None:
    family = [w.strip(".,'").lower() for w in _SPLIT.split(candidate.value)[1:]]
    family = [w for w in family if len(w) > 1]
    if candidate.before(4).endswith("St. ") or any(w.title() in entries("countries") for w in family):
        return None
    if not family or any(w in words("medical") or w in words("never-names") for w in family):
        return None
    return Severity.MEDIUM


def _family_first(candidate: Candidate) -> Severity | None:
    # One of a list of family names or places: "Harris, Henry, Liu", "Irbid, Jordan".
    if (
        candidate.after(1) == ","
        or candidate.before(2) == ", "
        or candidate.value.split(", ")[1] in entries("countries")
    ):
        return None
    family = candidate.value.split(",")[0].lower()
    return None if family in words("never-names") or family in words("medical") else Severity.MEDIUM


_GIVEN = "|".join(sorted(words("given-names")))
_QUOTE = r"""["']?"""


def _rule(id: str, pattern: str, check: Check) -> Rule:
    return Rule(id, PhiType.NAME, pattern, check=check)


RULES = (
    _rule("name-titled", rf"\b(?:{alternation('title')})(?:\.[ \t]{{0,2}}|[ \t]{{1,2}})(?P<v>{_NAME})", _title),
    _rule(
        "name-field",
        rf"(?i)\b(?:{alternation('name_field')}){_QUOTE}\s{{0,2}}(?::|=|\bis\b|\bwas\b)\s{{0,3}}{_QUOTE}(?P<v>{_ANY_CASE})",
        _field,
    ),
    _rule(
        "name-of-record",
        rf"\b(?i:{alternation('name_record')}){_QUOTE}\s{{0,2}}[:=]\s{{0,3}}{_QUOTE}"
        rf"(?P<v>{_CAPITAL},?[ \t](?:\p{{Lu}}\.?[ \t])?{_CAPITAL})",
        _after_cue(),
    ),
    _rule(
        "name-introduced",
        rf"(?i)\b(?:{alternation('introduction')})[ \t]{{1,2}}(?P<v>\p{{L}}[\p{{L}}'-]+)",
        _introduction,
    ),
    _rule(
        "name-introduced-full",
        rf"\b(?i:{alternation('before_given_name')})\s{{1,3}}(?P<v>(?:{_GIVEN})\b{_REST})",
        _after_cue(),
    ),
    _rule(
        "name-relative",
        rf"\b(?i:{alternation('relative')}),?[ \t]{{1,2}}(?P<v>(?:{_GIVEN})\b{_REST})",
        _after_cue(Severity.MEDIUM),
    ),
    _rule(
        "name-pair",
        rf"\b(?P<v>(?:{_GIVEN})(?:[ \t]\p{{Lu}}\.?|[ \t](?:{_GIVEN}))?[ \t]"
        rf"(?:{_PARTICLE}[ \t]){{0,2}}{_CAPITAL}(?:[ -]{_CAPITAL})?)",
        _pair,
    ),
    _rule("name-family-first", rf"\b(?P<v>{_CAPITAL}, (?:{_GIVEN})(?: \p{{Lu}}\b\.?)?)\b", _family_first),
    _rule(
        "name-with-degree",
        rf"\b(?P<v>{_CAPITAL}(?:[ \t]\p{{Lu}}\.?)?[ \t]{_CAPITAL}),? (?:{alternation('degree')})(?:\W|$)",
        _after_cue(Severity.MEDIUM),
    ),
)
