"""Makes and runs the networks of test/rewrittenPython.test.ts.

    rewrittenNets.py make FOLDER   for each of cases.json: a network with random weights, its checkpoint and an input
    rewrittenNets.py run FOLDER    for each of runs.json: the network of a source with weights, and its output

Tensors are NAME.json {"dims": [...]} beside NAME.bin, little-endian float32.
"""

import json
import pathlib
import struct
import sys

import torch


def write(folder, name, tensor):
    tensor = tensor.detach().float().contiguous()
    (folder / f"{name}.json").write_text(json.dumps({"dims": list(tensor.shape)}))
    (folder / f"{name}.bin").write_bytes(tensor.numpy().tobytes())


def read(folder, name):
    dims = json.loads((folder / f"{name}.json").read_text())["dims"]
    return torch.frombuffer(bytearray((folder / f"{name}.bin").read_bytes()), dtype=torch.float32).reshape(dims)


def safetensors(path):
    """An independent reader of the format, for the dtypes of the test."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    dtypes = {"F32": torch.float32, "F16": torch.float16, "I64": torch.int64}
    state = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            values = torch.frombuffer(bytearray(data[start:end]), dtype=dtypes[entry["dtype"]])
            state[name] = values.reshape(entry["shape"])
    return state


def namespace(path):
    names = {"__name__": "net"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names


def make(folder):
    for case in json.loads((folder / "cases.json").read_text()):
        torch.manual_seed(case["seed"])
        net = namespace(folder / case["source"])[case["entry"]]()
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias)
                torch.nn.init.normal_(module.running_mean)
                torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
        torch.save(net.state_dict(), folder / f"{case['name']}.pt")
        x = torch.randn(*case["input"])
        write(folder, f"{case['name']}.x", x)
        if case.get("export"):
            # In inference mode, as people export: each BatchNorm is folded into the convolution before it.
            torch.onnx.export(net.eval(), x, str(folder / f"{case['name']}.onnx"), input_names=["x"], output_names=["y"])


def run(folder):
    torch.set_grad_enabled(False)
    for case in json.loads((folder / "runs.json").read_text()):
        net = namespace(folder / case["source"])[case["entry"]]()
        weights = folder / case["weights"]
        state = torch.load(weights) if weights.suffix == ".pt" else safetensors(weights)
        net.load_state_dict(state, strict=True)
        net.eval()
        if "module" in case:
            net = namespace(folder / case["module"])["apply_plan"](net)
        write(folder, f"{case['name']}.y", net(read(folder, f"{case['of']}.x")))


if __name__ == "__main__":
    {"make": make, "run": run}[sys.argv[1]](pathlib.Path(sys.argv[2]))
