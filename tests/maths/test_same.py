"""What a function made of the very same objects is given again, and of nothing else."""

from procsim.maths.same import of_the_same, the_one


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


def test_a_function_that_asks_for_parts_of_its_arguments_is_asked_again_for_other_parts_only() -> None:
    """Two pairs that share their first list share the answer; one with another first list has its own."""
    asked: list[int] = []

    @of_the_same(10, lambda pair: (pair[0],))
    def first(pair: tuple[list[int], int]) -> int:
        asked.append(pair[1])
        return len(pair[0])

    one, other = [1], [2, 3]
    assert (first((one, 1)), first((one, 2)), first((other, 3))) == (1, 1, 2)
    assert asked == [1, 3]


def test_a_number_is_the_same_object_however_large_it_is() -> None:
    made: list[int] = []

    @of_the_same(10, lambda number: (the_one(number),))
    def noted(number: int) -> int:
        made.append(number)
        return number

    for number in (7, 5_000, int("5000"), int("5001"), int("5000")):
        assert noted(number) == number
    assert made == [7, 5_000, 5_001]
