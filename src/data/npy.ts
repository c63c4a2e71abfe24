import type { DataFile } from './dataFile';
import { DataError } from './errors';
import type { NumberFormat } from './numberColumn';

/** What the header of an .npy array says. */
export interface NpyHeader {
  readonly format: NumberFormat;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly offset: number;
}

/** No real header is longer; a longer one would be read into memory for nothing. */
const longestHeader = 1 << 20;

/**
 * Reads the header of NumPy's array format, versions 1 to 3 (numpy.lib.format).
 * Throws a DataError for anything else, for arrays of objects or text, and for column-major order.
 */
export function readNpyHeader(file: DataFile): NpyHeader {
  const fail = (what: string, hint = 'Save the array with numpy.save or numpy.savez.'): DataError =>
    new DataError(`${file.path} ${what}.`, hint);
  const start = new Uint8Array(12);
  if (file.length < start.length) throw fail('is too short for a NumPy array');
  file.read(0, start);
  if (Buffer.from(start.subarray(0, 6)).toString('latin1') !== '\x93NUMPY') throw fail('is not a NumPy array');
  const view = new DataView(start.buffer);
  const major = start[6];
  if (major < 1 || major > 3) throw fail(`is of version ${major} of NumPy's format, which is not known`);
  const from = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const offset = from + length;
  if (length > longestHeader || offset > file.length) throw fail('has a damaged header');
  const bytes = new Uint8Array(length);
  file.read(from, bytes);
  const text = Buffer.from(bytes).toString('utf8');
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (order === undefined || shapeText === undefined) throw fail('has a damaged header');
  if (descr === undefined) throw fail('holds records of several fields', 'Save samples and labels as plain arrays.');
  const format = numberFormat(descr);
  if (!format) throw fail(`holds elements of type ${descr}`, 'Save numbers: integers, floats or booleans.');
  const shape = shapeText
    .split(',')
    .map((size) => size.trim())
    .filter(Boolean)
    .map(Number);
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0)) throw fail('has a damaged header');
  if (order === 'True' && shape.length > 1)
    throw fail('is stored in column-major order', 'Save numpy.ascontiguousarray(array).');
  const needed = offset + shape.reduce((product, size) => product * size, format.bytes);
  if (needed > file.length)
    throw fail(`has ${file.length} bytes where its shape ${shape.join('x')} needs ${needed}`, 'It was cut short.');
  return { format, shape, offset };
}

/** NumPy's type string (`<f4`, `|u1`, ...) as a number format; `undefined` for other types. */
function numberFormat(descr: string): NumberFormat | undefined {
  const [, order, kind, size] = /^([<>|=]?)([iufb])(\d)$/.exec(descr) ?? [];
  const bytes = Number(size);
  if (bytes !== 1 && bytes !== 2 && bytes !== 4 && bytes !== 8) return undefined;
  if (kind === 'f' && bytes === 1) return undefined;
  const names = { i: 'int', u: 'uint', b: 'uint', f: 'float' } as const;
  return { kind: names[kind as keyof typeof names], bytes, littleEndian: order !== '>' };
}
