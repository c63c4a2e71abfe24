/**
 * What reading a Python model file gives: the layers its code makes, where in the text they are made, and what they cost.
 *
 * Offsets count UTF-16 units from the start of the file, as the editor does; lines count from 1. Shapes are those of one
 * sample with its batch dimension (1 x 3 x 224 x 224); a size that could not be found out is `null`.
 *
 * **What is counted.** `macs` are the multiply-accumulates of products with weights, for batch 1 and in inference mode:
 * - convolution: outputs x (input channels / groups) x kernel elements;
 * - transposed convolution: inputs x (output channels / groups) x kernel elements;
 * - linear: output elements x input features; bilinear: output elements x in1 x in2;
 * - attention: its projections of query, key and value (`in_proj`) and of the result (`out_proj`), each as a linear layer;
 * - recurrent: per step, direction and stacked layer, gates x hidden x (input + hidden), plus the projection if there is one.
 *
 * Biases, normalisation, activations, pooling, look-ups in embeddings, and products of two activations (attention scores)
 * count nothing. A layer called several times counts each call; one that is never called in inference has 0.
 * `params` is what training changes, buffers excluded.
 */
export type Shape = readonly (number | null)[];

/** A stretch of one file. */
export interface SourceRange {
  readonly file: string;
  readonly from: number;
  readonly to: number;
  /** Line of `from`, counted from 1. */
  readonly line: number;
}

export type Framework = 'torch' | 'keras';

export type LayerKind =
  | 'convolution'
  | 'transposedConvolution'
  | 'linear'
  | 'recurrent'
  | 'embedding'
  /** Carries weights but no products with them: BatchNorm, LayerNorm, PReLU, a bare parameter. */
  | 'elementwise';

/** A resolved argument: tuples as arrays; whatever has no plain form (a class, a tensor) as `null`. */
export type ArgumentValue = number | string | boolean | null | readonly ArgumentValue[];

/** One layer of one model: a weight-bearing object that the code makes. */
export interface LayerInstance {
  /** Name in the model's state, without the parameter: `layer1.0.conv1`, `encoder.self_attention.in_proj`. */
  readonly path: string;
  /** Class of the framework: `Conv2d`, `Linear`, `Dense`; `Parameter` for a bare parameter. */
  readonly op: string;
  readonly kind: LayerKind;
  readonly framework: Framework;
  /** The model it belongs to (`SourceModel.entry`). */
  readonly entry: string;
  /**
   * Every argument of the constructor with its value, defaults included, under the framework's own names: `in_channels`,
   * `out_channels`, `kernel_size`, `stride`, `padding`, `dilation`, `groups`, `bias`, `padding_mode`; `in_features`...
   * Sizes of kernels, strides, paddings and dilations are arrays of one number per spatial dimension (padding: or a word).
   */
  readonly settings: Readonly<Record<string, ArgumentValue>>;
  /** Names and shapes of its own parameters: `{ weight: [64, 3, 7, 7] }`. */
  readonly parameters: Readonly<Record<string, Shape>>;
  /** Shape of the first call's input; `null` when never called. */
  readonly input: Shape | null;
  readonly output: Shape | null;
  /** Calls in one inference. */
  readonly uses: number;
  /** `null` when a size it depends on is unknown. */
  readonly params: number | null;
  readonly macs: number | null;
  /** The constructing call (`nn.Conv2d(...)`), then the calls around it, outwards: `conv3x3(...)`, `BasicBlock(...)`. */
  readonly madeAt: readonly SourceRange[];
}

/** One argument as written in a call. */
export interface WrittenArgument {
  /** Keyword, or absent for a positional argument; `*` and `**` for unpacked ones. */
  readonly keyword?: string;
  /** The argument with its keyword. */
  readonly range: SourceRange;
  /** The value alone. */
  readonly value: SourceRange;
}

/** One call in the text that makes layers. */
export interface SourceCall {
  readonly range: SourceRange;
  /** As written: `nn.Conv2d`, `conv3x3`, `self._make_layer`. */
  readonly callee: string;
  readonly calleeRange: SourceRange;
  /**
   * `layer`: the framework's constructor itself; `helper`: a function whose result is that one layer (`conv3x3(...)`);
   * `outside`: what it makes is made in other files, such as those of a package; `block`: anything else that makes several, or
   * other things besides.
   */
  readonly role: 'layer' | 'helper' | 'outside' | 'block';
  readonly written: readonly WrittenArgument[];
  /** What the call's value is assigned to, as written (`self.conv1`), when it is the whole right side. */
  readonly target?: string;
  /** Whole statement around the call. */
  readonly statement: SourceRange;
  /** All layers it makes, over all models of the analysis, in order of construction. */
  readonly instances: readonly LayerInstance[];
}

