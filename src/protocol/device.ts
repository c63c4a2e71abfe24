/** What executes a model: ONNX Runtime's own name for it. */
export type Provider = 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';

/** Something on which time is measured. */
export interface Device {
  readonly provider: Provider;
  /** Threads inside one operator. */
  readonly threads: number;
}
