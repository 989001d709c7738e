"""Which words place somebody below the level of a state, told by the form of an address or by a label?"""

import re
from functools import cache

from preceptor.phi.lexicon import alternation, entries, members, words
from preceptor.phi.names.addresses import grown, town_before, whole_address
from preceptor.phi.names.casing import is_careless
from preceptor.phi.names.lists import prose
from preceptor.phi.names.words import profile
from preceptor.phi.rule import Candidate, Check, Rule, Verdict, cue
from preceptor.phi.types import PhiType, Severity

_CITY = r"\p{Lu}[\p{L}'.-]+(?: \p{Lu}[\p{L}'.-]+){0,2}"
_WORD = r"(?:\p{Lu}[\p{L}'.-]*|\d{1,3}(?:st|nd|rd|th))"
_DE = r"(?:d(?:e|el|es|ei|elle|ella|egli|i|u|a|o|os|as)(?: la| los| las| l'| l’)? |l[aeo]s? |l'|d')?"
_ZIP = r"\d{5}(?:-\d{4})?\b"
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5})?"
# ", 19, 2º B", " n.º 5, bajo", ", s/n".
_HOUSE = (
    r",{0,2} {0,2}(?:n[º°.o]{1,2} ?|n[uú]m(?:ero|\.)? ?|[Nn]o\. ?|# ?|km\.? ?)?(?:\d{1,4}(?:\s?(?:[-–/.]"
    r"|y) ?\d{1,4}){0,3}"
    r"(?:[A-Za-z]\b)?|s/n\.?[ºo]?|S/N|SN)"
    r"(?:,? ?(?:- ?)?(?:\d{1,2}[.,]{0,2} ?[ºª°o]|[Bb]ajo|[Pp]iso|[Pp]lanta|[Pp]ta|[Pp]uerta|[Pp]ortal|[Bb]loque"
    r"|[Ee]sc(?:alera)?|[Áá]tico)"
    r"\.? ?(?:[A-Z0-9]\b|[Dd](?:e?re)?cha|[Ii]z(?:quier)?da?)?|,? ?\d{1,2} ?[A-Z]\b|, ?\d{1,2}\b|, ?[A-Z]\b){0,4}"
)
_FIELD_END = re.compile(
    r"(?:(?<=[a-z]{4})|(?<=\d[A-Za-z])|(?<=\d))\. (?=[A-Z][a-z]+ )| [\w.-]{1,24}=|  |; |\b(?:Phone|Tel|Email|DOB|MRN"
    r"|City|Localidad)\b"
)
_COUNTRY = f"(?:{alternation('states')}|{alternation('countries')}|{alternation('more_countries')})"


def _postcode(candidate: Candidate) -> Severity | None:
    area = "".join(c for c in candidate.value[:2] if c.isalpha())
    if area == "GI":
        # Girobank's own, the one postcode without an area (BS 7666).
        area = "G"
    return Severity.MEDIUM if candidate.stands_alone() and area in members("uk_postcode_areas") else None


_PROVINCE = re.compile(r"(?<![^\s,])[A-Z]{2},? {1,2}$")


def _canadian(candidate: Candidate) -> Severity | Verdict | None:
    """A Canadian postcode, with the province and the town in front; "T2N 1M0" is a tumour's stage."""
    if not candidate.stands_alone() or re.fullmatch(r"T\dN \dM\d", candidate.value):
        return None
    province = _PROVINCE.search(candidate.before(6))
    if province is None:
        return Severity.MEDIUM
    start = candidate.start - len(province.group())
    return town_before(Candidate(candidate.text, start, candidate.end))


def _city(candidate: Candidate) -> Severity | None:
    city, _, state = candidate.value.rpartition(", ")
    following = candidate.after(2)
    # "IFN-gamma, IL-1beta" is a list, "Barthel Index, New York Heart Association" a name, "Kansas, Maine" two states.
    if following[:1] == "-" or (len(state) > 2 and following[:1] == " " and following[1:].isupper()):
        return None
    if city in members("states") or any(name in members("no_city") for name in city.split()):
        return None
    last = profile(city.split()[-1].lower())
    if len(state) > 2 and last is not None and not last.town and last.ordinary >= 2:
        return None
    return Severity.MEDIUM if "-" not in city and not city.isupper() else None


_CARE = re.compile(r" (?:care|homes?)\b")


def _home(candidate: Candidate) -> Severity | None:
    name = candidate.value.rstrip(".")
    if (
        name in members("states")
        or name in members("provinces")
        or name in members("countries")
        or name in members("more_countries")
        or name.split()[0] in members("no_city")
        or name.split()[0].lower() in members("seasons")
    ):
        # "Born in March 1970" tells no place.
        return None
    known = [profile(word.lower()) for word in name.split()]
    if all(p is not None and p.ordinary >= 2 and not p.town and p.family < 2 for p in known):
        # "Lives in Assisted Living".
        return None
    return None if _CARE.match(candidate.after(6)) else Severity.MEDIUM


def _alone(candidate: Candidate) -> Severity | None:
    return Severity.MEDIUM if candidate.stands_alone() else None


