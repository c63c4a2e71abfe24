"""Runs rewritten Keras code on a stand-in for Keras that records what is made, and prints it as JSON.

    recordedKeras.py FILE

Arguments are given by their parameters' names, those with Keras's defaults left away, so that two ways of writing agree.
"""

import json
import sys
import types

convolution = {
    "filters": None, "kernel_size": None, "strides": 1, "padding": "valid", "data_format": None, "dilation_rate": 1,
    "groups": 1, "activation": None, "use_bias": True,
}
dense = {"units": None, "activation": None, "use_bias": True}
rest = {
    "bias_initializer": "zeros", "bias_regularizer": None, "bias_constraint": None, "activity_regularizer": None,
    "name": None,
}


def layer(kind, parameters):
    def make(*positional, **keywords):
        assert len(positional) <= len(parameters), "too many arguments"
        given = dict(zip(parameters, positional))
        assert not given.keys() & keywords.keys(), "an argument twice"
        given.update(keywords)
        defaults = {**parameters, **rest}
        shown = {key: value for key, value in given.items() if key not in defaults or value != defaults[key]}
        return {"layer": kind, **shown}

    return make


def sequential(layers, name=None):
    return {"layer": "Sequential", "layers": layers, **({} if name is None else {"name": name})}


keras = types.ModuleType("keras")
keras.layers = types.ModuleType("keras.layers")
keras.Sequential = sequential
for count in "123":
    setattr(keras.layers, f"Conv{count}D", layer(f"Conv{count}D", convolution))
keras.layers.Dense = layer("Dense", dense)
sys.modules["keras"], sys.modules["keras.layers"] = keras, keras.layers

names = {}
try:
    exec(compile(open(sys.argv[1]).read(), "rewritten", "exec"), names)
    print(json.dumps(names["made"], sort_keys=True))
except ValueError as error:
    print(json.dumps({"refused": str(error)}))
