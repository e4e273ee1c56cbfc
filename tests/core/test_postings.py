"""Ids under keys: what was put last comes first, and one id or many is all the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.postings import Postings

KEYS, NAMES = st.sampled_from("kq"), st.sampled_from(["a", "b", "ab", "c"])


@given(st.lists(st.tuples(st.sampled_from(["put", "drop"]), KEYS, NAMES)), st.integers(1, 5))
def test_ids_of_a_key_are_a_list_in_which_the_last_put_is_first(
    steps: list[tuple[str, str, str]], at_most: int
) -> None:
    postings, expected = Postings[str](), {key: list[str]() for key in "kq"}
    for step, key, name in steps:
        ids = expected[key]
        if step == "drop" and name not in ids:
            with pytest.raises(KeyError):
                postings.drop(key, name)
            continue
        if name in ids:
            ids.remove(name)
        if step == "put":
            ids.insert(0, name)
            postings.put(key, name)
        else:
            postings.drop(key, name)

    assert [list(postings.last(key, at_most)) for key in "kq"] == [
        expected[key][:at_most] for key in "kq"
    ]
    assert [postings.count(key) for key in "kq"] == [len(expected[key]) for key in "kq"]
