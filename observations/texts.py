"""Columns of texts of which few differ: each text once, and a number for every row."""

from collections.abc import Iterator, Sequence
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray


class TextColumn(Sequence[str]):
    """n texts; a sequence like any other, whose repetitions cost four bytes.

    codes: int32[n], where in `distinct` the text of each row stands. distinct: each text once.
    """

    __slots__ = ("codes", "distinct")

    def __init__(self, codes: NDArray[np.int32], distinct: Sequence[str]) -> None:
        self.codes, self.distinct = codes, distinct

    @classmethod
    def of(cls, texts: Sequence[str]) -> "TextColumn":
        """The column of those texts; the very same where it is one already."""
        if isinstance(texts, TextColumn):
            return texts
        distinct = list(dict.fromkeys(texts))
        if len(distinct) == 1:
            return cls.repeated(distinct[0], len(texts))
        number = {text: code for code, text in enumerate(distinct)}
        return cls(np.fromiter(map(number.__getitem__, texts), np.int32, len(texts)), distinct)

    @classmethod
    def repeated(cls, text: str, rows: int) -> Self:
        """That text in every row."""
        return cls(np.zeros(rows, np.int32), [text])

    def take(self, positions: NDArray[np.intp]) -> "TextColumn":
        """The texts at those positions; what none of them has is left out of `distinct`."""
        used, codes = np.unique(self.codes[positions], return_inverse=True)
        return TextColumn(codes.astype(np.int32), [self.distinct[code] for code in used.tolist()])

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        """The text of each row."""
        return map(self.distinct.__getitem__, self.codes.tolist())

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        """The text of that row; of those rows as a column."""
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        return self.distinct[int(self.codes[index])]

    def __eq__(self, other: object) -> bool:
        """Whether `other` is a sequence of the same texts in the same order."""
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return list(self) == list(other)

    __hash__ = None  # type: ignore[assignment] # equal to lists, which have none

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: ANN401, FBT001 - as numpy calls it
        """The texts as an array of objects, where no other type is asked for."""
        texts = np.empty(len(self.distinct), np.object_)
        texts[:] = self.distinct
        return texts[self.codes].astype(dtype or np.object_, copy=bool(copy))


def numbered_pairs(first: Sequence[str], second: Sequence[str]) -> tuple[list[tuple[str, str]], NDArray[np.intp]]:
    """Each distinct pair (first, second) of a row once; and for every row the number of its pair, intp[n]."""
    one, other = TextColumn.of(first), TextColumn.of(second)
    width = max(len(other.distinct), 1)
    present, numbers = np.unique(one.codes.astype(np.int64) * width + other.codes, return_inverse=True)
    pairs = [(one.distinct[code // width], other.distinct[code % width]) for code in present.tolist()]
    return pairs, numbers


def joined(columns: Sequence[Sequence[str]]) -> TextColumn:
    """The texts of all columns, one after the other."""
    coded = [TextColumn.of(column) for column in columns]
    number: dict[str, int] = {}
    codes = [np.empty(0, np.int32)]
    for column in coded:
        places = np.array([number.setdefault(text, len(number)) for text in column.distinct], np.int32)
        codes.append(places[column.codes] if len(column) else np.empty(0, np.int32))
    return TextColumn(np.concatenate(codes), list(number))
