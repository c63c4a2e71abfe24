/** The circumstances of a measurement: what a second one must share to give the same figures. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  /** Instruction sets that the runtime has kernels for. */
  readonly flags: readonly string[];
  /** How the operating system sets the clock; absent where it does not tell. */
  readonly governor?: string;
  /** Mean number of running processes over 1, 5 and 15 minutes (zeros on Windows). */
  readonly loadAverage: readonly number[];
  /** Cores that other processes used while measuring; absent when it was not watched. */
  readonly otherLoad?: number;
  readonly memoryBytes: number;
  /** Version of ONNX Runtime. */
  readonly runtime: string;
  readonly node: string;
  /** Operating system and architecture, as `linux-x64`. */
  readonly platform: string;
  readonly provider: string;
  readonly threads: number;
  readonly time: string;
}
