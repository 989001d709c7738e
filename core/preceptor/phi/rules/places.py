"""Which words place somebody below the level of a state, told by the form of an address or by a label?"""

import re

from preceptor.phi.lexicon import alternation, entries, words
from preceptor.phi.names.addresses import grown, town_before, whole_address
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Check, Rule, Verdict, cue
from preceptor.phi.types import PhiType, Severity

_CITY = r"\p{Lu}[\p{L}'.-]+(?: \p{Lu}[\p{L}'.-]+){0,2}"
_WORD = r"(?:\p{Lu}[\p{L}'.-]*|\d{1,3}(?:st|nd|rd|th))"
_DE = r"(?:d(?:e|el|es|i|u|a|o|os|as)(?: la| los| las| l'| l’)? |l[aeo]s? |l'|d')?"
_ZIP = r"\d{5}(?:-\d{4})?\b"
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5})?"
# ", 19, 2º B", " n.º 5, bajo", ", s/n".
_HOUSE = (
    r",{0,2} ?(?:n[º°.]{1,2} ?|n[uú]m\.? ?|[Nn]o\. ?)?(?:\d{1,4}(?:\s?(?:[-–/]|y) ?\d{1,4}){0,3}"
    r"(?:[A-Za-z]\b)?|s/n|S/N|SN)"
    r"(?:,? ?(?:\d{1,2}[.,]? ?[ºª°o]|[Bb]ajo|[Pp]iso|[Pp]ta|[Pp]uerta|[Ee]sc)\.? ?(?:[A-Z0-9]\b|[Dd]cha"
    r"|[Ii]zda?)?|, ?\d{1,2} ?[A-Z]?\b|, ?[A-Z]\b){0,3}"
)
_FIELD_END = re.compile(r"\. (?=[A-Z][a-z]+ )|  |; |\b(?:Phone|Tel|Email|DOB|MRN|City|Localidad)\b")
_COUNTRY = f"(?:{alternation('states')}|{alternation('countries')}|{alternation('more_countries')})"


def _postcode(candidate: Candidate) -> Severity | None:
    area = "".join(c for c in candidate.value[:2] if c.isalpha())
    return Severity.MEDIUM if candidate.stands_alone() and area in entries("uk_postcode_areas") else None


def _city(candidate: Candidate) -> Severity | None:
    city, _, state = candidate.value.rpartition(", ")
    following = candidate.after(2)
    # "IFN-gamma, IL-1beta" is a list, "Barthel Index, New York Heart Association" a name, "Kansas, Maine" two states.
    if following[:1] == "-" or (len(state) > 2 and following[:1] == " " and following[1:].isupper()):
        return None
    if city in entries("states") or any(name in entries("no_city") for name in city.split()):
        return None
    last = profile(city.split()[-1].lower())
    if len(state) > 2 and last is not None and not last.town and last.ordinary >= 2:
        return None
    return Severity.MEDIUM if "-" not in city and not city.isupper() else None


def _home(candidate: Candidate) -> Severity | None:
    name = candidate.value.rstrip(".")
    if (
        name in entries("states")
        or name in entries("countries")
        or name in entries("more_countries")
        or name.split()[0] in entries("no_city")
    ):
        return None
    known = profile(name.split()[0].lower())
    if known is not None and not known.town and not known.family and known.ordinary >= 2 and " " not in name:
        return None
    return Severity.MEDIUM


def _alone(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if candidate.stands_alone() else None


def _sparse(candidate: Candidate) -> Severity | None:
    """Three digits of a ZIP code may stay where more than 20,000 people live, 164.514(b)(2)(i)(B)."""
    return Severity.MEDIUM if candidate.value in words("sparse-zip3") else None


def _unit(candidate: Candidate) -> Verdict | None:
    """A flat or suite: with the street before it, or alone where it is no unit of a hospital."""
    start, end = grown(candidate.text, candidate.start, candidate.end)
    lower = candidate.value[0].islower() or candidate.value.startswith(("Unit", "UNIT", "Flat"))
    if lower and start == candidate.start:
        return None
    return Verdict(Severity.HIGH, start, end)


def _spanish_postcode(candidate: Candidate) -> Verdict | None:
    """A postcode in front of a town that is known or in no word list."""
    town = candidate.value[5:].strip(" ,.-(").split()
    if not town:
        return None
    first = profile(town[0].lower())
    if first is not None and not first.town and first.ordinary >= 1 and not first.given:
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.end)


