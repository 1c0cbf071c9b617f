"""Parameters that know which of them were read, so that what an entry states is not ignored in silence."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# said of an entry, not of its system
_BESIDE = re.compile(r"^(note|comment|remark|source|description|title)s?$|^truncation")


class Parameters(dict[str, Any]):
    """A mapping that remembers the names whose values were taken; so do the mappings within it.

    Whoever looks over all names without meaning them takes the values with `peek`. What is merged with others by `|`
    remembers for the whole.
    """

    taken: set[str]

    def __init__(self, given: Mapping[str, Any], taken: set[str] | None = None) -> None:
        super().__init__({name: _remembering(value) for name, value in given.items()})
        self.taken = set() if taken is None else taken

    def __getitem__(self, name: str) -> Any:
        self.taken.add(name)
        return super().__getitem__(name)

    def get(self, name: str, unless: Any = None) -> Any:
        if name in self:
            self.taken.add(name)
        return super().get(name, unless)

    def items(self) -> Any:
        self.taken |= set(self)
        return super().items()

    def values(self) -> Any:
        self.taken |= set(self)
        return super().values()

    def __iter__(self) -> Iterator[str]:  # also makes {**parameters} take the values one by one
        return super().__iter__()

    def __or__(self, other: Any) -> Any:
        return Parameters(dict(peek(self)) | dict(peek(other)), self.taken)

    def __ror__(self, other: Any) -> Any:
        return Parameters(dict(peek(other)) | dict(peek(self)), self.taken)

    def unread(self) -> Iterator[str]:
        """Names that nobody took, those within a mapping that was taken with its name before them."""
        for name, value in peek(self):
            if name not in self.taken:
                if not _BESIDE.search(name) and not _is_prose(value):
                    yield name
                continue
            parts = value if isinstance(value, list) else [value]
            inside = [part.unread() for part in parts if isinstance(part, Parameters)]
            yield from dict.fromkeys(f"{name}.{one}" for part in inside for one in part)


def peek(p: Mapping[str, Any]) -> Any:
    """Names and values, not counted as taken."""
    return dict.items(p) if isinstance(p, dict) else p.items()


def without(p: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The others, which remember for the whole."""
    others = {key: value for key, value in peek(p) if key != name}
    return Parameters(others, p.taken) if isinstance(p, Parameters) else others


def _remembering(value: Any) -> Any:
    if isinstance(value, Parameters):
        return value
    if isinstance(value, Mapping):
        return Parameters(value)
    return [_remembering(part) for part in value] if isinstance(value, list) else value


def _is_prose(value: Any) -> bool:
    """Whether a value is a sentence: words, and no formula."""
    return (
        isinstance(value, str) and len(re.findall(r"\b[A-Za-z]{2,}\b", value)) >= 3 and not re.search(r"[=*^]", value)
    )
