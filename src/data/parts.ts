import type { LabelledSplit } from './columns';
import type { Dataset } from './dataset';
import { DataError } from './errors';
import { concatenate, stratifiedSplit } from './splits';

/** A part of a data set as its files divide it: a batch file, a pair of IDX files, a folder. */
export interface Part {
  readonly name: string;
  /** What the part is for when nothing else is said. */
  readonly role: 'train' | 'validation' | 'test';
  readonly split: LabelledSplit;
  close(): void;
}

/** What a format finds at a path. */
export interface DataParts {
  readonly parts: readonly Part[];
  readonly classNames?: readonly string[];
}

export interface PartOptions {
  /** Names of parts to train on. */
  readonly train?: readonly string[];
  /** Names of parts to validate on, or the fraction of the training samples that is taken out for it. */
  readonly validation?: readonly string[] | number;
  readonly test?: readonly string[];
  /** Decides which training samples are taken out for validation. */
  readonly seed?: number;
}

/** Taken out of the training samples when the data set has no validation part of its own. */
export const defaultValidation = 0.1;

/**
 * Puts parts together to train, validation and test. Parts keep their role unless an option names them; data of one
 * role only is training data. Throws a DataError for unknown names and for a part that is trained and validated on.
 */
export function assemble(name: string, { parts, classNames }: DataParts, options: PartOptions = {}): Dataset {
  try {
    return { ...assembleSplits(name, parts, options), ...(classNames && { classNames }) };
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

function assembleSplits(name: string, parts: readonly Part[], options: PartOptions): Dataset {
  const { seed = 0 } = options;
  const named = (names: readonly string[] | undefined): Part[] | undefined =>
    names && [...new Set(names)].map((wanted) => find(name, parts, wanted));
  const role = (part: Part): Part['role'] => (parts.some((p) => p.role === 'train') ? part.role : 'train');
  const having = (wanted: Part['role'], taken: readonly Part[]): Part[] =>
    parts.filter((part) => role(part) === wanted && !taken.includes(part));

  const given = {
    train: named(options.train),
    validation: named(typeof options.validation === 'number' ? undefined : options.validation),
    test: named(options.test),
  };
  const validation =
    given.validation ??
    (options.validation === undefined ? having('validation', [...(given.train ?? []), ...(given.test ?? [])]) : []);
  const train = given.train ?? having('train', [...validation, ...(given.test ?? [])]);
  const test = given.test ?? having('test', [...validation, ...train]);
  const twice = train.find((part) => validation.includes(part) || test.includes(part));
  if (twice) {
    throw new DataError(
      `Part ${twice.name} of ${name} would be trained on and judged by.`,
      'Name each part once: ?train=1-3&validation=4.',
    );
  }
  if (train.length === 0) throw new DataError(`Nothing of ${name} is left to train on.`, `Its parts: ${list(parts)}.`);
  const rest = {
    name,
    ...(test.length > 0 && { test: concatenate(test.map((part) => part.split)) }),
    close: () => parts.forEach((part) => part.close()),
  };
  const pool = concatenate(train.map((part) => part.split));
  if (validation.length > 0)
    return { ...rest, train: pool, validation: concatenate(validation.map((part) => part.split)) };
  const fraction = typeof options.validation === 'number' ? options.validation : defaultValidation;
  if (!(fraction > 0 && fraction < 1)) {
    throw new DataError(`A validation fraction of ${fraction} is not between 0 and 1.`, 'Give for example 0.1.');
  }
  const [kept, taken] = stratifiedSplit(pool, fraction, seed);
  if (kept.length === 0 || taken.length === 0) {
    throw new DataError(
      `${pool.length} samples are too few to take ${+(fraction * 100).toFixed(2)} % of them for validation.`,
      'Give more samples, another fraction, or parts of their own for validation.',
    );
  }
  return { ...rest, train: kept, validation: taken };
}

function find(name: string, parts: readonly Part[], wanted: string): Part {
  const part = parts.find((candidate) => candidate.name === wanted);
  if (!part) throw new DataError(`${name} has no part ${wanted}.`, `Its parts: ${list(parts)}.`);
  return part;
}

function list(parts: readonly Part[]): string {
  return parts.map((part) => part.name).join(', ');
}
