"""Counts as prose has them."""


def counted(count: int, noun: str) -> str:
    """A count and what is counted.

    >>> counted(1, "row"), counted(58, "row")
    ('1 row', '58 rows')

    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
