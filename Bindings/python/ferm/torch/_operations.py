"""All operations that are understood, and advice about others.

A rule is a function of the translator and of the arguments by the names that torch's schemas give them, but x for self and input.
"""
from __future__ import annotations

from . import _elements, _layers, _shapes

OPERATIONS = {**_layers.rule, **_elements.rule, **_shapes.rule}

_NORMS = "it takes its statistics from the image; batch norm, whose statistics are constants, can be written"
_ATTENTION = "it multiplies values of the network as matrices (as attention does), for which the format has no operator"
_RECURRENT = "recurrent layers have no operator in the format"

#: What to do instead, where there is something better to say than that it is not known.
ADVICE = {
    **dict.fromkeys(("index", "pixel_shuffle", "roll"), _shapes.ROWS),
    **dict.fromkeys(("layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "instance_norm"), _NORMS),
    **dict.fromkeys(("bmm", "einsum", "baddbmm", "scaled_dot_product_attention"), _ATTENTION),
    **dict.fromkeys(("gru", "lstm", "rnn_tanh", "rnn_relu"), _RECURRENT),
    "linalg_vector_norm": "embeddings are compared by their cosine, whatever their length; leave the normalisation out",
    "log_softmax": "scores are logits, and the reader computes probabilities; return what goes into it",
    "_log_softmax": "scores are logits, and the reader computes probabilities; return what goes into it",
    "conv_transpose2d": "the format has no transposed convolution; interpolate and then convolve",
    "gelu": "the format has no GELU; ReLU, PReLU, SiLU and hard-swish can be written",
}