export interface Totals {
  /** Every parameter of the model or part, layers without products included. `null` when one is unknown. */
  readonly params: number | null;
  readonly macs: number | null;
  /** Weight-bearing layers with products (kind other than `elementwise`). */
  readonly layers: number;
}

/** A class or function of the analysed file that makes layers. */
export interface SourceDefinition {
  readonly kind: 'class' | 'function';
  readonly name: string;
  /** From the keyword (`class`, `def`) to the end of the name's line. */
  readonly header: SourceRange;
  readonly range: SourceRange;
  /** One entry per object (class) or call (function) that some model makes. */
  readonly uses: readonly { readonly entry: string; readonly path: string; readonly totals: Totals }[];
}

/** Where an input shape came from, best source first. */
export type InputOrigin = 'option' | 'comment' | 'example' | 'declared' | 'default';

export interface SourceModel {
  /** Name of the factory, class or variable: `resnet18`. */
  readonly entry: string;
  readonly framework: Framework;
  /** How it was found. */
  readonly foundBy: 'option' | 'comment' | 'factory' | 'class' | 'call';
  readonly range: SourceRange;
  /** Shapes of the inputs in order of the arguments; `null` when none fits. */
  readonly inputs: readonly Shape[] | null;
  readonly inputOrigin: InputOrigin;
  /** In words, for people: `torch.randn on line 12`, `usual size of images`. */
  readonly inputNote: string;
  readonly output: Shape | null;
  readonly totals: Totals;
  /** Weight-bearing layers with products, in the order in which the model registers them. */
  readonly layers: readonly LayerInstance[];
  /** Other parameters: normalisation, PReLU, bare parameters. */
  readonly elementwise: readonly LayerInstance[];
  readonly unknown: readonly UnknownPoint[];
  /** Why no figures could be had at all, if so. */
  readonly failure?: string;
  /** Kept from before the text became unfinished; what is being typed is not in it yet. */
  readonly stale?: boolean;
}

/** A place that could not be evaluated, and why. */
export interface UnknownPoint {
  readonly range: SourceRange;
  readonly reason: string;
}

export interface SourceAnalysis {
  readonly file: string;
  readonly models: readonly SourceModel[];
  /** Calls of the analysed file that make layers, by position. */
  readonly calls: readonly SourceCall[];
  readonly definitions: readonly SourceDefinition[];
  readonly unknown: readonly UnknownPoint[];
  /** Every file whose text took part; a change in one of them calls for a new analysis. */
  readonly files: readonly string[];
  /** The text has syntax errors in what was looked at, as it does while typing. */
  readonly incomplete: boolean;
}

/**
 * Reads files for the analysis. Paths use `/`. Unsaved buffers are the host's business: it returns the newest text. A host
 * that can only read asynchronously returns `undefined` at first, remembers the path, and analyses again when it has it.
 */
export interface FileReader {
  /** Text of the file, or `undefined` when there is none. Must not throw. */
  read(path: string): string | undefined;
}

/** Packages of a Python environment that are read where code builds on them. Most packages say nothing about a model, and are large. */
export interface InstalledPackages {
  /** Folders such as `/home/me/project/.venv/lib/python3.12/site-packages`. */
  readonly folders: readonly string[];
  /** Names as imported: `torchvision`. */
  readonly names: readonly string[];
}

export interface AnalysisOptions {
  /** Names of factories, classes or variables to evaluate; by default all that are found. */
  readonly entries?: readonly string[];
  /** Name of the model that is evaluated first, when the file has it. */
  readonly first?: string;
  /** Input shapes with batch dimension, one per argument of `forward`. */
  readonly inputs?: readonly (readonly number[])[];
  /** Folders that imports are looked up in, after the folders around the file itself. */
  readonly searchPaths?: readonly string[];
  readonly packages?: InstalledPackages;
  /** Steps of evaluation per model before giving up; a guard against endless loops. */
  readonly stepLimit?: number;
}