def _ending(candidate: Candidate) -> Verdict | None:
    """A street in one word: "Hauptstrasse 5", but not "Estimate 5"."""
    word = candidate.value.split()[0].lower()
    known = profile(word)
    if known is not None and known.ordinary >= 2 and not (known.family or known.town):
        return None
    return Verdict(Severity.HIGH, *grown(candidate.text, candidate.start, candidate.end))


def _corner(candidate: Candidate) -> Verdict | None:
    """Two streets: the first words behind the second street's name that have no capital are not part of it."""
    pieces = list(re.finditer(r"\S+", candidate.value))
    joint = max(i for i, m in enumerate(pieces) if m.group() in ("and", "&", "with"))
    last = joint + 1
    while last + 1 < len(pieces) and (pieces[last + 1].group()[0].isupper() or pieces[last + 1].group()[0].isdigit()):
        last += 1
    both = (
        any(m.group()[0].isupper() for m in pieces[1:joint] if m.group() != "The")
        and pieces[joint + 1].group()[0].isupper()
    )
    # "The left corner of my mouth hangs and drink runs out."
    if not both and not any(m.group()[0].isdigit() for m in pieces):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.start + pieces[last].end())


def _two_numbers(candidate: Candidate) -> Verdict | None:
    """ "2224 Trenerys gate 232": an address where a town and a postcode or region follow."""
    start, end = grown(candidate.text, candidate.start, candidate.end)
    tail = candidate.text[candidate.end : end]
    if "\n" not in tail and "," not in tail:
        return None
    return Verdict(Severity.MEDIUM, start, end)


def _at(candidate: Candidate) -> Verdict | None:
    """A number and a name behind "lives at": with its town or postcode."""
    start, end = grown(candidate.text, candidate.start, candidate.end, back=False)
    names = [w for w in candidate.value.split()[1:] if w[:1].isupper()]
    if not names:
        return None
    if (
        all(
            (p := profile(w.strip(".,").lower())) is not None and p.ordinary >= 2 and not p.family and not p.town
            for w in names
        )
        and end == candidate.end
    ):
        return None
    return Verdict(Severity.MEDIUM, start, end)


def _field_value(candidate: Candidate) -> Verdict | None:
    """What a form's address field holds: something with a number, or with two capitals."""
    value = _FIELD_END.split(candidate.value, maxsplit=1)[0].rstrip(" .,;")
    if not any(c.isdigit() for c in value) and sum(w[:1].isupper() for w in value.split()) < 2:
        return None
    return Verdict(Severity.HIGH, candidate.start, candidate.start + len(value))


_SPECIALITY = re.compile(
    r"(?i)(?:olog[yií]|iatrics?|surgery|medicine|dentistry|[ií]atr[ií]a|ología|medicina|cirugía)\w?$"
)


def _institution(candidate: Candidate) -> Verdict | None:
    """An institution's name, unless every word of it is common to many."""
    words_ = list(re.finditer(r"[^\s,]+", candidate.value))
    while words_ and not words_[0].group()[0].isupper():
        words_ = words_[1:]
    generic = entries("institution_generic")
    ends = {part for name in entries("institution_last") for part in name.split()}
    named = [
        m.group()
        for m in words_
        if m.group()[0].isupper()
        and m.group() not in ends
        and m.group().lower().strip(".'\"") not in generic
        and not _SPECIALITY.search(m.group())
    ]
    if not named:
        return None
    return Verdict(Severity.MEDIUM, candidate.start + words_[0].start(), candidate.end)


# Words that begin a title of something else in English.
_BILINGUAL = ("Hospital", "Instituto", "Institut", "Residencia")


def _spanish_institution(candidate: Candidate) -> Verdict | None:
    """ "Hospital General Universitario", "Centro de Salud Las Flores"; not "Hospital Morbidity Data"."""
    parts = [w.strip('."“”') for w in candidate.value.split()]
    follow = next(
        (w for w in parts[1:] if w[:1].isupper() and w not in ("Salud", "Médico", "Especialidades", "Hospitalario")), ""
    )
    known = profile(follow.lower())
    english = known is not None and not (known.given or known.family or known.town)
    if parts[0] in _BILINGUAL and follow.lower() not in entries("institution_spanish") and english:
        return None
    end = candidate.end
    for match in re.finditer(r"\S+", candidate.value):
        if match.start() and match.group().lower().strip(".,") in prose("stops") - entries_of_institutions():
            end = candidate.start + len(candidate.value[: match.start()].rstrip())
            break
    return Verdict(Severity.MEDIUM, candidate.start, end) if end > candidate.start + len(parts[0]) else None


