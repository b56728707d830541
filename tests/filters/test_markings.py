import pyarrow as pa
import pytest

from filters.documents import Documents
from filters.markings import Markings, spans


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Wind tunnel report\nDISTRIBUTION STATEMENT C. U.S. Government agencies.\nResults", 1),
        ("SECRET//NOFORN\nBody\nSECRET//NOFORN", 2),
        ("机密★5年\n关于某型材料的报告", 1),
        ("This file is subject to the EAR and may not be sent abroad.", 1),
        ("The paper tells how the stamp TOP SECRET was used in the war.", 0),
        ("Distribution Statement A. Approved for public release.\nDISTRIBUTION STATEMENT A. Unlimited.", 0),
        ("本文讨论国家秘密的密级与保密期限。", 0),
        ("The secret of good steel is its carbon. Secret/confidential", 0),
        ("TOP SECRET was " + "what the committee wrote on every one of its papers, " * 4, 0),
        ("Learn the subject to the ear", 0),
        ("", 0),
    ],
)
def test_a_mark_is_a_banner_or_a_notice_and_no_talk_of_either(text: str, marked: int) -> None:
    documents = Documents(pa.record_batch({"text": pa.array([text], pa.string())}))
    assert Markings().measure(documents)["marks"].tolist() == [marked]
    assert all(text[start:end].strip() for start, end in spans(text))
