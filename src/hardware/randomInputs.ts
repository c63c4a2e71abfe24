import { RuntimeError } from '../runtime/errors';
import type { ValueMetadata } from '../runtime/session';
import { castTo } from '../tensor/convert';
import { Random } from '../tensor/random';
import { arrayOf, sizeOf, type ElementType, type Tensor } from '../tensor/tensor';

/** Sizes by input name. */
export type InputDims = Readonly<Record<string, readonly number[]>>;

/**
 * The sizes to measure an input at: those given, or those declared with one sample in the batch.
 * Throws a RuntimeError that says what to give when other sizes are open.
 */
export function measuredDims({ name, dims }: ValueMetadata, inputDims: InputDims = {}): readonly number[] {
  const given = inputDims[name];
  if (given) return given;
  const sizes = dims.map((dim, axis) => (typeof dim === 'string' && axis === 0 ? 1 : dim));
  const open = sizes.filter((dim) => typeof dim === 'string');
  if (open.length === 0) return sizes as number[];
  const shown = sizes.map((dim, axis) => (typeof dim === 'string' ? dim || `size${axis}` : dim)).join('x');
  const example = sizes.map((dim) => (typeof dim === 'string' ? 64 : dim)).join('x');
  throw new RuntimeError(
    'badInput',
    `Input ${name} (${shown}) has sizes that are known only at run time.`,
    `Say which to use, for example --shape ${name}=${example}.`,
  );
}

/** Inputs for a run of a model: the same for the same seed. */
export function randomInputs(
  inputs: readonly ValueMetadata[],
  inputDims: InputDims = {},
  seed: number | string = 0,
): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map((input) => {
      if (!input.type) {
        throw new RuntimeError(
          'unsupportedType',
          `Input ${input.name} is not a tensor of numbers.`,
          'Such a model can be inspected but not measured.',
        );
      }
      const random = Random.of(seed).split(input.name);
      return [input.name, randomTensor(input.type, measuredDims(input, inputDims), random)];
    }),
  );
}

/** The bytes of images and of quantised values cover their range; half of the signed ones are negative. */
const byteRange: Partial<Record<ElementType, readonly [number, number]>> = { uint8: [0, 256], int8: [-128, 256] };

function randomTensor(type: ElementType, dims: readonly number[], random: Random): Tensor {
  const count = sizeOf(dims);
  if (type.includes('float')) {
    const data = Float32Array.from({ length: count }, () => random.normal());
    return castTo({ type: 'float32', dims, data }, type);
  }
  // Other integers are ids, masks and lengths as a rule: 0 and 1 are valid for nearly all of them.
  const [low, size] = byteRange[type] ?? [0, 2];
  const data = new arrayOf[type](count);
  for (let i = 0; i < count; i++) {
    const value = low + random.integer(size);
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(value);
    else data[i] = value;
  }
  return { type, dims, data };
}
