"""The page as one file of HTML: nothing is fetched, and it looks as the reader's device wants it."""

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
    chapters = Chapters(book)
    return page(chapters.title, joined(chapters.opening()), joined(chapters.contents()), joined(chapters.body()))


def page(title: str, opening: str, contents: str, body: str) -> str:
    """Return a page of a title and three parts, each of them Markdown."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    parts = {"opening": opening, "contents": contents, "body": body}
    shell = Template(files("commands.page").joinpath(_SHELL).read_text("utf-8"))
    return shell.substitute(title=escape(title), **{name: str(reader.render(text)) for name, text in parts.items()})
