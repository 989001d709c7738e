"""Where does a name in Chinese or Korean letters stand amid other letters?

No rule, since a pattern that begins with so many letters would be asked about every text, and few texts hold any.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping

from preceptor.phi.normalise import NormalText
from preceptor.phi.types import PhiType, Severity, Span

# The commonest family names of China and Korea, which stand in front of the given name.
_HAN = (
    "王李张張刘劉陈陳杨楊黄黃赵趙吴吳周徐孙孫马馬朱胡郭何林高罗羅郑鄭梁谢謝宋唐许許邓鄧冯馮韩韓曹曾彭萧蕭"
    "蔡潘田董袁于余叶葉蒋蔣杜苏蘇魏程吕呂丁沈任姚卢盧傅钟鐘姜崔谭譚廖范汪陆陸金石戴贾賈韦韋夏邱方侯邹鄒熊"
    "孟秦白江阎閻薛尹段雷黎史龙龍贺賀陶顾顧毛郝龚龔邵万萬钱錢严嚴武"
)
_HANGUL = "김이박최정강조윤장임한오서신권황안송류홍"
_HAN_LETTER, _HANGUL_LETTER = r"[\u3400-\u9fff]", r"[\uac00-\ud7a3]"
_NAME = re.compile(
    rf"(?<!{_HAN_LETTER})[{_HAN}]{_HAN_LETTER}{{1,2}}(?!{_HAN_LETTER})"
    rf"|(?<!{_HANGUL_LETTER})[{_HANGUL}]{_HANGUL_LETTER}{{2}}(?!{_HANGUL_LETTER})"
)
_LETTER = re.compile(r"[\u2e80-\ud7ff]")
# What the letters of these and neighbouring scripts begin with in UTF-8.
_LEADS = bytes(range(0xE2, 0xEE))
_AROUND = 12


class EasternNames:
    """A family name and one or two letters more. In a text of such letters it may be any words, and is left alone."""

    @property
    def detectors(self) -> Mapping[str, str]:
        """What the detector looks for."""
        return {"name-eastern": "A family name of China or Korea and one or two letters more stand amid other letters."}

    @property
    def digest(self) -> str:
        """Of the pattern."""
        return hashlib.sha256(_NAME.pattern.encode()).hexdigest()

    def find(self, text: NormalText) -> Iterable[Span]:
        """Spans of names, see :class:`preceptor.phi.finder.Finder`."""
        source = text.text
        data = text.data
        if source.isascii() or len(data.translate(None, _LEADS)) == len(data) or not _LETTER.search(source):
            return
        for match in _NAME.finditer(source):
            start, end = match.span()
            around = source[max(0, start - _AROUND) : start] + source[end : end + _AROUND]
            if not _LETTER.search(around):
                yield Span(start, end, PhiType.NAME, "name-eastern", Severity.MEDIUM)
