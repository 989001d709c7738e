"""Which words place somebody below the level of a state?"""

from preceptor.phi.rule import Candidate, Rule, cue
from preceptor.phi.types import PhiType, Severity

_STREET = (
    r"Street|St|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Terrace|Ter|Way|Parkway|Pkwy|Highway|Hwy|"
    r"Square|Sq|Trail|Trl|Close|Crescent|Cres|Grove|Gardens|Mews|Row|Walk|Alley|Plaza|Loop|Run|Pike|Turnpike|Crossing|Heights|Hill|Path"
)
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY PR"
).split()
# Codes that are also words, degrees or professions: "Smith, MD" is no place. A ZIP code beside them decides.
_CLEAR_STATES = [
    s
    for s in _STATES
    if s
    not in {
        "MD",
        "PA",
        "MA",
        "OK",
        "IN",
        "OR",
        "HI",
        "ME",
        "DC",
        "DE",
        "LA",
        "AL",
        "CT",
        "MS",
        "ID",
        "PR",
        "CO",
        "MI",
        "MT",
    }
]
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|"
    "Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|"
    "New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|"
    "South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia|Wisconsin|Wyoming"
)
_CITY = r"\p{Lu}[\p{L}'.-]{1,24}(?:[ ]\p{Lu}[\p{L}'.-]{1,24}){0,2}"
_WORD = r"(?:\p{Lu}[\p{L}'.-]{0,24}|\d{1,3}(?:st|nd|rd|th))"
_NO_CITY = frozenset(
    {
        "The",
        "In",
        "From",
        "Of",
        "And",
        "University",
        "Department",
        "At",
        "By",
        "Hospital",
        "School",
        "Center",
        "Institute",
        "College",
    }
)


def _postcode(candidate: Candidate) -> Severity | None:
    area = "".join(c for c in candidate.value[:2] if c.isalpha())
    return Severity.MEDIUM if candidate.stands_alone() and area in _UK_AREAS else None


_UK_AREAS = frozenset(
    (
        "AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL GU GY HA HD HG HP "
        "HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG "
        "SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE"
    ).split()
)


def _city(candidate: Candidate) -> Severity | None:
    words = candidate.value.replace(",", " ").split()
    return Severity.MEDIUM if words[0] not in _NO_CITY and not any(w in _NO_CITY for w in words) else None


def _home(candidate: Candidate) -> Severity | None:
    name = candidate.value
    if name in _STATE_NAMES.split("|") or name in _COUNTRIES or name.split()[0] in _NO_CITY:
        return None
    return Severity.MEDIUM


_COUNTRIES = frozenset(
    (
        "America,Argentina,Australia,Austria,Belgium,Brazil,Britain,Canada,Chile,China,Colombia,Cuba,Denmark,Egypt,England,Finland,France,Germany,Greece,"
        "Haiti,India,Iran,Iraq,Ireland,Israel,Italy,Jamaica,Japan,Kenya,Mexico,Morocco,Netherlands,New Zealand,Nigeria,Norway,Pakistan,Peru,Poland,"
        "Portugal,Russia,Scotland,Somalia,South Africa,Spain,Sudan,Sweden,Switzerland,Syria,Thailand,Turkey,Uganda,Ukraine,Vietnam,Wales,Africa,Asia,"
        "Europe,North America,South America,Nepal,Bangladesh,Sri Lanka,Philippines,Indonesia,Ethiopia,Ghana,United States,United Kingdom,England"
    ).split(",")
)

RULES = (
    Rule(
        "street-address",
        PhiType.LOCATION,
        rf"\b\d{{1,6}}[A-Za-z]?(?:-\d{{1,5}})?,? (?:[NSEW]\.? |North |South |East |West )?(?:{_WORD} ){{1,4}}(?:{_STREET})\b\.?"
        r"(?:,? (?:Apt|Apartment|Unit|Suite|Ste|Flat|#)\.? ?[A-Za-z0-9-]{1,6})?",
    ),
    Rule(
        "street-address-lower",
        PhiType.LOCATION,
        r"(?i)\b(?:live[sd]? at|resid(?:es|ing|ed) at|address(?: is| was)?:?|home at|located at|stay(?:s|ing) at)\s{1,3}(?P<v>\d{1,6}[a-z]?(?: [\p{L}0-9'.-]{1,24}){1,5})",
    ),
    Rule("post-box", PhiType.LOCATION, r"(?i)\b(?:P\.? ?O\.?|post office) ?box \d{1,7}\b"),
    Rule(
        "street-address-spanish",
        PhiType.LOCATION,
        r"\b(?:[Cc]alle|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]amino|[Cc]arretera|[Rr]onda|C/) ?(?:de(?: la| los| las|l)? )?\p{Lu}[\p{L}.'-]{1,24}(?: (?:de(?: la| los| las|l)? )?[\p{L}.'-]{1,24}){0,5},? (?:n[º°.]? ?)?\d{1,4}",
    ),
    Rule("state-and-zip", PhiType.LOCATION, rf"\b(?:{'|'.join(_STATES)}),? {{1,2}}\d{{5}}(?:-\d{{4}})?\b"),
    Rule(
        "zip-labelled",
        PhiType.LOCATION,
        cue(r"zip(?: ?code)?|postal ?code|post ?code|c\.?p\.?|c[oó]digo postal", r"\d{5}(?:-\d{4})?\b"),
        cued=True,
    ),
    Rule(
        "zip-plus-four",
        PhiType.LOCATION,
        r"\b\d{5}-\d{4}\b",
        check=lambda c: Severity.MEDIUM if c.stands_alone() else None,
    ),
    Rule("uk-postcode", PhiType.LOCATION, r"\b[A-Z]{1,2}\d[A-Z0-9]? ?\d[ABD-HJLNP-UW-Z]{2}\b", check=_postcode),
    Rule(
        "city-and-state",
        PhiType.LOCATION,
        rf"\b(?P<v>{_CITY}, (?:{'|'.join(_CLEAR_STATES)}|{_STATE_NAMES}))\b",
        check=_city,
    ),
    Rule(
        "home-labelled",
        PhiType.LOCATION,
        rf"\b(?i:live[sd]? in|residing in|resides in|resident of|moved (?:here )?(?:to|from)|grew up in|born in|hometown(?: is|:)?|city:|town:|village:|county:|localidad(?:/ ?provincia)?:)\s{{1,3}}(?P<v>{_CITY})",
        check=_home,
    ),
)
