"""How are the parts of a day written? The patterns that the rules of days are made of."""

import re

from preceptor.phi.lexicon import alternation, entries

MONTHS = f"(?:{alternation('months')})"
DAY = r"(?:0?[1-9]|[12]\d|3[01])"
ORDINAL = r"(?:st|nd|rd|th)"
YEAR = r"(?:(?:19|20)\d{2})"
WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:s|nes)?|th(?:u|urs?)|fri|sat(?:ur)?|sun)(?:day)?"
    rf"|{alternation('weekdays_misspelt')})"
)
MONTHS_ELSEWHERE = f"(?:{alternation('months_elsewhere')})"
WEEKDAYS_ELSEWHERE = f"(?:{alternation('weekdays_elsewhere')})"
# Short forms that are also words or units: lower case alone convinces nobody.
MONTHS_ALSO_WORDS = frozenset(entries("months_also_words"))
# A unit or what is counted: the number before it is no day.
DOSED = re.compile(r" ?(?:m[gl]|mcg|µg|g|units?|tabs?|tablets?|caps?|days|weeks|kg|cm|mm|%)\b")
