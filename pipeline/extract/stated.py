"""The names under which the tags of a page state what attribution needs; the outline notes the tags that bear one."""

TITLE = ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title", "title")
AUTHOR = (
    "citation_author",
    "citation_authors",
    "bepress_citation_author",
    "eprints.creators_name",
    "author",
    "article:author",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "byl",
)
PUBLISHED = (
    "article:published_time", "og:article:published_time", "citation_publication_date", "citation_date",
    "datepublished", "dc.date.issued", "dcterms.issued", "dc.date", "dcterms.date", "parsely-pub-date", "publishdate",
    "pubdate", "publish_date", "publication_date", "publish-date", "date", "sailthru.date", "article.published",
    "weibo:article:create_at", "pubtime", "publishtime", "releasetime", "og:release_date",
    "bytedance:published_time", "_pubdate", "article_date_original",
)  # fmt: skip
DOIS = (
    "citation_doi", "bepress_citation_doi", "prism.doi", "doi", "dc.identifier.doi", "dc.identifier",
    "dcterms.identifier",
)  # fmt: skip
LANGUAGES = ("content-language", "og:locale")
CANONICAL = "og:url"
META = frozenset({*TITLE, *AUTHOR, *PUBLISHED, *DOIS, *LANGUAGES, CANONICAL})

LD_JSON = "application/ld+json"
# What name, property, itemprop, http-equiv, rel or type says, as a whole, of a tag that is noted.
NAMES = tuple(sorted({*META, "author", "canonical", LD_JSON}))
# What is among the parts of its class, id, role or itemprop.
PARTS = ("author", "byline", "datepublished", "name")
