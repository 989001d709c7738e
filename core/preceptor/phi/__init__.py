"""Where in a text or a file is protected health information (PHI)?

Pure detection is :func:`preceptor.phi.detect.detect`; files and folders are :mod:`preceptor.phi.scan`.
"""

from preceptor.phi.detect import Detector, default_detector, detect
from preceptor.phi.types import UNREADABLE, Finding, PhiType, Severity, Span

__all__ = ["UNREADABLE", "Detector", "Finding", "PhiType", "Severity", "Span", "default_detector", "detect"]
