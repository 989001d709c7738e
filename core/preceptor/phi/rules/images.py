"""Which text is a picture, or names one that may show a face?"""

import re

from preceptor.phi.rule import Candidate, Rule
from preceptor.phi.types import PhiType, Severity

_FACE = re.compile(
    r"(?i)(?:face|facial|photo|photograph|portrait|selfie|headshot|mugshot|picture|avatar|profile|image|img|scan|wound|"
    r"x-?ray|foto|fotograf[ií]a|retrato|imagen|patient|pt_|dsc|dicom|ct|mri)"
)


def _file(candidate: Candidate) -> Severity | None:
    if candidate.value.lower().endswith(".dcm"):
        return Severity.HIGH
    around = candidate.before(40) + candidate.value
    return Severity.MEDIUM if _FACE.search(around) else None


def _blob(candidate: Candidate) -> Severity | None:
    value = candidate.value
    mixed = any(c.isupper() for c in value[:96]) and any(c.islower() for c in value[:96])
    return Severity.LOW if mixed and any(c.isdigit() for c in value[:96]) else None


RULES = (
    Rule(
        "image-data",
        PhiType.IMAGE,
        r"(?i)data:(?:image|application|audio|video)/[a-z0-9.+-]+(?:;[a-z0-9=-]+)*;base64,(?P<v>[A-Z0-9+/=_-]{4,})",
    ),
    # The first bytes of JPEG, PNG, GIF, TIFF, WebP, BMP, PDF and of ISO/IEC 19794 fingerprints and faces, in base64.
    Rule(
        "image-bytes",
        PhiType.IMAGE,
        r"(?:/9j/[24]|iVBORw0KGgo|R0lGOD[dl]h|SUkqA[A-Z]|TU0AK|UklGR[a-zA-Z0-9]|Qk0[a-zA-Z0-9]{2}[A-Z]{3}|JVBERi0"
        r"|Rk1SA|RkFDA|RklSA)"
        r"[A-Za-z0-9+/=\r\n]{4,}",
    ),
    Rule("base64", PhiType.IMAGE, r"[A-Za-z0-9+/]{160,}={0,2}", check=_blob, inside=True),
    Rule(
        "image-file",
        PhiType.IMAGE,
        r"(?i)\b[a-z0-9_][a-z0-9_.()/\\-]*\.(?:jpe?g|png|gif|bmp|tiff?|heic|webp|dcm|nii)\b",
        check=_file,
    ),
    Rule("dicom-element", PhiType.IMAGE, r"(?i)\(?\b(?:7fe0,? ?0010|0010,? ?(?:0010|0020|0030|0040|1000|1040|2154))\)"),
)
