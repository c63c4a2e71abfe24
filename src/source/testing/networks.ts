/** Model files as people write them, for tests of typing. */
const residual = `import torch
import torch.nn as nn
import torch.nn.functional as F


def conv3x3(inputs, outputs, stride=1):
    return nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False)


class Block(nn.Module):
    expansion = 1

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        self.conv1 = conv3x3(inputs, outputs, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = conv3x3(outputs, outputs)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    """A network for small images."""

    def __init__(self, blocks=(3, 3, 3), classes=10):
        super().__init__()
        self.stem = conv3x3(3, 16)
        widths = [16, 32, 64]
        stages = []
        before = 16
        for i, (width, count) in enumerate(zip(widths, blocks)):
            for j in range(count):
                stages.append(Block(before, width, 2 if i > 0 and j == 0 else 1))
                before = width
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(before, classes)

    def forward(self, x):
        x = self.stages(self.stem(x))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)


if __name__ == "__main__":
    net = ResNet()
    y = net(torch.randn(2, 3, 32, 32))
    print(y.shape)
`;

const unet = `import torch
from torch import nn


class DoubleConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.second(self.act(self.first(x))))


class UNet(nn.Module):
    def __init__(self, channels=3, classes=2, width=16):
        super().__init__()
        self.down1 = DoubleConv(channels, width)
        self.down2 = DoubleConv(width, width * 2)
        self.bottom = DoubleConv(width * 2, width * 4)
        self.pool = nn.MaxPool2d(2)
        self.up2 = nn.ConvTranspose2d(width * 4, width * 2, 2, stride=2)
        self.merge2 = DoubleConv(width * 4, width * 2)
        self.up1 = nn.Upsample(scale_factor=2)
        self.merge1 = DoubleConv(width * 3, width)
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        a = self.down1(x)
        b = self.down2(self.pool(a))
        c = self.bottom(self.pool(b))
        y = self.merge2(torch.cat([self.up2(c), b], dim=1))
        y = self.merge1(torch.cat([self.up1(y), a], dim=1))
        return self.head(y)
`;

const transformer = `import math
from dataclasses import dataclass

import torch
import torch.nn as nn


@dataclass
class Config:
    vocabulary: int = 100
    width: int = 32
    heads: int = 4
    layers: int = 2
    length: int = 64


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, x):
        b, t, c = x.size()
        q, k, v = self.qkv(x).split(c, dim=2)
        q = q.view(b, t, self.heads, c // self.heads).transpose(1, 2)
        k = k.view(b, t, self.heads, c // self.heads).transpose(1, 2)
        v = v.view(b, t, self.heads, c // self.heads).transpose(1, 2)
        weights = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
        y = torch.softmax(weights, dim=-1) @ v
        return self.out(y.transpose(1, 2).contiguous().view(b, t, c))


class GPT(nn.Module):
    def __init__(self, config=Config()):
        super().__init__()
        self.embed = nn.Embedding(config.vocabulary, config.width)
        self.place = nn.Embedding(config.length, config.width)
        self.blocks = nn.ModuleList([Attention(config) for _ in range(config.layers)])
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.vocabulary, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens) + self.place(torch.arange(tokens.size(1)))
        for block in self.blocks:
            x = x + block(x)
        return self.head(self.norm(x))
`;

export const networks: Readonly<Record<string, string>> = { residual, unet, transformer };
