"""Writes a network with two outputs, class scores and an embedding of the face, for fer-train to train.

Usage: two_heads.py FILE.ferm        (PYTHONPATH=Bindings/python, FERM_LIBRARY=build/lib/libferm.so)
"""
import sys

from ferm.builder import Network, fresh

labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
net = Network((1, 40, 40), labels=labels, resized=(48, 48), name="two-heads")


def block(x, name, channels):
    """A 3x3 convolution, batch normalisation and PReLU."""
    x = net.convolution(x, name, fresh(channels, x.shape[0], 3, 3), padding=1)
    x = net.batch_norm(x, f"{name}.bn", *[fresh(channels)] * 4)
    return net.prelu(x, f"{name}.act", fresh(channels))


fine = net.max_pool(block(net.input, "fine", 16))  # 16 x 20 x 20
coarse = block(net.max_pool(block(fine, "middle", 24)), "coarse", 24)  # 24 x 10 x 10
# What both scales see, side by side.
both = net.concatenate(fine, net.upsample_bilinear(coarse))
joined = net.max_pool(block(both, "joined", 32))
face = net.linear(net.flatten(net.adaptive_average_pool(joined, 2)), "face", fresh(64, 128), fresh(64))
net.scores(net.linear(net.prelu(face, "face.act", fresh(1)), "last", fresh(7, 64), fresh(7)))
net.embedding(face, "face")
net.write(sys.argv[1])