def _postcoded(candidate: Candidate) -> Verdict | None:
    """A country and a postcode; "Health Canada, 2019" has a year unless an address stands in front."""
    verdict = town_before(candidate)
    if re.search(r",\s{1,2}(?:19|20)\d\d$", candidate.value):
        digits = any(c.isdigit() for c in candidate.text[verdict.start : candidate.start]) if verdict else False
        return verdict if digits else None
    return verdict


def _said(candidate: Candidate) -> Severity | None:
    """ "im tyrone from buffalo, …": in small letters a town is one where somebody says so, whatever else it means."""
    if not is_careless(candidate.text):
        return None
    known = profile(candidate.value.split()[0])
    return Severity.MEDIUM if known is not None and known.town >= 2 else None


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
    # The pattern takes "AND" too, and whatever stands for a blank.
    joint = max((i for i, m in enumerate(pieces) if m.group().lower() in ("and", "&", "with")), default=-1)
    if joint < 0 or joint + 1 >= len(pieces):
        return Verdict(Severity.MEDIUM, candidate.start, candidate.end)
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


def _named_street(candidate: Candidate) -> Verdict | None:
    """ "318 Maldonado Union", but not "12 Lead Points": the street is called after somebody or after no word at all."""
    for word in candidate.value.replace(",", "").split()[1:-1]:
        known = profile(word.strip(".").lower())
        if known is None or (known.ordinary < 2 and (known.given or known.family or known.town)):
            return Verdict(Severity.HIGH, *grown(candidate.text, candidate.start, candidate.end))
    return None


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


def _street_first(candidate: Candidate) -> Verdict | None:
    """ "Calle Mayor 12": not "pre-Calle" and not "re/Place"."""
    left = candidate.before(1)
    if left and not left.isspace() and left not in "(,.>:;":
        return None
    return Verdict(Severity.HIGH, *grown(candidate.text, candidate.start, candidate.end))


def _field_value(candidate: Candidate) -> Verdict | None:
    """What a form's address field holds: something with a number, or with two capitals."""
    value = _FIELD_END.split(candidate.value, maxsplit=1)[0].rstrip(" .,;")
    if not any(c.isdigit() for c in value) and sum(w[:1].isupper() for w in value.split()) < 2:
        return None
    return Verdict(Severity.HIGH, candidate.start, candidate.start + len(value))


_PLACE_END = re.compile(r"\. |  |\.$|,? (?:Phone|Tel|Email|DOB|MRN|CP|State|Zip)\b")


@cache
def _regions() -> frozenset[str]:
    return frozenset((*entries("states"), *entries("provinces"), *entries("countries"), *entries("more_countries")))


def _place_field(candidate: Candidate) -> Verdict | None:
    """What a form's field for a town holds, unless it is a state, a country or no name at all."""
    value = _PLACE_END.split(candidate.value, maxsplit=1)[0].rstrip(" .,;")
    plain = value.lower()
    if plain in words("never-names") or value in _regions():
        return None
    known = profile(plain.split()[0]) if plain else None
    if not value or (
        known is not None and known.ordinary >= 2 and not (known.town or known.family) and value.islower()
    ):
        return None
    return Verdict(Severity.MEDIUM, candidate.start, candidate.start + len(value))


