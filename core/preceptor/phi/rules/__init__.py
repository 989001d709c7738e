"""Which rules are there?"""

from preceptor.phi.finder import Finder
from preceptor.phi.names import EasternNames, NamesFinder
from preceptor.phi.rules import (
    accounts,
    ages,
    codes,
    contact,
    contact_said,
    dates,
    days,
    hl7,
    holidays,
    identifiers,
    monthday,
    names,
    national,
    oldage,
    people,
    places,
    references,
    slashed,
    spoken,
    towns,
)

ALL = (
    *identifiers.RULES,
    *references.RULES,
    *codes.RULES,
    *accounts.RULES,
    *national.RULES,
    *contact.RULES,
    *contact_said.RULES,
    *dates.RULES,
    *days.RULES,
    *monthday.RULES,
    *slashed.RULES,
    *holidays.RULES,
    *spoken.RULES,
    *ages.RULES,
    *oldage.RULES,
    *hl7.RULES,
    *places.RULES,
    *towns.RULES,
    *names.RULES,
    *people.RULES,
)

FINDERS: tuple[Finder, ...] = (NamesFinder(), EasternNames())
