"""PubMed's records of articles: MEDLINE/PubMed XML, as the baseline and update files have it (`PubmedArticleSet`).

Read after the DTD of January 2025 (https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/). An abstract that bears a
statement of copyright is its publisher's: the statement is evidence of the record's rights. In Chinese, the abstract is
told if the record has it in Chinese (`OtherAbstract Language="chi"`); the English one stands in the English text only.
"""

from collections.abc import Iterator

from lxml import etree

from pipeline.authors import joined
from pipeline.records.facts import Fact, Record, Word, content_of, present
from pipeline.scripts import subscript, superscript

_MONTHS = {
    name: f"{number:02}"
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}


def records(root: etree._Element) -> Iterator[Record]:
    """Yield the record of every article."""
    for article in root.iter("PubmedArticle", "MedlineCitation"):
        if article.tag == "PubmedArticle" or article.getparent() is None or article.getparent().tag != "PubmedArticle":
            yield _record(article)


def _record(article: etree._Element) -> Record:
    citation = article if article.tag == "MedlineCitation" else article.find("MedlineCitation")
    if citation is None:
        return Record("pubmed", {}, content_of(article.itertext()))
    pmid = citation.findtext("PMID")
    title = _text(citation.find("Article/ArticleTitle"))
    issued = citation.find("Article/Journal/JournalIssue")
    authors = list(_authors(citation))
    doi = _doi(article, citation)
    published = _date(issued.find("PubDate") if issued is not None else None)
    facts: dict[str, Fact | None] = {
        "title": title,
        "abstract": _abstract(citation.findall("Article/Abstract/AbstractText")),
        "chinese_title": _vernacular(citation),
        "chinese_abstract": _abstract(citation.xpath("OtherAbstract[@Language='chi']/AbstractText")),
        "journal": _text(citation.find("Article/Journal/Title")),
        "volume": _text(citation.find("Article/Journal/JournalIssue/Volume")),
        "issue": _text(citation.find("Article/Journal/JournalIssue/Issue")),
        "pages": _text(citation.find("Article/Pagination/MedlinePgn")),
        "published": published,
        "authors": authors[:10] if len(authors) <= 10 else [*authors[:10], Word("OTHERS")],
        "kinds": [Word(kind) for kind in _texts(citation, "Article/PublicationTypeList/PublicationType")],
        "major": list(_headings(citation, major=True)),
        "headings": list(_headings(citation, major=False)),
        "substances": _texts(citation, "ChemicalList/Chemical/NameOfSubstance"),
        "keywords": _texts(citation, "KeywordList/Keyword"),
        "trials": _texts(citation, "Article/DataBankList/DataBank/AccessionNumberList/AccessionNumber"),
        "funders": sorted(set(_texts(citation, "Article/GrantList/Grant/Agency"))),
        "retracted": "yes" if citation.find("CommentsCorrectionsList/*[@RefType='RetractionIn']") is not None else None,
        "pmid": pmid,
        "doi": doi,
    }
    columns = {
        "author": joined(authors),
        "published": published,
        "doi": doi,
        "url": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid else None,
        "license": _text(citation.find("Article/Abstract/CopyrightInformation")),
    }
    return Record("pubmed", present(facts), content_of(article.itertext()), pmid, columns=columns)


def _text(element: etree._Element | None) -> str | None:
    """Return the text of an element, its raised and lowered characters as plain text has them."""
    if element is None:
        return None
    said = element.text or ""
    for inner in element:
        own = _text(inner) or ""
        shifted = {"sup": superscript, "sub": subscript}.get(str(inner.tag))
        said += (shifted(said[-8:], own) if shifted else own) + (inner.tail or "")
    return " ".join(said.split()) or None


def _texts(citation: etree._Element, path: str) -> list[str]:
    return [text for element in citation.findall(path) if (text := _text(element))]


def _abstract(parts: list[etree._Element]) -> str | None:
    said = []
    for part in parts:
        label, text = part.get("Label"), _text(part)
        if text:
            said.append(f"{label.capitalize()}: {text}" if label and label != "UNLABELLED" else text)
    return "\n\n".join(said) or None


def _vernacular(citation: etree._Element) -> str | None:
    return _text(citation.find("Article/VernacularTitle")) if citation.findtext("Article/Language") == "chi" else None


def _authors(citation: etree._Element) -> Iterator[str]:
    for author in citation.findall("Article/AuthorList/Author"):
        names = [author.findtext(part) for part in ("ForeName", "LastName", "Suffix")]
        whole = " ".join(name for name in names if name) or _text(author.find("CollectiveName"))
        if whole:
            yield whole


def _headings(citation: etree._Element, *, major: bool) -> Iterator[str]:
    for heading in citation.findall("MeshHeadingList/MeshHeading"):
        name = _text(heading.find("DescriptorName"))
        qualifiers = [text for one in heading.findall("QualifierName") if (text := _text(one))]
        if name and major == any(one.get("MajorTopicYN") == "Y" for one in heading):
            yield f"{name} ({', '.join(qualifiers)})" if qualifiers else name


def _date(day: etree._Element | None) -> str | None:
    if day is None:
        return None
    year, month, number = (day.findtext(part) for part in ("Year", "Month", "Day"))
    if not year:
        return (day.findtext("MedlineDate") or "")[:4] or None
    month = _MONTHS.get((month or "")[:3].lower(), month)
    return "-".join(part for part in (year, month, number and number.zfill(2) if month else None) if part)


def _doi(article: etree._Element, citation: etree._Element) -> str | None:
    doi: str | None = article.findtext("PubmedData/ArticleIdList/ArticleId[@IdType='doi']")
    return doi or citation.findtext("Article/ELocationID[@EIdType='doi']")
