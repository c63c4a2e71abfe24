"""What most model files are made of: reading it shows which functions reading any of them needs."""
import argparse
import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, Callable, List, Optional, Type, Union

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

__all__ = ["ConvNet", "conv_net_small", "conv_net_large"]

WIDTHS = {"small": [16, 32], "large": [16, "M", 32, "M"]}


def conv3x3(in_planes: int, out_planes: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    """3x3 convolution that keeps the size"""
    return nn.Conv2d(
        in_planes,
        out_planes,
        kernel_size=3,
        stride=stride,
        padding=dilation,
        groups=groups,
        bias=False,
        dilation=dilation,
    )


class Block(nn.Module):
    expansion: int = 2

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        shortcut: Optional[nn.Module] = None,
        groups: int = 1,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
    ) -> None:
        super().__init__()
        if norm_layer is None:
            norm_layer = nn.BatchNorm2d
        if groups != 1 and planes % groups > 0:
            raise ValueError(f"{planes} planes in {groups} groups")
        width = int(planes * (64 / 64.0)) * groups
        self.conv1 = conv3x3(inplanes, width, stride)
        self.bn1 = norm_layer(width)
        self.conv2 = nn.Conv2d(width, planes * self.expansion, 1, bias=False)
        self.bn2 = norm_layer(planes * self.expansion)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = shortcut
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.shortcut is not None:
            identity = self.shortcut(x)
        out += identity
        return F.relu(out)


class ConvNet(nn.Module):
    def __init__(
        self,
        block: Type[Union[Block, nn.Module]],
        layers: List[int],
        num_classes: int = 10,
        dilate: Optional[List[bool]] = None,
        norm_layer: Optional[Callable[..., nn.Module]] = None,
    ) -> None:
        super().__init__()
        self.norm_layer = norm_layer or nn.BatchNorm2d
        self.inplanes = 16
        self.dilation = 1
        if dilate is None:
            dilate = [False, False]
        if len(dilate) != 2:
            raise ValueError(f"dilate should be None or two flags, got {dilate}")
        self.stem = nn.Sequential(OrderedDict([("conv", conv3x3(3, 16)), ("norm", self.norm_layer(16))]))
        self.pool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, 16, layers[0])
        self.layer2 = self._make_layer(block, 32, layers[1], stride=2, dilate=dilate[0])
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(p=0.5)
        self.fc = nn.Linear(32 * block.expansion, num_classes)

        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(m, (nn.BatchNorm2d, nn.GroupNorm)):
                nn.init.constant_(m.weight, 1)
                nn.init.constant_(m.bias, 0)

    def _make_layer(
        self, block: Type[Block], planes: int, blocks: int, stride: int = 1, dilate: bool = False
    ) -> nn.Sequential:
        shortcut = None
        if dilate:
            self.dilation *= stride
            stride = 1
        if stride != 1 or self.inplanes != planes * block.expansion:
            shortcut = nn.Sequential(
                nn.Conv2d(self.inplanes, planes * block.expansion, kernel_size=1, stride=stride, bias=False),
                self.norm_layer(planes * block.expansion),
            )
        layers = []
        layers.append(block(self.inplanes, planes, stride, shortcut, norm_layer=self.norm_layer))
        self.inplanes = planes * block.expansion
        for _ in range(1, blocks):
            layers.append(block(self.inplanes, planes, norm_layer=self.norm_layer))
        return nn.Sequential(*layers)

    def _forward_impl(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.stem(x)))
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        return self.fc(self.dropout(x))

    def forward(self, x: Tensor) -> Tensor:
        return self._forward_impl(x)


def _conv_net(block: Type[Block], layers: List[int], pretrained: bool = False, **kwargs: Any) -> ConvNet:
    model = ConvNet(block, layers, **kwargs)
    if pretrained:
        model.load_state_dict(torch.load("weights.pt"))
    return model


def conv_net_small(*, pretrained: bool = False, **kwargs: Any) -> ConvNet:
    return _conv_net(Block, [2, 2], pretrained, **kwargs)


def conv_net_large(*, pretrained: bool = False, **kwargs: Any) -> ConvNet:
    kwargs["norm_layer"] = partial(nn.BatchNorm2d, eps=0.001)
    return _conv_net(Block, [3, 4], pretrained, **kwargs)


def make_features(widths: List[Union[int, str]]) -> nn.Sequential:
    layers: List[nn.Module] = []
    channels = 3
    for width in widths:
        if width == "M":
            layers += [nn.MaxPool2d(2)]
        else:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(True)]
            channels = width
    return nn.Sequential(*layers)


class Features(nn.Module):
    def __init__(self, size="large"):
        super(Features, self).__init__()
        self.features = make_features(WIDTHS[size])
        self.fc1 = nn.Linear(32 * 8 * 8, 64)
        self.fc2 = nn.Linear(64, 10)

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.fc2(torch.relu(self.fc1(x))), dim=1)


@dataclass
class Config:
    width: int = 64
    heads: int = 4
    depth: int = 2
    words: int = 1000


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.project = nn.Linear(config.width, config.width)

    def forward(self, x):
        batch, steps, width = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(batch, steps, self.heads, width // self.heads).transpose(1, 2) for t in (q, k, v))
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(q.size(-1))
        out = torch.matmul(F.softmax(scores, dim=-1), v)
        return self.project(out.transpose(1, 2).contiguous().view(batch, steps, width))


class Transformer(nn.Module):
    def __init__(self, config: Config):
        super().__init__()
        self.words = nn.Embedding(config.words, config.width)
        self.norms = nn.ModuleList([nn.LayerNorm(config.width) for _ in range(config.depth)])
        self.blocks = nn.ModuleList([Attention(config) for _ in range(config.depth)])
        self.head = nn.Linear(config.width, config.words)

    def forward(self, ids):
        x = self.words(ids)
        for norm, block in zip(self.norms, self.blocks):
            x = x + block(norm(x))
        return self.head(x)


def train(args):
    model = Features().to("cuda" if torch.cuda.is_available() else "cpu")
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    for epoch in range(args.epochs):
        print("epoch {}: {}".format(epoch, optimizer))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=1e-3)
    train(parser.parse_args())
