import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import {
  commonPreprocessings,
  namedPreprocessing,
  preprocessingSchema,
  type Preprocessing,
  type PreprocessingName,
} from '../data/preprocessing';
import { RunError } from '../runs/errors';

/** `--shape x=1x3x224x224`, repeated for several inputs. */
export function shapeOption(): Option {
  return new Option('--shape <name=sizes>', 'sizes of an input, such as x=1x3x224x224; repeat for more').argParser(
    (text: string, before: Record<string, number[]> | undefined) => {
      const [name, dims] = text.split('=');
      const sizes = (dims ?? '').split(/[x,]/).map(Number);
      if (!name || !dims || sizes.some((size) => !Number.isInteger(size) || size < 1)) {
        throw new InvalidArgumentError('Write name=sizes, such as x=1x3x224x224.');
      }
      return { ...before, [name]: sizes };
    },
  );
}

/** `--pin conv2=24`, repeated for several layers. */
export function pinOption(): Option {
  return new Option('--pin <layer=rank>', 'a layer whose rank is fixed, such as conv2=24; repeat for more').argParser(
    (text: string, before: Record<string, number> | undefined) => {
      const at = text.lastIndexOf('=');
      if (at < 1) throw new InvalidArgumentError('Write layer=rank, such as conv2=24.');
      return { ...before, [text.slice(0, at)]: positiveInteger(text.slice(at + 1)) };
    },
  );
}

export function threadsOption(): Option {
  return new Option('--threads <n>', 'threads the model will run on').argParser(positiveInteger).default(1);
}

export function deviceOption(): Option {
  return new Option('--device <name>', 'where the model will run')
    .choices(['cpu', 'cuda', 'dml', 'coreml', 'webgpu'])
    .default('cpu');
}

export function dataOption(): Option {
  return new Option('--data <set>', 'data set: cifar10:DIR, idx:DIR, npz:FILE, images:DIR or fashion-mnist (embedded)');
}

export function requiredDataOption(): Option {
  return dataOption().makeOptionMandatory();
}

export function normalizeOption(): Option {
  return new Option(
    '--normalize <how>',
    `how bytes become inputs: ${Object.keys(commonPreprocessings).join(', ')}, or mean=...;std=... per channel on values from 0 to 1 (found by trial when left out)`,
  );
}

/** Reads `imagenet` or `mean=0.5,0.5,0.5;std=0.2,0.2,0.2`. Throws a RunError that shows what is understood. */
export function parseNormalize(text: string | undefined): Preprocessing | undefined {
  if (text === undefined) return undefined;
  if (text in commonPreprocessings) return namedPreprocessing(text as PreprocessingName);
  const match = /^mean=([-\d.,]+);std=([\d.,]+)$/.exec(text);
  const result = preprocessingSchema.safeParse({
    layout: 'NCHW',
    scale: 1 / 255,
    mean: match?.[1].split(',').map(Number),
    std: match?.[2].split(',').map(Number),
  });
  if (result.success) return result.data;
  throw new RunError(
    `"${text}" is not a normalisation.`,
    `Write ${Object.keys(commonPreprocessings).join(', ')}, or "mean=0.5,0.5,0.5;std=0.2,0.2,0.2".`,
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
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('A number from 0 is needed.');
  return value;
}

export function positiveNumber(text: string): number {
  const value = nonNegativeNumber(text);
  if (value === 0) throw new InvalidArgumentError('A number above 0 is needed.');
  return value;
}
