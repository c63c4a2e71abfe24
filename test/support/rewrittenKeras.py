"""Makes and runs the networks of test/rewrittenKeras.test.ts.

    rewrittenKeras.py make FOLDER   net.py: its weights in every format that Keras has, an input and the output
    rewrittenKeras.py run FOLDER    each form of runs.json: the rewritten network with the factored weights, and its output
                                    beside that of the original network with the products of the factors for kernels

Prints JSON.
"""

import json
import pathlib
import struct
import sys

import keras
import numpy as np


def network(path):
    names = {"__name__": "net"}
    exec(compile(path.read_text(), str(path), "exec"), names)
    return names["net"]()


def safetensors(path):
    """An independent reader of the format, for float32."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    state = {}
    for name, entry in header.items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            state[name] = np.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    return state


def layer_at(net, path):
    """The layer under a name, or under an attribute, of which `/` takes a part."""
    first, *rest = path.split("/")
    layer = getattr(net, first) if hasattr(net, first) else net.get_layer(first)
    for index in rest:
        layer = layer.layers[int(index)]
    return layer


def load(net, state):
    """Gives every tensor to the layer under its name; all of the network's weights must get one."""
    open_ = {id(weight) for weight in net.weights}
    for name, value in state.items():
        path, _, parameter = name.replace("/vars/0", "/kernel").replace("/vars/1", "/bias").rpartition("/")
        weight = getattr(layer_at(net, path), parameter)
        weight.assign(value)
        open_.remove(id(weight))
    assert not open_, f"{len(open_)} weights of the network are not in the file"


def composed(parts):
    """The kernel that two or three factors make, each [...k, I, O]."""
    kernel = parts[0]
    for part in parts[1:]:
        # Windows broadcast: all but one are a single place.
        kernel = np.matmul(kernel.astype("f8"), part.astype("f8"))
    return kernel


def run(folder):
    x = np.load(folder / "x.npy")
    runs = json.loads((folder / "runs.json").read_text())
    report = {}
    for form in runs:
        state = safetensors(folder / form["weights"])
        net = network(folder / form["source"])
        net(x)
        load(net, state)
        original = network(folder / "net.py")
        original(x)
        before = np.asarray(load_original(original, folder)(x))
        for path in form["layers"]:
            parts = [state[f"{path}/{i}/kernel"] for i in range(3) if f"{path}/{i}/kernel" in state]
            layer_at(original, path).kernel.assign(composed(parts).astype("f4"))
        planned, after = np.asarray(original(x)), np.asarray(net(x))
        scale = np.abs(planned).max()
        report[form["name"]] = {
            "changed": float(np.abs(planned - before).max() / scale),
            "difference": float(np.abs(planned - after).max() / scale),
        }
    print(json.dumps(report))


def load_original(net, folder):
    net.set_weights([value for _, value in sorted(np.load(folder / "weights.npz").items(), key=lambda item: int(item[0]))])
    return net


def make(folder):
    keras.utils.set_random_seed(3)
    x = np.random.default_rng(3).standard_normal((2, 12, 12, 3)).astype("f4")
    net = network(folder / "net.py")
    net(x)
    for weight in net.weights:
        weight.assign(np.random.default_rng(len(weight.shape)).standard_normal(weight.shape) * 0.2)
    np.save(folder / "x.npy", x)
    np.savez(folder / "weights.npz", **{str(i): np.asarray(weight) for i, weight in enumerate(net.weights)})
    net.save_weights(folder / "net.weights.h5")
    if type(net).__module__.startswith("keras."):
        net.save(folder / "net.keras")
        net.save(folder / "net.h5")


{"make": make, "run": run}[sys.argv[1]](pathlib.Path(sys.argv[2]))
