"""Marks of secrecy and export control: documents that say of themselves that they must not be passed on.

A mark is a line of its own or a sentence of the law, not a text about secrecy: banners of the United States (EO 13526;
32 CFR 2002; DoDI 5230.24, distribution statements B to F), of NATO, the United Kingdom, France, Germany, Russia, Japan,
and of China (GB/T 9704: 秘密★10年), and the notices of the Arms Export Control Act, ITAR and EAR.
"""

import re
from collections.abc import Mapping
from typing import Literal

import numpy as np

from filters import evidence
from filters.base import Filter, Range, Signals
from filters.documents import Documents
from filters.evidence import Pieces

# A line that begins so, and is short, is a banner: a longer one is prose about the matter.
BANNER = re.compile(
    r"^[^\w\n]{0,20}(?:TOP SECRET\b|SECRET//|CONFIDENTIAL//|CUI//|CONTROLLED UNCLASSIFIED INFORMATION|"
    r"FOR OFFICIAL USE ONLY|UNCLASSIFIED//FOUO|NATO (?:RESTRICTED|CONFIDENTIAL|SECRET)|OFFICIAL-SENSITIVE|"
    r"DISTRIBUTION STATEMENT [B-F]\b|EXPORT[- ]CONTROLLED|ITAR[- ](?:CONTROLLED|RESTRICTED)|"
    r"(?:SECRET|CONFIDENTIEL)[- ]D[ÉE]FENSE|DIFFUSION RESTREINTE|NUR F[ÜU]R DEN DIENSTGEBRAUCH|"
    r"VS\W{1,3}(?:NUR F[ÜU]R DEN DIENSTGEBRAUCH|NfD)|СОВЕРШЕННО СЕКРЕТНО|ДЛЯ СЛУЖЕБНОГО ПОЛЬЗОВАНИЯ|"
    r"(?:绝密|絕密|机密|機密|秘密)★|密级[:：]|内部(?:资料|文件)[,，、 ]{0,2}(?:注意保存|不得外传|请勿外传|严禁外传)|"
    r"取扱注意|極秘|社外秘)[^\n]{0,100}$",
    re.MULTILINE,
)
NOTICE = re.compile(
    r"export is restricted by the Arms Export Control Act|technical data\W+as defined (?:in|by) the ITAR|"
    r"(?:controlled|regulated|restricted) (?:by|under) the (?:ITAR|International Traffic in Arms Regulations)|"
    r"subject to the (?-i:ITAR|EAR)\b|"
    r"subject to the (?:Export Administration Regulations|International Traffic in Arms Regulations)\b|"
    r"受国家出口管制",
    re.IGNORECASE,
)


class Markings(Filter):
    """Keep documents that bear no mark of secrecy or export control."""

    name: Literal["markings"] = "markings"
    marks: Range = Range(max=0)  # lines that are a mark of secrecy, and notices of export control

    def measure(self, documents: Documents) -> Signals:
        return {"marks": np.array([len(spans(text or "")) for text in documents.texts.to_pylist()], np.float64)}

    def evidence(self, documents: Documents) -> Mapping[str, Pieces]:
        return {"marks": evidence.of_spans(spans(documents.texts[0].as_py() or ""), 1.0)}


def spans(text: str) -> list[tuple[int, int]]:
    """Return where the marks of a text stand, in order."""
    found = [match.span() for pattern in (BANNER, NOTICE) for match in pattern.finditer(text)]
    return sorted(set(found))
