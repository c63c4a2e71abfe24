import type { LayerInstance, SourceCall } from '../sourceModel';
import type { SourceChoice } from './choice';
import { kerasHelper } from './kerasHelpers';

/** A Python function that rewritten code calls. `@` in its code stands for how the file calls `torch.nn.` or `keras.`. */
export interface Helper {
  readonly name: string;
  readonly code: string;
}

/** Stands for the prefix of the framework's layers in the code of helpers. */
const placeholder = '@';

function helper(name: string, code: string): Helper {
  return { name, code: code.trim() };
}

const tucker = (dimensions: number): Helper =>
  helper(
    `tucker_conv${dimensions}d`,
    `
def tucker_conv${dimensions}d(
    in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode="zeros",
    device=None, dtype=None, *, rank,
):
    """Conv${dimensions}d in Tucker-2 form: pointwise to \`rank\` channels, the window between them, pointwise to the output."""
    if groups != 1:
        raise ValueError("A grouped convolution has no Tucker-2 form.")
    inner, outer = min(rank, in_channels), min(rank, out_channels)
    options = {"device": device, "dtype": dtype}
    return @Sequential(
        @Conv${dimensions}d(in_channels, inner, 1, bias=False, **options),
        @Conv${dimensions}d(inner, outer, kernel_size, stride, padding, dilation, 1, False, padding_mode, **options),
        @Conv${dimensions}d(outer, out_channels, 1, bias=bias, **options),
    )
`,
  );

const svdConvolution = (dimensions: number): Helper =>
  helper(
    `svd_conv${dimensions}d`,
    `
def svd_conv${dimensions}d(
    in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode="zeros",
    device=None, dtype=None, *, rank,
):
    """A pointwise Conv${dimensions}d as two: to \`rank\` channels, which also has stride and padding, and to the output."""
    if groups != 1:
        raise ValueError("A grouped convolution has no low-rank form.")
    options = {"device": device, "dtype": dtype}
    return @Sequential(
        @Conv${dimensions}d(in_channels, rank, kernel_size, stride, padding, dilation, 1, False, padding_mode, **options),
        @Conv${dimensions}d(rank, out_channels, 1, bias=bias, **options),
    )
`,
  );

const svdLinear = helper(
  'svd_linear',
  `
def svd_linear(in_features, out_features, bias=True, device=None, dtype=None, *, rank):
    """Linear as two: to \`rank\` features, and to the output."""
    options = {"device": device, "dtype": dtype}
    return @Sequential(
        @Linear(in_features, rank, bias=False, **options),
        @Linear(rank, out_features, bias=bias, **options),
    )
`,
);

/** The function that stands in for a constructor: the same parameters, and `rank`. */
export function constructorHelper(
  { op, framework }: Pick<LayerInstance, 'op' | 'framework'>,
  method: SourceChoice['method'],
): Helper | undefined {
  return framework === 'keras' ? kerasHelper(op, method) : torchHelper(op, method);
}

function torchHelper(op: string, method: SourceChoice['method']): Helper | undefined {
  const dimensions = Number(/^Conv([123])d$/.exec(op)?.[1]);
  if (op === 'Linear') return svdLinear;
  if (!dimensions) return undefined;
  return method === 'tucker' ? tucker(dimensions) : svdConvolution(dimensions);
}

/** The name of the function that makes the form of a call; calls with the same share it. `undefined` where there is none. */
export function helperOf({ instances }: SourceCall, { method }: SourceChoice): string | undefined {
  const [layer] = instances;
  return layer && constructorHelper(layer, method)?.name;
}

/** The function that puts factors in the place of layers after a model is made. */
export const factorize = helper(
  'factorize',
  `
def factorize(model, ranks):
    """Puts new layers in low-rank form in the place of those that \`ranks\` names, and returns the model.

    Convolutions become three (Tucker-2: pointwise, the window, pointwise); pointwise ones and Linear become two (SVD).
    """
    for path, rank in ranks.items():
        layer = model.get_submodule(path)
        make = type(layer)
        if make not in (@Conv1d, @Conv2d, @Conv3d, @Linear) or getattr(layer, "groups", 1) != 1:
            raise TypeError(f"{path} is {layer}, which has no low-rank form.")
        options = {"device": layer.weight.device, "dtype": layer.weight.dtype}
        bias = layer.bias is not None
        if make is @Linear:
            parts = [
                make(layer.in_features, rank, bias=False, **options),
                make(rank, layer.out_features, bias=bias, **options),
            ]
        else:
            names = ("kernel_size", "stride", "padding", "dilation", "padding_mode")
            window = {name: getattr(layer, name) for name in names}
            if all(size == 1 for size in layer.kernel_size):
                parts = [
                    make(layer.in_channels, rank, bias=False, **window, **options),
                    make(rank, layer.out_channels, 1, bias=bias, **options),
                ]
            else:
                inner, outer = min(rank, layer.in_channels), min(rank, layer.out_channels)
                parts = [
                    make(layer.in_channels, inner, 1, bias=False, **options),
                    make(inner, outer, bias=False, **window, **options),
                    make(outer, layer.out_channels, 1, bias=bias, **options),
                ]
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, @Sequential(*parts).train(layer.training))
    return model
`,
);

/** How a file is written that gets a helper. */
export interface FileStyle {
  /** How it reaches the framework's layers: `nn.`, `keras.`. */
  readonly prefix: string;
  readonly step: string;
  readonly end: string;
}

/** The code of a helper in the style of a file. */
export function helperCode({ code }: Helper, { prefix, step, end }: FileStyle): string {
  return code
    .replaceAll(placeholder, prefix)
    .replaceAll(/^(?: {4})+/gm, (spaces) => step.repeat(spaces.length / 4))
    .replaceAll('\n', end);
}
