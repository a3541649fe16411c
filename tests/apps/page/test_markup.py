from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from steadystyle.apps.page.embedded import embed, read_embedded
from steadystyle.apps.page.markup import Html, table, tag

# \r is not kept by an HTML parser, nor is \0.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


class Reader(HTMLParser):
    """Collects the elements and the text of a document."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@given(TEXTS, TEXTS)
def test_text_never_becomes_markup(inside: str, attribute: str) -> None:
    """Whatever stands in an element or an attribute is read back as it was."""
    read = Reader(tag("p", inside, title=attribute))
    assert read.tags == [("p", {"title": attribute})]
    assert read.text == inside


def test_markup_is_not_escaped_twice() -> None:
    """An element inside an element stays one."""
    assert tag("p", tag("b", "1 < 2"), Html("<i>x</i>")) == "<p><b>1 &lt; 2</b><i>x</i></p>"


def test_a_cell_tells_its_column() -> None:
    """A table's cells carry the column's name, for narrow screens."""
    assert ("td", {"data-label": "Step"}) in Reader(table(["Step"], [[3]])).tags


@given(VALUES)
def test_embedded_data_is_read_back(value: object) -> None:
    """No text in the data ends its element, and what is read is what was written."""
    markup = embed("one", value)
    assert markup.count("<") == 2
    assert read_embedded(f"<p>before</p>{markup}<script>after()</script>", "one") == value


def test_data_that_is_not_there_is_nothing() -> None:
    """Neither another name nor data of another program is taken for ours."""
    assert read_embedded(embed("one", 1), "two") is None
    assert read_embedded('<script type="application/json" id="one">{oops</script>', "one") is None
