import * as ort from 'onnxruntime-node';
import type { Model } from '../onnx/model';
import { encodeModel } from '../onnx/write';
import { arrayOf, sizeOf, type ElementType, type Tensor, type TypedArray } from '../tensor/tensor';
import { RuntimeError, translateRuntimeError } from './errors';
import type { Provider } from '../protocol/device';

export interface SessionOptions {
  readonly provider?: Provider;
  /** Threads inside one operator. */
  readonly threads?: number;
  /** 'all' for what will be deployed, 'basic' for training graphs, 'disabled' to see every value as it is. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Plan memory once for fixed shapes: about a tenth faster for nearly twice the peak. */
  readonly memoryPattern?: boolean;
  /**
   * How long threads of an operator wait for work by spinning, in microseconds; as long as the runtime likes by default, which
   * is a little faster on an idle machine, but what they burn is missing where anything else runs.
   */
  readonly spinUs?: number;
  /** Record the time of every node; the file is written by `endProfiling` under this prefix. */
  readonly profilePrefix?: string;
}

/** What the runtime says of an input or output: named sizes stay strings. */
export interface ValueMetadata {
  readonly name: string;
  /** `undefined` for what no typed array holds: strings, sequences, maps. */
  readonly type: ElementType | undefined;
  /** Empty for scalars, and also for values whose rank the runtime does not know. */
  readonly dims: readonly (number | string)[];
}

/** The runtime reports failures by exceptions; what it would print beside them is for its own developers. */
const logFatalOnly = 4;
ort.env.logLevel = 'fatal';

/** The version of ONNX Runtime that executes the graphs. */
export const runtimeVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/**
 * A loaded graph. `run` blocks the thread it is called on; see `SupervisedChild` for work that must not.
 * All methods throw a RuntimeError that says what is wrong in the user's words.
 */
export class Session {
  private constructor(private readonly native: ort.InferenceSession) {}

  /** Loads a model: one made here, the bytes of a file, or a path (needed for external data). */
  static async create(model: Model | Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
    const {
      provider = 'cpu',
      threads = 1,
      optimization = 'all',
      memoryPattern = true,
      spinUs,
      profilePrefix,
    } = options;
    const native: ort.InferenceSession.SessionOptions = {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimization,
      enableMemPattern: memoryPattern,
      executionMode: 'sequential',
      logSeverityLevel: logFatalOnly,
      ...(spinUs !== undefined && { extra: { session: { intra_op: { spin_duration_us: String(spinUs) } } } }),
      ...(profilePrefix !== undefined && { enableProfiling: true, profileFilePrefix: profilePrefix }),
    };
    try {
      if (typeof model === 'string') return new Session(await ort.InferenceSession.create(model, native));
      const bytes = model instanceof Uint8Array ? model : encodeModel(model);
      return new Session(await ort.InferenceSession.create(bytes, native));
    } catch (error) {
      throw translateRuntimeError(error);
    }
  }

  get inputs(): ValueMetadata[] {
    return this.native.inputMetadata.map(metadata);
  }

  get outputs(): ValueMetadata[] {
    return this.native.outputMetadata.map(metadata);
  }

  /**
   * Runs the graph. Inputs are not copied; results are written into the tensors of `fetches` where they are given, and
   * into new ones for the other names listed.
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches?: Readonly<Record<string, Tensor | null>>,
  ): Promise<Record<string, Tensor>> {
    const nativeFeeds = mapValues(feeds, toNative);
    try {
      if (!fetches) return fromNativeMap(await this.native.run(nativeFeeds));
      for (const name of Object.keys(fetches)) this.checkOutput(name);
      return fromNativeMap(
        await this.native.run(
          nativeFeeds,
          mapValues(fetches, (tensor) => tensor && toNative(tensor)),
        ),
      );
    } catch (error) {
      throw translateRuntimeError(error);
    }
  }

  /** The graph with its inputs converted once, for timing: a call runs it and drops the results. */
  prepare(feeds: Readonly<Record<string, Tensor>>): () => Promise<void> {
    const nativeFeeds = mapValues(feeds, toNative);
    return async () => {
      try {
        await this.native.run(nativeFeeds);
      } catch (error) {
        throw translateRuntimeError(error);
      }
    };
  }

  /** Writes the profile that `profilePrefix` asked for. */
  endProfiling(): void {
    this.native.endProfiling();
  }

  async dispose(): Promise<void> {
    await this.native.release();
  }

  /** The binding ignores names it does not know, and would compute everything instead. */
  private checkOutput(name: string): void {
    if (this.native.outputNames.includes(name)) return;
    throw new RuntimeError(
      'badInput',
      `The model has no output named ${name}.`,
      `It has: ${this.native.outputNames.join(', ')}.`,
    );
  }
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function toNative(tensor: Tensor): ort.Tensor {
  return new ort.Tensor(tensor.type as 'float32', tensor.data as Float32Array, tensor.dims);
}

function fromNativeMap(values: ort.InferenceSession.OnnxValueMapType): Record<string, Tensor> {
  const result: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(values)) {
    const tensor = value as ort.Tensor;
    const data = tensor.data as TypedArray;
    if (!(tensor.type in arrayOf) || data.length !== sizeOf(tensor.dims)) {
      throw new RuntimeError(
        'unsupportedType',
        `Output ${name} is not a dense tensor of numbers.`,
        'Remove it from the outputs of the model.',
      );
    }
    result[name] = { type: tensor.type as ElementType, dims: tensor.dims, data };
  }
  return result;
}

function metadata(value: ort.InferenceSession.ValueMetadata): ValueMetadata {
  if (!value.isTensor) return { name: value.name, type: undefined, dims: [] };
  return {
    name: value.name,
    type: value.type in arrayOf ? (value.type as ElementType) : undefined,
    dims: value.shape,
  };
}
