"""Sets as whole numbers: every way to read one gives what its bits say, in their order."""

from hypothesis import given
from hypothesis import strategies as st

from engine.masks import among, members, places

SETS = st.sets(st.integers(0, 300))


@given(SETS)
def test_a_mask_has_the_places_that_it_was_made_of(chosen: set[int]) -> None:
    assert [*places(sum(1 << place for place in chosen))] == sorted(chosen)


@given(SETS)
def test_what_stands_there_is_given_in_its_order(chosen: set[int]) -> None:
    mask, names = sum(1 << place for place in chosen), [f"n{number}" for number in range(301)]
    expected = [f"n{place}" for place in sorted(chosen)]
    assert members(mask, names) == expected
    assert among(mask, names) == expected
