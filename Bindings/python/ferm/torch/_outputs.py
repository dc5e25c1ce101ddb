"""Which of the module's results the file gives, and as what."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

from ._errors import ExportError, Refusal, need
from ._held import Held

if TYPE_CHECKING:
    from ._translator import Translator


def chosen(returned: Any, outputs: Any, labels: Sequence[str]) -> Any:
    """[(name, index among the module's results, kind)]; returned: the paths of the results, outputs: as `network` takes it."""
    if outputs is None:
        if len(returned) > 1:
            raise ExportError(f"the module returns {len(returned)} results ({', '.join(repr(path) for path in returned)}); say what they "
                              'are, such as outputs={"scores": "scores", "face": "embedding"}; None leaves one out')
        outputs = {"scores": "scores"} if labels else {"embedding": "embedding"}
    by_key = len(returned) > 1 and any(name in returned for name in outputs)
    if not by_key and len(outputs) != len(returned):
        raise ExportError(f"outputs names {len(outputs)} results, and the module returns {len(returned)}")
    found = []
    for index, (name, kind) in enumerate(outputs.items()):
        if kind not in ("scores", "embedding", None):
            raise ExportError(f"the output {name!r} is scores or embedding, not {kind!r}; detections are written with ferm.builder")
        if by_key and name not in returned:
            raise ExportError(f"the module returns no {name!r}; it returns {', '.join(map(repr, returned))}")
        if kind:
            found.append((name, returned.index(name) if by_key else index, kind))
    if not found:
        raise ExportError("outputs leaves every result out")
    if "scores" in [kind for _, _, kind in found] and not labels:
        raise ExportError("a model with scores needs labels=[...], one for each score")
    return found


def give(translator: Translator, name: str, kind: str, node: Any) -> None:
    """Makes the value of a node an output."""
    x: Any = translator.values.get(node)
    need(isinstance(x, Held), "it does not depend on the image")
    need(len(x.shape) == 1, f"an output is a vector [N, F], not {['N', *x.shape]}; flatten it in the module")
    need(kind != "scores" or _operation(node) not in ("softmax", "_softmax"),
         "scores are logits, of which the reader makes probabilities; return what goes into the softmax")
    value = translator.vector(x)
    try:
        getattr(translator.net, kind)(value, name)
    except ValueError as error:
        raise Refusal(str(error)) from None


def _operation(node: Any) -> Any:
    schema = getattr(node.target, "_schema", None)
    return schema.name.split("::")[-1] if schema else ""