def entries_of_institutions() -> frozenset[str]:
    """Words that end a person's name but stand inside an institution's."""
    return frozenset(
        {
            "hospital",
            "centro",
            "clínica",
            "medicina",
            "universidad",
            "fundación",
            "instituto",
            "de",
            "del",
            "la",
            "las",
            "los",
            "el",
            "en",
            "y",
            "san",
            "doctor",
            "dr",
        }
    )


def _rule(
    id: str,
    pattern: str,
    check: Check | None = None,
    *,
    cued: bool = False,
    kind: str = PhiType.LOCATION,
    inside: bool = False,
) -> Rule:
    return Rule(id, kind, pattern, check=check, cued=cued, inside=inside)


RULES = (
    _rule(
        "street-address",
        rf"\b{_NUMBER},? (?:[NSEW]\.? |North |South |East |West )?"
        rf"(?:{_WORD} ){{1,4}}(?:{alternation('street')})\b\.?"
        r"(?:,? (?:Apt|Apartment|Unit|Suite|Ste|Flat|#)\.? ?[A-Za-z0-9-]{1,6})?",
        whole_address(),
        inside=True,
    ),
    _rule(
        "street-address-labelled",
        rf"(?i)\b(?:{alternation('lives_at')})\s{{1,3}}(?P<v>\d{{1,6}}[a-z]?(?: [\p{{L}}0-9'.-]+){{1,5}})",
    ),
    _rule(
        "post-box",
        r"(?i)\b(?:(?:P\.? ?O\.?|post office) ?box|apartado(?: de correos)?|apdo\.?) ?\d{1,7}\b",
        whole_address(back=False),
    ),
    _rule(
        "military-post",
        r"\b(?:PSC|CMR|Unit|USS|USNS|USNV|USCGC) [\p{L}0-9 ,'-]{1,40}\s{1,2}(?:[>?*] ?)?(?:APO|FPO|DPO),?"
        r" A[AEP],? \d{5}\b",
    ),
    _rule(
        "street-first",
        rf"(?:^|[\s(,.>:;])(?P<v>(?:{_NUMBER},? )?(?:{alternation('street_first')}) ?{_DE}(?:\p{{Lu}}"
        rf"|\d{{1,3}} ?de )[\p{{L}}\p{{M}}.'’-]*"
        rf"(?:,? (?:{_DE}[\p{{L}}.'’-]+|y)){{0,6}}{_HOUSE})",
        whole_address(),
        inside=True,
    ),
    _rule(
        "street-ending", rf"\b\p{{Lu}}[\p{{L}}\p{{M}}-]{{2,}}(?:{alternation('street_ending')}) {_NUMBER}\b", _ending
    ),
    _rule(
        "number-after-dot",
        r"\b\p{Lu}[\p{L}\p{M}]+(?: \p{Lu}?[\p{L}\p{M}]+){0,2} (?:u\.|út|tér|utca|ulice|nám\.) ?\d{1,4}\b\.?",
        whole_address(),
    ),
    _rule("unit", rf"\b(?:{alternation('unit')})\.? ?#?\d{{1,5}}[A-Za-z]?\b", _unit),
    _rule("region-and-postcode", rf"\b{_COUNTRY},? {{1,2}}\d{{4,6}}\b", town_before),
    _rule(
        "state-and-zip", rf"(?:\b(?:{alternation('state_codes')})|,\s{{1,3}}[A-Z]{{2}}),?\s{{1,2}}{_ZIP}", town_before
    ),
    _rule(
        "number-after-cue",
        rf"(?i:\b(?:{alternation('address_at')})) {{1,2}}(?P<v>\d{{1,6}}[A-Za-z]?(?:[-/]\d{{1,4}})?,? "
        rf"(?:\d{{1,5}} )?(?:[\p{{L}}'.-]+ ){{0,4}}\p{{Lu}}[\p{{L}}\p{{M}}'.-]*(?: \d{{1,5}}\b)?)",
        _at,
    ),
    _rule(
        "spanish-postcode",
        r"\b(?:E-? ?)?(?P<v>(?:0[1-9]|[1-4]\d|5[0-2])\d{3}[ ,.(-]{1,4}\p{Lu}[\p{L}'-]+(?: (?:de(?: la|"
        r" los)? |del |la )?\p{Lu}[\p{L}'-]+){0,3})",
        _spanish_postcode,
    ),
    _rule(
        "address-before-postcode",
        r"(?:^|[.\n] ?|[Hh]ospital (?:\p{L}+ ){1,4})(?P<v>\p{Lu}[\p{L}.'-]*(?: (?:de(?: la| los| las|l)? "
        r"|y |la )?\p{Lu}[\p{L}.'-]*){0,6},? ?"
        r"(?:\d{1,4}|s/n)(?:[ ,-]{1,2}[0-9A-Zºª]{1,3}){0,3}[ .,-]{1,4}(?:E-? ?|D-|F-|CP:? ?|C\.P\.:?"
        r" ?)?\d{5} \p{Lu}[\p{L}'-]+)",
    ),
    _rule(
        "address-field",
        r"(?i)\b(?:domicilio|direcci[oó]n|(?:home |mailing |street |residential |postal"
        r" )?address)[\"']?\s{0,2}:\s{0,3}[\"']?(?P<v>[\p{L}0-9][^\n\x00\"]{3,100})",
        _field_value,
    ),
    _rule(
        "name-number-after-cue",
        rf"(?i:\b(?:{alternation('address_at')})) {{1,2}}(?P<v>\p{{Lu}}[\p{{L}}\p{{M}}'.-]+(?: (?:and |&"
        rf" )?\p{{Lu}}[\p{{L}}\p{{M}}'.-]+){{0,4}} \d{{1,5}}\b)",
        whole_address(Severity.MEDIUM, back=False),
    ),
    _rule(
        "corner",
        r"(?i)\b(?P<v>(?:the )?corner of [^\n,;?!]{2,60}? (?:and|&|with) (?:\d{1,6} )?[\p{L}][\p{L}\p{M}'.-]+(?:"
        r" \d{1,5}\b| [\p{L}][\p{L}\p{M}'.-]+){0,3})",
        _corner,
    ),
    _rule(
        "number-name-number",
        r"\b\d{2,6} (?:\d{1,5} )?\p{Lu}[\p{L}\p{M}'.-]+(?: [\p{L}\p{M}'.-]+){0,4} \d{1,4}[a-z]?\b\.?",
        _two_numbers,
    ),
    _rule(
        "zip-labelled",
        cue(
            "zip", r"(?:\d{5}(?:-\d{4})?|\d{4}|\d{3} \d{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2})\b"
        ),
        cued=True,
    ),
    _rule("zip-sparse", cue("zip", r"\d{3}\b"), _sparse, cued=True),
    _rule("zip-plus-four", r"\b\d{5}-\d{4}\b", _alone),
    _rule("uk-postcode", r"\b[A-Z]{1,2}\d[A-Z0-9]? ?\d[ABD-HJLNP-UW-Z]{2}\b", _postcode),
    _rule(
        "city-and-state", rf"\b(?P<v>{_CITY}, (?:{alternation('clear_state_codes')}|{alternation('states')}))\b", _city
    ),
    _rule("home-labelled", rf"\b(?i:{alternation('lives_in')})\s{{1,3}}(?P<v>{_CITY})", _home),
    _rule(
        "institution-first",
        rf"\b(?:{alternation('institution_first')})(?: (?:d(?:e|el|els|es|i|u)(?: la| las| los| l')? "
        rf"|l[aeo]s? |y |e |i |\"|“)?(?:\p{{Lu}}|\d{{1,2}} de \p{{Lu}})[\p{{L}}\p{{M}}.'’-]*[\"”]?){{1,7}}",
        _spanish_institution,
        kind=PhiType.ORGANISATION,
    ),
    _rule(
        "institution-last",
        rf"\b(?:(?:\p{{Lu}}[\p{{L}}\p{{M}}'’]*|St\.|of|and|&|for|the)[ -]){{1,6}}"
        rf"(?:{alternation('institution_last')})\b(?: (?:of|at|for) (?:the )?\p{{Lu}}[\p{{L}}'-]+(?:"
        rf" \p{{Lu}}[\p{{L}}'-]+){{0,3}})?",
        _institution,
        kind=PhiType.ORGANISATION,
    ),
)
