"""Tables of the functions that translate operations, by the names of torch's operators."""
from __future__ import annotations

from typing import Any, Callable, Dict, TypeVar

Rule = TypeVar("Rule", bound=Callable[..., Any])


class Rules(Dict[str, Callable[..., Any]]):
    """Used as a decorator, it enters the function under each of the names."""

    def __call__(self, *names: str) -> Callable[[Rule], Rule]:
        def enter(function: Rule) -> Rule:
            self.update(dict.fromkeys(names, function))
            return function
        return enter
