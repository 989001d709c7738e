"""Does a path match a glob?"""

import re
from functools import lru_cache


def matches(glob: str, path: str) -> bool:
    """Whether a whole path matches: ``*`` and ``?`` stay within a name, ``**`` reaches across folders."""
    return _compiled(glob).fullmatch(path) is not None


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    pattern = ""
    position = 0
    while position < len(glob):
        if glob.startswith("**/", position):
            pattern += "(?:.*/)?"
            position += 3
        elif glob.startswith("**", position):
            pattern += ".*"
            position += 2
        else:
            character = glob[position]
            pattern += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
            position += 1
    return re.compile(pattern, re.DOTALL)
