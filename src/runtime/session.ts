import * as ort from 'onnxruntime-node';
import { encodeModel } from '../onnx/write';
import type { Model } from '../onnx/model';
import { sizeOf, type ElementType, type Tensor, type TypedArray } from '../tensor/tensor';

/** Where the runtime executes a graph. */
export type Provider = 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';

export interface SessionOptions {
  readonly provider?: Provider;
  /** Threads inside one operator. */
  readonly threads?: number;
  /** 'all' for what will be deployed, 'basic' for training graphs, 'disabled' to see every value as it is. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Plan memory once for fixed shapes: about a tenth faster for nearly twice the peak. */
  readonly memoryPattern?: boolean;
}

/** What the runtime says of an input or output: named sizes stay strings. */
export interface ValueMetadata {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** A loaded graph. `run` blocks the thread it is called on; see `supervisedChild` for work that must not. */
export class Session {
  private constructor(private readonly native: ort.InferenceSession) {}

  /** Loads a model: one made here, the bytes of a file, or a path (needed for external data). */
  static async create(model: Model | Uint8Array | string, options: SessionOptions = {}): Promise<Session> {
    const { provider = 'cpu', threads = 1, optimization = 'all', memoryPattern = true } = options;
    const native: ort.InferenceSession.SessionOptions = {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: optimization,
      enableMemPattern: memoryPattern,
      executionMode: 'sequential',
      logSeverityLevel: 3,
    };
    if (typeof model === 'string') return new Session(await ort.InferenceSession.create(model, native));
    const bytes = model instanceof Uint8Array ? model : encodeModel(model);
    return new Session(await ort.InferenceSession.create(bytes, native));
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
    const nativeFeeds: Record<string, ort.Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) nativeFeeds[name] = toNative(tensor);
    if (!fetches) return fromNativeMap(await this.native.run(nativeFeeds));
    const nativeFetches: Record<string, ort.Tensor | null> = {};
    for (const [name, tensor] of Object.entries(fetches)) nativeFetches[name] = tensor && toNative(tensor);
    return fromNativeMap(await this.native.run(nativeFeeds, nativeFetches));
  }

  async dispose(): Promise<void> {
    await this.native.release();
  }
}

function toNative(tensor: Tensor): ort.Tensor {
  return new ort.Tensor(tensor.type as 'float32', tensor.data as Float32Array, tensor.dims);
}

function fromNativeMap(values: ort.InferenceSession.OnnxValueMapType): Record<string, Tensor> {
  const result: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(values)) {
    const tensor = value as ort.Tensor;
    const data = tensor.data as TypedArray;
    if (data.length !== sizeOf(tensor.dims)) throw new Error(`Output ${name} is not a dense tensor.`);
    result[name] = { type: tensor.type as ElementType, dims: tensor.dims, data };
  }
  return result;
}

function metadata(value: ort.InferenceSession.ValueMetadata): ValueMetadata {
  if (!value.isTensor) return { name: value.name, type: 'float32', dims: [] };
  return { name: value.name, type: value.type as ElementType, dims: value.shape };
}
