import { sizeOf } from '../tensor/tensor';

/** One tensor of the training's state: a parameter, one of its moments, a running statistic, a step count. */
export interface StatePart {
  /** `weight/NAME`, `momentum/NAME`, `count/GROUP`, ...: the name in snapshots. */
  readonly key: string;
  readonly dims: readonly number[];
  /** Position of its first element in the slot. */
  readonly offset: number;
}

/** A float32 tensor that goes into a step as `input` and comes out of it as `output`. */
export interface StateSlot {
  readonly input: string;
  readonly output: string;
  readonly dims: readonly number[];
  readonly parts: readonly StatePart[];
}

/** A parameter with the dimensions it is stored in. */
export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
}

/**
 * Tensors with at least this many elements are a slot of their own; smaller ones are joined. Joining saves nodes and
 * calls, and costs a copy each way, which large tensors would notice.
 */
export const ownSlotElements = 1 << 15;

/** Divides tensors into slots: large ones alone, the small ones together. */
export function slotGroups(tensors: readonly StoredTensor[]): StoredTensor[][] {
  const alone = tensors.filter(({ dims }) => sizeOf(dims) >= ownSlotElements);
  const joined = tensors.filter(({ dims }) => sizeOf(dims) < ownSlotElements);
  return [...alone.map((tensor) => [tensor]), ...(joined.length > 0 ? [joined] : [])];
}

/** Where each tensor of a slot lies; `prefix` begins its key. */
export function partsOf(tensors: readonly StoredTensor[], prefix: string): StatePart[] {
  let offset = 0;
  return tensors.map(({ name, dims }) => {
    const part = { key: `${prefix}/${name}`, dims, offset };
    offset += sizeOf(dims);
    return part;
  });
}
