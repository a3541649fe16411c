"""HTML that is escaped because of how it is made: text becomes markup in `tag` only."""

from __future__ import annotations

import html


class Html(str):
    """Markup that is safe to put into a page as it is."""

    __slots__ = ()


EMPTY = frozenset({"img"})
"""Elements that hold nothing and have no end tag."""


def text(value: object) -> Html:
    """`value` as a reader sees it."""
    return value if isinstance(value, Html) else Html(html.escape(str(value)))


def join(*parts: object) -> Html:
    """One after the other; None is left out."""
    return Html("\n".join(text(part) for part in parts if part is not None))


def tag(name: str, *inside: object, **attributes: object) -> Html:
    """An element; what is not Html yet is escaped. Attributes: `class_` becomes `class`, `data_label` `data-label`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items()
    )
    if name in EMPTY:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{''.join(text(part) for part in inside)}</{name}>")


def link(target: str, *inside: object) -> Html:
    """To a place on this page."""
    return tag("a", *inside, href=f"#{target}")


def table(heads: list[str], rows: list[list[object]], **attributes: object) -> Html:
    """A table that says in each cell which column it is: on a phone the rows become cards."""
    head = tag("tr", *(tag("th", name, scope="col") for name in heads))
    body = [
        tag("tr", *(tag("td", cell, data_label=name) for name, cell in zip(heads, row, strict=True))) for row in rows
    ]
    return tag("table", tag("thead", head), tag("tbody", *body), **attributes)