def _rule(
    id: str,
    pattern: str,
    check: Check | None = None,
    *,
    cued: bool = False,
    severity: Severity = Severity.HIGH,
    inside: bool = False,
    begin: str = "",
) -> Rule:
    return Rule(id, PhiType.LOCATION, pattern, severity, check=check, cued=cued, inside=inside, begin=begin)


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
        "street-address-rare",
        rf"\b{_NUMBER},? (?:{_WORD} ){{1,2}}(?:{alternation('street_rare')})\b",
        _named_street,
    ),
    _rule(
        "street-address-labelled",
        rf"(?i)\b(?:{alternation('lives_at')})\s{{1,3}}(?P<v>\d{{1,6}}[a-z]?(?: [\p{{L}}0-9'.-]+){{1,5}})",
    ),
    _rule(
        "street-without-number",
        r"(?i:\b(?:live[sd]?|living|resid(?:es|ing|ed)|house|home|apartment|stay(?:s|ing)|moved) (?:on|at|in|to) )"
        r"(?P<v>(?:\p{Lu}[\p{L}'.-]+ ){1,3}(?:Street|Avenue|Road|Boulevard|Lane|Drive|Court|Circle|Terrace|Parkway"
        r"|Highway|St|Ave|Rd|Blvd|Ln)\b)",
    ),
    _rule(
        "post-box",
        r"(?i)\b(?:(?:P\.? ?O\.?|post office) ?box|apartado(?: de correos)?|apdo\.?) ?\d{1,7}\b",
        whole_address(back=False),
    ),
    _rule(
        "rural-route",
        r"(?i)\b(?:(?:rural |star )?route|rte|rt|r\.?r\.?|h\.?c\.?|hcr) ?#?\d{1,4},? ?box ?#?\d{1,6}[a-z]?\b",
        whole_address(back=False),
    ),
    _rule(
        "military-post",
        r"(?i)\b(?:PSC|CMR|Unit|USS|USNS|USNV|USCGC) [\p{L}0-9 ,'-]{1,40}\s{1,2}(?:[>?*] ?)?(?:APO|FPO|DPO),?"
        r" A[AEP],? \d{5}\b",
        inside=True,
    ),
    _rule(
        "street-first",
        rf"\b(?P<v>(?:{_NUMBER},? )?(?:{alternation('street_first')})\.? ?{_DE}(?:\p{{Lu}}"
        rf"|\d{{1,3}} ?de )[\p{{L}}\p{{M}}.'’-]*"
        rf"(?:,? (?:{_DE}[\p{{L}}.'’-]+|y)){{0,6}}{_HOUSE})",
        _street_first,
        begin=rf"\b(?:{_NUMBER},? )?(?:{alternation('street_first')})",
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
    _rule("region-and-postcode", rf"\b{_COUNTRY},? {{1,2}}\d{{4,6}}\b", _postcoded),
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
        r" los)? |del |la )?\p{Lu}[\p{L}'-]+){0,3}"
        rf"(?:[.,]? ?[(-]? ?(?:{alternation('spanish_provinces')})\b)?)",
        _spanish_postcode,
    ),
    _rule(
        "spanish-province",
        rf"(?:[(.,] ?|- )(?P<v>(?:{alternation('spanish_provinces')}))\)?[.,]{{0,2}} ?(?:\(?Espa[ñn]a|[Ee]-?[Mm]ail"
        rf"|[Cc]orreo"
        r"|[Tt]el|[Tt]lf|[Tt]fno|[Ff]ax|[\w.+-]{2,30}@|\n|$)",
        severity=Severity.MEDIUM,
    ),
    _rule(
        "number-before-postcode",
        r"\b(?P<v>\p{Lu}[\p{L}\p{M}'-]+,? (?:n[º°o]\.? ?)?(?:\d{1,4}|s/n)(?:[ ,.-]{1,3}\d{0,2}[ºªo]? ?[A-Z]?\b){0,3}"
        r"[ .,-]{1,4}(?:0[1-9]|[1-4]\d|5[0-2])\d{3},? \p{Lu}[\p{L}\p{M}'-]+)",
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
        r"(?i)(?:\b|_)(?:domicilio|direcci[oó]n|(?:(?:home|mailing|street|residential|postal|billing"
        r"|work)[ _-]?)?addr(?:ess)?(?:[ _]?(?:line ?)?\d)?"
        r"|street(?:[ _](?:name|line ?\d?))?)[\"']?\s{0,2}[:=]\s{0,3}[\"']?(?P<v>[\p{L}0-9][^\n\x00\"]{3,100})",
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
            "zip",
            r"(?:\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{4}(?:-\d{3})?|\d{2}-\d{3}"
            r"|[AC-FHKNPRTV-Y]\d[0-9W] ?[0-9AC-FHKNPRTV-Y]{4}|\d{3}-\d{4}|\d{6}"
            r"|[A-Z]\d{4}(?:[A-Z]{3})?|\d{3} \d{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2})\b",
        ),
        cued=True,
    ),
    _rule("zip-sparse", cue("zip", r"\d{3}\b"), _sparse, cued=True),
    _rule("zip-plus-four", r"\b\d{5}-\d{4}\b", _alone),
    _rule("uk-postcode", r"\b(?:[A-Z]{1,2}\d[A-Z0-9]? ?\d[ABD-HJLNP-UW-Z]{2}|GIR ?0AA)\b", _postcode),
    _rule(
        "canadian-postcode",
        r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z] \d[ABCEGHJ-NPRSTV-Z]\d\b",
        _canadian,
    ),
    _rule(
        "city-and-state", rf"\b(?P<v>{_CITY}, (?:{alternation('clear_state_codes')}|{alternation('states')}))\b", _city
    ),
    _rule(
        "place-field",
        rf"(?i)\b(?:{alternation('place_field')})[\"']?\s{{0,2}}:\s{{0,3}}[\"']?(?P<v>[\p{{L}}][\p{{L}}\p{{M}}'"
        rf" .,()/-]{{1,40}}[\p{{L}})])",
        _place_field,
        cued=True,
    ),
    _rule(
        "town-said",
        rf"(?:\b(?:i'?m|i am|this is|name is) (?:[a-z'-]+ ){{1,3}}from|\bwe(?:'re| are|re)? (?:are )?in|\bi live in"
        rf"|\bliving in)"
        rf" (?P<v>[a-z]{{4,}}(?: (?:{'|'.join(sorted(prose('town_endings')))}))?)(?:[,.;]|$)",
        _said,
    ),
    _rule(
        "street-named",
        r"(?i:\b(?:on|at|off|near|along|down|from|flat on|corner of)) (?P<v>(?:\p{Lu}[\p{L}'.-]+ ){1,3}(?:Street|Avenue"
        r"|Road|Boulevard|Lane|Parkway|Highway|Blvd)\b)",
        severity=Severity.MEDIUM,
        inside=True,
    ),
    _rule("home-labelled", rf"\b(?i:{alternation('lives_in')})\s{{1,3}}(?P<v>{_CITY})", _home),
)
