"""The page as one file of HTML: nothing is fetched, and it looks as the reader's device wants it."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from markdown_it import MarkdownIt

from commands.page.book import Book
from commands.page.chapters import Chapters, joined

_SHELL: Final = "page.html"


def html(book: Book) -> str:
    """Return the page as HTML, from the same chapters as the Markdown."""
    chapters, reader = Chapters(book), MarkdownIt("commonmark", {"html": True}).enable("table")

    def rendered(*parts: Iterable[str]) -> str:
        return str(reader.render(joined(*parts)))

    shell = Template(files("commands.page").joinpath(_SHELL).read_text("utf-8"))
    return shell.substitute(
        title=escape(chapters.title),
        opening=rendered(chapters.opening()),
        contents=rendered(chapters.contents()),
        body=rendered(chapters.body()),
    )
