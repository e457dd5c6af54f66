"""What is wrong with an input, said so that its writer can put it right."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Problem:
    """One fault in an input file: where it is, what was found, what is allowed and what to do.

    `mends` is what to set the field to, as `--set` takes it, where that alone puts it right.
    """

    file: str
    line: int
    column: int
    field: str
    value: str
    rule: str
    remedy: str
    mends: str = ""

    def __str__(self) -> str:
        """Return the problem as one block of text, place first."""
        where = f"{self.file}, line {self.line}, column {self.column}" if self.line else self.file
        found = f"\n  found:  {self.value}" if self.value else ""
        field = f": {self.field}" if self.field else ""
        return f"{where}{field}{found}\n  rule:   {self.rule}\n  remedy: {self.remedy}"

    def with_setting(self) -> Problem:
        """Return the problem as whoever set a value by `--set` needs it: with the other value to set beside it."""
        also = f"{self.remedy}; here, add `--set {self.field}={self.mends}`"
        return replace(self, remedy=also) if self.mends else self

    def as_dict(self) -> dict[str, str | int]:
        """Return the problem as plain values, for `--json`."""
        return asdict(self)


class ScenarioError(Exception):
    """An input that cannot be used; it carries every problem found, never only the first."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep `problems` in the order in which they stand in the files."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
