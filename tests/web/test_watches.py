"""The pages of watches."""

from tests.web.conftest import Served
from tests.web.parsing import texts, tree


def test_watches_are_listed_with_what_they_found(page_of_story: Served) -> None:
    page = page_of_story.text("/watches")

    rows = tree(page).css("tbody tr")
    assert len(rows) == len(page_of_story.config.watches)
    rail = next(row for row in rows if "kp-border-rail" in row.text())
    assert "matches" in str([node.attributes["aria-label"] for node in rail.css("svg[role=img]")])
    assert rail.css_first("time") is not None


def test_watch_shows_its_query_policy_findings_and_what_it_found(page_of_story: Served) -> None:
    page = page_of_story.text("/watches/kp-border-rail")

    assert "all of" in texts(page, "ul.tree .words")
    assert "@kp" in texts(page, "ul.tree summary code")
    assert any("no feed has authority for 'RU'" in one for one in texts(page, ".findings li"))
    assert any(one.startswith("as low, of items not older") for one in texts(page, "dd"))
    hits = tree(page).css("ul.hits > li a.head")
    assert len(hits) == 20
    assert all((hit.attributes["href"] or "").startswith("/items/i_") for hit in hits)
    assert "train" in " ".join(texts(page, "ul.hits mark")).lower()
    assert len(tree(page_of_story.text("/watches/kp-border-rail?limit=100")).css("a.head")) > 20


def test_watch_that_is_not_there_is_a_page_that_says_so(page_of_story: Served) -> None:
    answer = page_of_story.get("/watches/nope")

    assert answer.status_code == 404
    assert "No watch has this id" in answer.text
