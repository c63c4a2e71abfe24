import type { Checkpoint } from '../source/checkpoints/checkpoint';
import { CheckpointFileError } from '../source/checkpoints/errors';

/** How the layers of a model's code are called in a checkpoint. */
export interface StateNames {
  /** The name of the weight of the layer at a path. */
  weight(path: string): string;
  bias(path: string): string;
  /** A tensor's name in the code: without what a wrapper has put before it. */
  short(name: string): string;
}

/** Names of a weight behind a layer's path, by framework. */
const endings = [
  { weight: '.weight', bias: '.bias' },
  { weight: '/kernel', bias: '/bias' },
  { weight: '/vars/0', bias: '/vars/1' },
];

/**
 * Finds the paths in a checkpoint whose names may all begin with something more: `module.` (DataParallel), `_orig_mod.`
 * (torch.compile), `model.` (a trainer). Throws a CheckpointFileError that names the first layer that is missing.
 */
export function stateNames({ tensors }: Checkpoint, paths: readonly string[]): StateNames {
  const names = [...tensors.keys()];
  let best: { readonly missing: string; readonly at: number } = { missing: paths[0], at: -1 };
  for (const { weight, bias } of endings) {
    const first = paths[0] + weight;
    const prefixes = names.filter((name) => name.endsWith(first)).map((name) => name.slice(0, -first.length));
    for (const prefix of prefixes.sort((a, b) => a.length - b.length)) {
      if (prefix !== '' && !/[./]$/.test(prefix)) continue;
      const at = paths.findIndex((path) => !tensors.has(prefix + path + weight));
      if (at < 0 && paths.length > 0)
        return {
          weight: (path) => prefix + path + weight,
          bias: (path) => prefix + path + bias,
          short: (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name),
        };
      if (at > best.at) best = { missing: paths[at], at };
    }
  }
  if (paths.length === 0) return { weight: (path) => path, bias: (path) => path, short: (name) => name };
  throw new CheckpointFileError(
    `The checkpoint has no weight of the layer ${best.missing}.`,
    `It holds ${names.slice(0, 3).join(', ')}${names.length > 3 ? `, ... (${names.length} tensors)` : ''}; give the checkpoint of this very model.`,
  );
}
