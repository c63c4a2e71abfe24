import type { Native } from '../../values/values';
import { attentionFunctions } from './attention';
import { createFunctions } from './create';
import { nativeOf, type FunctionTable } from './define';
import { elementwiseFunctions } from './elementwise';
import { productFunctions } from './linalg';
import { lossFunctions } from './losses';
import { neuralFunctions } from './neural';
import { poolingFunctions } from './pooling';
import { reduceFunctions } from './reduce';
import { spectralFunctions } from './spectral';
import { shapeFunctions } from './shape';

const aliases: Readonly<Record<string, string>> = {
  concat: 'cat',
  concatenate: 'cat',
  row_stack: 'vstack',
  absolute: 'abs',
  clamp_min: 'clamp',
  clamp_max: 'clamp',
  unsqueeze_: 'unsqueeze',
  squeeze_: 'squeeze',
  transpose_: 'transpose',
  moveaxis: 'movedim',
  pow_: 'pow',
  randn_: 'randn',
};

const tables: readonly FunctionTable[] = [
  elementwiseFunctions,
  shapeFunctions,
  reduceFunctions,
  createFunctions,
  poolingFunctions,
  neuralFunctions,
  lossFunctions,
  spectralFunctions,
  attentionFunctions,
  productFunctions,
];

const natives = new Map<string, Native>();

/** A function of `torch`, `torch.nn.functional` or a method of tensors; all three share one table. */
export function tensorFunction(name: string): Native | undefined {
  const known = natives.get(name);
  if (known !== undefined) return known;
  const real = Object.hasOwn(aliases, name) ? aliases[name] : name;
  const table = tables.find((candidate) => Object.hasOwn(candidate, real));
  if (table === undefined) return undefined;
  const native = nativeOf(name, table[real]);
  natives.set(name, native);
  return native;
}

export function tensorFunctionNames(): string[] {
  return [...tables.flatMap((table) => Object.keys(table)), ...Object.keys(aliases)];
}
