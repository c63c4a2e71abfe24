import type { Helper } from './helpers';

/** Takes out of the options what only the first and only the last part can use. */
const outerParts = `
    first = {key: options.pop(key) for key in ("input_shape", "batch_input_shape", "input_dim") if key in options}
    last = {key: options.pop(key) for key in list(options) if key.startswith("bias_") or key == "activity_regularizer"}
`.slice(1, -1);

/** The name belongs to the whole, so that the layer is found under it. */
const tucker = (dimensions: number): Helper => ({
  name: `tucker_conv${dimensions}d`,
  code: `
def tucker_conv${dimensions}d(
    filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, groups=1, activation=None,
    use_bias=True, *, rank, input_rank=None, name=None, **options
):
    """Conv${dimensions}D in Tucker-2 form: pointwise to \`rank\` channels, the window between them, pointwise to the output.

    \`input_rank\` is the first of the two ranks where the input has fewer channels than \`rank\`.
    """
    if groups != 1 or options.get("kernel_constraint") is not None:
        raise ValueError("A convolution with groups or a kernel constraint has no Tucker-2 form.")
${outerParts}
    options["data_format"] = data_format
    window = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    return @Sequential([
        @layers.Conv${dimensions}D(input_rank or rank, 1, use_bias=False, **first, **options),
        @layers.Conv${dimensions}D(min(rank, filters), kernel_size, use_bias=False, **window, **options),
        @layers.Conv${dimensions}D(filters, 1, activation=activation, use_bias=use_bias, **last, **options),
    ], name=name)
`.trim(),
});

const svdConvolution = (dimensions: number): Helper => ({
  name: `svd_conv${dimensions}d`,
  code: `
def svd_conv${dimensions}d(
    filters, kernel_size, strides=1, padding="valid", data_format=None, dilation_rate=1, groups=1, activation=None,
    use_bias=True, *, rank, name=None, **options
):
    """A pointwise Conv${dimensions}D as two: to \`rank\` channels, which also has the strides, and to the output."""
    if groups != 1 or options.get("kernel_constraint") is not None:
        raise ValueError("A convolution with groups or a kernel constraint has no low-rank form.")
${outerParts}
    options["data_format"] = data_format
    window = {"strides": strides, "padding": padding, "dilation_rate": dilation_rate}
    return @Sequential([
        @layers.Conv${dimensions}D(rank, kernel_size, use_bias=False, **window, **first, **options),
        @layers.Conv${dimensions}D(filters, 1, activation=activation, use_bias=use_bias, **last, **options),
    ], name=name)
`.trim(),
});

const svdDense: Helper = {
  name: 'svd_dense',
  code: `
def svd_dense(units, activation=None, use_bias=True, *, rank, name=None, **options):
    """Dense as two: to \`rank\` units, and to the output."""
    if options.get("kernel_constraint") is not None:
        raise ValueError("A layer with a kernel constraint has no low-rank form.")
${outerParts}
    return @Sequential([
        @layers.Dense(rank, use_bias=False, **first, **options),
        @layers.Dense(units, activation=activation, use_bias=use_bias, **last, **options),
    ], name=name)
`.trim(),
};

/** The function that stands in for a constructor of Keras: the same parameters, and `rank`. */
export function kerasHelper(op: string, method: 'tucker' | 'svd'): Helper | undefined {
  if (op === 'Dense') return svdDense;
  const dimensions = Number(/^Conv([123])D$/.exec(op)?.[1]);
  if (!dimensions) return undefined;
  return method === 'tucker' ? tucker(dimensions) : svdConvolution(dimensions);
}
