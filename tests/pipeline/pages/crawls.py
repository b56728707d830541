"""The report of a crawl, for tests."""

from pipeline.crawl.reports import CrawlReport, LeftOver

CRAWL = CrawlReport(
    crawl="0" * 16,
    rounds=2,
    left=LeftOver(waiting=12, over_budget=3),
    tasks=4,
    requests=1_234,
    bytes=5_678_901,
    pages={"kept": 900, "denied": 100},
    status={"200": 950, "404": 50},
    reasons={"denied.robots": 100},
    languages={"<zh>": 500, "th": 400},
    refused_links={},
    hosts={f"h{n}.example": {"pages": n, "bytes": n * 10} for n in range(60)},
    files=(),
)
