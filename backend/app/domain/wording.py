"""Numbers in sentences."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """`1 test`, `2 tests`, `0 tests`; `plural` where an s does not make it."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def verb(number: int, one: str, many: str) -> str:
    """The form that goes with so many: `verb(1, "is", "are")` is `is`."""
    return one if number == 1 else many
