"""Which rules are there?"""

from preceptor.phi.finder import Finder
from preceptor.phi.names import EasternNames, NamesFinder
from preceptor.phi.rules import (
    accounts,
    ages,
    contact,
    dates,
    frames,
    given,
    hl7,
    identifiers,
    logins,
    names,
    national,
    people,
    places,
    rounds,
    towns,
    whereabouts,
)

ALL = (
    *identifiers.RULES,
    *accounts.RULES,
    *logins.RULES,
    *national.RULES,
    *contact.RULES,
    *dates.RULES,
    *ages.RULES,
    *hl7.RULES,
    *places.RULES,
    *towns.RULES,
    *whereabouts.RULES,
    *names.RULES,
    *people.RULES,
    *given.RULES,
    *frames.RULES,
    *rounds.RULES,
)

FINDERS: tuple[Finder, ...] = (NamesFinder(), EasternNames())
