import * as ort from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/graphBuilder';
import { float32 } from '../tensor/tensor';
import { RuntimeError } from './errors';
import { Session } from './session';
import type { Provider } from '../protocol/device';

export interface ProviderStatus {
  readonly provider: Provider;
  readonly available: boolean;
  /** One sentence: why it can't be used, or that it can. */
  readonly reason: string;
}

/** Every provider that Layerwise knows, fastest to slowest as a rule. */
export const providers: readonly Provider[] = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'];

/** Whether the installed runtime was built with a provider; says nothing about drivers or devices. */
export function isBuiltIn(provider: Provider): boolean {
  return ort.listSupportedBackends().some((backend) => backend.name === provider);
}

/**
 * Whether a provider works: a convolution is run on it and its result checked. Drivers may crash the process: call it in
 * a child process for anything but the CPU.
 */
export async function probeProvider(provider: Provider): Promise<ProviderStatus> {
  if (!isBuiltIn(provider)) {
    return { provider, available: false, reason: `The runtime for ${process.platform} is built without ${provider}.` };
  }
  try {
    const sum = await convolveOnes(provider);
    if (sum === probeResult) return { provider, available: true, reason: `A convolution on ${provider} was right.` };
    return { provider, available: false, reason: `A convolution on ${provider} gave ${sum}, not ${probeResult}.` };
  } catch (error) {
    const reason = RuntimeError.is(error) ? error.message : String(error);
    return { provider, available: false, reason };
  }
}

/** A 3x3 window over 16 channels, all ones. */
const probeResult = 16 * 9;

async function convolveOnes(provider: Provider): Promise<number> {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, 16, 3, 3]);
  const kernel = builder.constant(float32([16, 16, 3, 3], new Float32Array(16 * 16 * 9).fill(1)));
  builder.output('y', 'float32', [1, 16, 1, 1], builder.op('Conv', [x, kernel]));
  const session = await Session.create(builder.model, { provider });
  try {
    const { y } = await session.run({ x: float32([1, 16, 3, 3], new Float32Array(16 * 9).fill(1)) });
    return Number(y.data[0]);
  } finally {
    await session.dispose();
  }
}
