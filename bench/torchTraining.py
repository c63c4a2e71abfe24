"""PyTorch's side of bench/training.ts: trains the same network and answers one line of JSON per line of JSON.

First line in: {"threads", "network": "resnet20" | "vgg-64-128-256", "channelsLast", "weights": file, "tensors": [[name, [dims]], ...], "samples": file,
"labels": file, "dims", "rate", "momentum", "weightDecay"}; out: {"version"} or {"absent": reason}.
Then {"steps": n} in, {"ms", "cpuMs", "loss"} (per step; the loss of the last one) out, until the input ends.
"""
import json
import sys
import time


def read():
    line = sys.stdin.readline()
    return json.loads(line) if line else None


def write(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


try:
    import numpy as np
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
except ImportError as error:
    write({"absent": str(error)})
    sys.exit(0)


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.filling = (outputs - inputs) // 2
        stride = 1 if inputs == outputs else 2
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.filling:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.filling, self.filling))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16), Block(16, 16), Block(16, 16))
        self.layer2 = nn.Sequential(Block(16, 32), Block(32, 32), Block(32, 32))
        self.layer3 = nn.Sequential(Block(32, 64), Block(64, 64), Block(64, 64))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


class Layer(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)))


class Vgg(nn.Module):
    def __init__(self):
        super().__init__()
        self.stage1 = nn.Sequential(Layer(3, 64), Layer(64, 64))
        self.stage2 = nn.Sequential(Layer(64, 128), Layer(128, 128))
        self.stage3 = nn.Sequential(Layer(128, 256), Layer(256, 256))
        self.classifier = nn.Linear(256, 10)

    def forward(self, x):
        x = F.max_pool2d(self.stage1(x), 2)
        x = self.stage3(F.max_pool2d(self.stage2(x), 2))
        return self.classifier(x.mean((2, 3)))


def load(model, settings):
    values = np.fromfile(settings["weights"], dtype=np.float32)
    parameters = dict(model.named_parameters())
    at = 0
    with torch.no_grad():
        for name, dims in settings["tensors"]:
            count = int(np.prod(dims))
            parameters.pop(name).copy_(torch.from_numpy(values[at : at + count].reshape(dims)))
            at += count
    if parameters or at != values.size:
        raise ValueError("The two networks do not have the same parameters.")


def main():
    settings = read()
    torch.set_num_threads(settings["threads"])
    model = {"resnet20": ResNet20, "vgg-64-128-256": Vgg}[settings["network"]]()
    load(model, settings)
    samples = torch.from_numpy(np.fromfile(settings["samples"], dtype=np.float32).reshape(settings["dims"]))
    labels = torch.from_numpy(np.fromfile(settings["labels"], dtype=np.int32)).long()
    if settings["channelsLast"]:
        model = model.to(memory_format=torch.channels_last)
        samples = samples.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=settings["rate"],
        momentum=settings["momentum"],
        weight_decay=settings["weightDecay"],
    )
    model.train()
    write({"version": torch.__version__})
    while True:
        request = read()
        if request is None:
            return
        steps = request["steps"]
        cpu = time.process_time()
        start = time.perf_counter()
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(samples), labels)
            loss.backward()
            optimizer.step()
        loss = loss.item()
        ms = (time.perf_counter() - start) * 1e3 / steps
        write({"ms": ms, "cpuMs": (time.process_time() - cpu) * 1e3 / steps, "loss": loss})


main()
