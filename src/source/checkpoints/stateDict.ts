import type { CheckpointTensor } from './checkpoint';
import { CheckpointFileError } from './errors';
import { OtherTensor, TorchTensor } from './torchValues';

/** Names under which training scripts keep the weights, the likeliest first. */
const usualNames = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'module', 'weights'];

/** How deep a state dict may lie in a checkpoint's dictionaries. */
const deepest = 4;

export interface StateDict {
  /** Keys that lead to it, joined by dots. */
  readonly within: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/**
 * Finds the weights among what a checkpoint holds: the top level when it holds tensors, else a dictionary under one of the
 * usual names, else the one with the most tensors. Throws a CheckpointFileError when there are none.
 */
export function findStateDict(root: unknown): StateDict {
  const found = search(root, [], new Set());
  const best = found.find(({ keys }) => keys.length === 0) ?? byName(found) ?? byCount(found);
  if (!best) {
    throw new CheckpointFileError(
      'The checkpoint holds no dictionary of tensors.',
      'Save the weights by name: torch.save(model.state_dict(), "weights.pt").',
    );
  }
  return { within: best.keys.join('.'), tensors: best.tensors };
}

interface Found {
  readonly keys: readonly string[];
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

function search(value: unknown, keys: readonly string[], seen: Set<unknown>): Found[] {
  if (!(value instanceof Map) || seen.has(value) || keys.length > deepest) return [];
  seen.add(value);
  const tensors = new Map<string, CheckpointTensor>();
  const inner: Found[] = [];
  for (const [key, item] of value as Map<unknown, unknown>) {
    if (item instanceof TorchTensor && typeof key === 'string') tensors.set(key, readable(key, item));
    else if (item instanceof OtherTensor && typeof key === 'string') tensors.set(key, unreadable(key, item));
    else if (typeof key === 'string') inner.push(...search(item, [...keys, key], seen));
  }
  return tensors.size > 0 ? [{ keys, tensors }, ...inner] : inner;
}

function byName(found: readonly Found[]): Found | undefined {
  for (const name of usualNames) {
    const named = found.find(({ keys }) => keys[0] === name);
    if (named) return named;
  }
  return undefined;
}

function byCount(found: readonly Found[]): Found | undefined {
  return [...found].sort((a, b) => b.tensors.size - a.tensors.size)[0];
}

function readable(name: string, tensor: TorchTensor): CheckpointTensor {
  const { element, dtype } = tensor.type;
  return { name, dims: tensor.dims, type: element, storedAs: `torch.${dtype}`, read: () => tensor.read(name) };
}

function unreadable(name: string, { kind }: OtherTensor): CheckpointTensor {
  return {
    name,
    dims: [],
    type: undefined,
    storedAs: `a tensor that is ${kind}`,
    read: () => {
      throw new CheckpointFileError(
        `${name} is a tensor that is ${kind}, which can't be read.`,
        'Save the model with ordinary tensors: tensor.dequantize() or tensor.to_dense().',
      );
    },
  };
}
