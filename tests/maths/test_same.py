"""What a function made of the very same objects is given again, and of nothing else."""

from procsim.maths.same import of_the_same


def test_the_very_same_objects_are_not_worked_on_again_and_equal_ones_are() -> None:
    """Equal lists may be changed apart from each other, so that only the same one, in the same place, gives the same answer."""
    asked: list[tuple[list[int], list[int]]] = []

    @of_the_same(10)
    def together(one: list[int], other: list[int]) -> list[int]:
        asked.append((one, other))
        return one + other

    a, b = [1], [2]
    assert together(a, b) is together(a, b)
    assert together(b, a) == [2, 1]
    assert together([1], b) == [1, 2]
    assert len(asked) == 3


def test_answers_beyond_the_most_make_way_and_ids_that_are_used_again_are_no_old_objects() -> None:
    """Objects that are gone leave their ids to others: what is remembered holds its own, so that no other can have them."""

    @of_the_same(3)
    def first(given: list[int]) -> int:
        return given[0]

    assert [first([n]) for n in range(1000)] == list(range(1000))
