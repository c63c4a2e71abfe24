"""Exports small networks of torchvision's families with an open batch: exportNets.py FOLDER BATCH.

Prints what PyTorch says of each: parameters, multiply-accumulates of its convolutions and linear layers for one sample, the
cross-entropy on the written samples, and the norm of its whole gradient.
"""
import json
import sys

import torch
from torch import nn
from torchvision.models import convnext, mobilenetv3, shufflenetv2, swin_transformer, vision_transformer

folder, batch = sys.argv[1], int(sys.argv[2])
size, classes = 32, 10


def networks():
    yield "vit", vision_transformer.VisionTransformer(size, 8, 2, 2, 24, 48, num_classes=classes)
    yield "swin", swin_transformer.SwinTransformer([2, 2], 12, [2, 2], [2, 4], [3, 3], num_classes=classes)
    yield "shufflenet", shufflenetv2.ShuffleNetV2([1, 1, 1], [8, 16, 24, 32, 48], num_classes=classes)
    blocks = [convnext.CNBlockConfig(12, 24, 1), convnext.CNBlockConfig(24, None, 1)]
    yield "convnext", convnext.ConvNeXt(blocks, num_classes=classes)
    rows = [mobilenetv3.InvertedResidualConfig(8, 3, 16, 8, True, act, 2, 1, 1) for act in ("RE", "HS")]
    yield "mobilenet", mobilenetv3.MobileNetV3(rows, 16, num_classes=classes)


def randomise(net):
    """Exporters write equal tensors once: nothing may be equal by its initial value."""
    for value in [*net.parameters(), *(b for b in net.buffers() if b.is_floating_point())]:
        value.data.add_(torch.rand_like(value) * 0.1)
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0


def macs_of(net, x):
    """What convolutions and products with weights cost, wherever they are called from."""
    functional, total = nn.functional, 0
    linear, conv2d = functional.linear, functional.conv2d

    def count(function):
        def counted(data, weight, *others, **named):
            nonlocal total
            output = function(data, weight, *others, **named)
            total += output.numel() * weight[0].numel()
            return output

        return counted

    functional.linear, functional.conv2d = count(linear), count(conv2d)
    try:
        net(x)
    finally:
        functional.linear, functional.conv2d = linear, conv2d
    return total


torch.manual_seed(0)
x = torch.randn(batch, 3, size, size)
x.numpy().tofile(f"{folder}/x.bin")
labels = torch.arange(batch) % classes
result = {}
for name, net in networks():
    net.eval()
    randomise(net)
    torch.onnx.export(
        net, x[:1], f"{folder}/{name}.onnx", opset_version=16, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}},
        training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
    )
    loss = nn.functional.cross_entropy(net(x), labels)
    loss.backward()
    gradients = [p.grad.double() for p in net.parameters()]
    result[name] = {
        "params": sum(p.numel() for p in net.parameters()),
        "macs": macs_of(net, x[:1]),
        "loss": loss.item(),
        "gradientNorm": sum((g * g).sum() for g in gradients).sqrt().item(),
    }
print(json.dumps(result))
