"""What a process logs: no secret of an address, in messages and tracebacks; a worker as the command itself."""

import subprocess
import sys

CODE = """
import logging
from pipeline.discreet import log_discreetly
log_discreetly(logging.WARNING)
log_discreetly(logging.WARNING)
logging.getLogger("fsspec").info("quiet")
try:
    raise OSError("https://u:S3CRET@host/f?sig=S3CRET\\x1b[31m")
except OSError:
    logging.getLogger("any").warning("%s failed", "s3://K:S3CRET@bucket/x", exc_info=True)
"""


def test_a_worker_logs_no_secret_once_and_nothing_for_a_terminal() -> None:
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stderr
    assert "s3://***@bucket/x failed" in told
    assert "https://***@host/f?sig=***" in told
    assert told.count("Traceback") == 1
    assert "\x1b" not in told
    assert "quiet" not in told
    assert "S3CRET" not in told
