import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';

/** `--input x=1,3,224,224`, repeated for several inputs. */
export function inputDimsOption(): Option {
  return new Option('--input <name=dims>', 'sizes of an input, such as x=1,3,224,224; repeat for more').argParser(
    (text: string, before: Record<string, number[]> | undefined) => {
      const [name, dims] = text.split('=');
      const sizes = (dims ?? '').split(',').map(Number);
      if (!name || !dims || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
        throw new InvalidArgumentError('Write name=sizes, such as x=1,3,224,224.');
      }
      return { ...before, [name]: sizes };
    },
  );
}

export function threadsOption(): Option {
  return new Option('--threads <n>', 'threads the model will run on').argParser(positiveInteger).default(1);
}

export function deviceOption(): Option {
  return new Option('--device <name>', 'where the model will run').choices(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']).default('cpu');
}

export function dataOption(): Option {
  return new Option(
    '--data <set>',
    'data set: cifar10:DIR, idx:DIR, npz:FILE, images:DIR or fashion-mnist (embedded)',
  );
}

export function seedOption(): Option {
  return new Option('--seed <n>', 'seed of everything random').argParser(nonNegativeInteger).default(1);
}

/** Cores of this machine; training uses all of them. */
export const cores = availableParallelism();

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('A whole number from 1 is needed.');
  return value;
}

export function nonNegativeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('A whole number from 0 is needed.');
  return value;
}

export function nonNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('A number from 0 is needed.');
  return value;
}
