"""The little Markdown of the sample web: what a page shows and what its truth says, from the same blocks."""

import html
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """A paragraph, heading, list, table, code, formula or quote; `html` is shown and is not the text."""

    kind: str
    lines: tuple[str, ...]


def blocks(body: str) -> list[Block]:
    """The blocks of a page: parts between blank lines, told apart by how they begin."""
    return [block(part.split("\n")) for part in re.split(r"\n(?:[ \t]*\n)+", body) if part.strip()]


def block(lines: list[str]) -> Block:
    first = lines[0]
    if first.startswith("<"):
        return Block("html", tuple(lines))
    if first.startswith("```"):
        return Block("code", tuple(lines[1:-1]))
    if first.startswith("$$ "):
        return Block("formula", (first[3:],))
    for kind, mark in (("h3", "### "), ("h2", "## "), ("ul", "- "), ("ol", "1. "), ("blockquote", "> ")):
        if first.startswith(mark):
            return Block(kind, tuple(line[len(mark) :] for line in lines))
    if first.startswith("| "):
        return Block("table", tuple(lines))
    return Block("p", (" ".join(lines),))


INLINE = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)|\*\*([^*]+)\*\*|`([^`]+)`")


def inline_text(line: str) -> str:
    return INLINE.sub(lambda match: match[1] or match[3] or match[4], line)


def inline_html(line: str) -> str:
    def tag(match: re.Match[str]) -> str:
        if match[1]:
            return f'<a href="{match[2]}">{match[1]}</a>'
        return f"<strong>{match[3]}</strong>" if match[3] else f"<code>{match[4]}</code>"

    return INLINE.sub(tag, html.escape(line, quote=False))


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("| ").split(" | ")]


def block_text(block: Block) -> str:
    if block.kind == "html":
        return ""
    if block.kind == "table":
        return "\n".join("\t".join(map(inline_text, cells(row))) for row in block.lines)
    if block.kind in ("code", "formula"):
        return "\n".join(block.lines)
    return "\n".join(map(inline_text, block.lines))


def text(body: str) -> str:
    """What a reader would copy out of the page, a line per paragraph, heading, list item and table row."""
    return "\n".join(filter(None, map(block_text, blocks(body))))


def block_html(block: Block, paragraphs: str, table: str) -> str:
    inner = [inline_html(line) for line in block.lines]
    match block.kind:
        case "html":
            return "\n".join(block.lines)
        case "code":
            return f"<pre><code>{html.escape(chr(10).join(block.lines), quote=False)}</code></pre>"
        case "formula":
            return f'<p class="formula">{html.escape(block.lines[0], quote=False)}</p>'
        case "ul" | "ol":
            return f"<{block.kind}>" + "".join(f"\n<li>{line}</li>" for line in inner) + f"\n</{block.kind}>"
        case "blockquote":
            return "<blockquote>" + "".join(f"<p>{line}</p>" for line in inner) + "</blockquote>"
        case "table":
            first, *rest = (cells(row) for row in inner)
            rows = [row_html("th", first)] + [row_html("td", row) for row in rest]
            return table + "\n" + "\n".join(rows) + "\n</table>"
        case "p" if paragraphs == "br":
            return f"{inner[0]}<br><br>"
        case "h2" | "h3" if paragraphs == "br":
            return f"<b>{inner[0]}</b><br>"
        case "p" if paragraphs == "div":
            return f'<div class="para">{inner[0]}</div>'
        case _:
            return f"<{block.kind}>{inner[0]}</{block.kind}>"


def row_html(tag: str, row: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>"
