import { elementsOf, Tensor, type Dtype } from '../values/tensor';
import { Float, Unknown, type Value } from '../values/values';
import { matmul } from './products';
import { asNumber, broadcast } from './shapes';

/** Elements up to which values of tensors made from literals are computed. */
const maximumValues = 4096;

export function tensorBinary(op: string, left: Value, right: Value): Value {
  if (left instanceof Unknown) return right instanceof Tensor ? new Unknown(left.reason) : left;
  if (right instanceof Unknown) return right;
  if (op === '@') return matmul(left, right);
  const a = operand(left);
  const b = operand(right);
  if (a === undefined || b === undefined) return new Unknown(`${op} of a tensor and something else`);
  return elementwise(a, b, resultType(op, left, right), functionsOf[op]);
}

function operand(value: Value): Tensor | undefined {
  if (value instanceof Tensor) return value;
  const number = asNumber(value);
  if (Number.isNaN(number) && !(value instanceof Float)) return undefined;
  return new Tensor([], value instanceof Float ? 'float32' : 'int64', [number]);
}

type Compute = (a: number, b: number) => number;

const functionsOf: Record<string, Compute | undefined> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - Math.floor(a / b) * b,
  '**': (a, b) => a ** b,
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
};

function resultType(op: string, left: Value, right: Value): Dtype {
  if (op === '/') return 'float32';
  const isFloat = (value: Value): boolean =>
    value instanceof Float || (value instanceof Tensor && value.dtype === 'float32');
  return isFloat(left) || isFloat(right) ? 'float32' : 'int64';
}

/** Combines two tensors element by element; their values too, when both are known and small. */
export function elementwise(a: Tensor, b: Tensor, dtype: Dtype, compute?: Compute): Tensor {
  const shape = broadcast(a.shape, b.shape);
  const size = elementsOf(shape);
  let data: number[] | undefined;
  const fits = (tensor: Tensor): boolean =>
    tensor.data !== undefined && (tensor.data.length === 1 || tensor.data.length === size);
  if (compute !== undefined && size <= maximumValues && fits(a) && fits(b)) {
    const x = a.data!;
    const y = b.data!;
    data = Array.from({ length: size }, (_, at) =>
      rounded(compute(x.length === 1 ? x[0] : x[at], y.length === 1 ? y[0] : y[at]), dtype),
    );
  }
  const result = new Tensor(shape, dtype, data);
  const sources = [a, b]
    .filter(({ shape: own }) => own.length > 0)
    .map((each) => (each.parameter ? each : each.origin));
  if (sources.length > 0 && sources.every((source) => source !== undefined))
    result.origin = sources.reduce((one, other) => (elementsOf(other!.shape) > elementsOf(one!.shape) ? other : one));
  return result;
}

/** A value as its type stores it: PyTorch computes in single precision. */
export function rounded(value: number, dtype: Dtype): number {
  return dtype === 'float32' ? Math.fround(value) : value;
}

export function mapped(tensor: Tensor, compute: (value: number) => number, dtype: Dtype = 'float32'): Tensor {
  const result = new Tensor(
    tensor.shape,
    dtype,
    tensor.data?.map((value) => rounded(compute(value), dtype)),
  );
  result.origin = tensor.parameter ? tensor : tensor.origin;
  return result;
}

export function tensorUnary(tensor: Tensor, op: string): Tensor {
  return op === '-' ? mapped(tensor, (value) => -value, tensor.dtype) : new Tensor(tensor.shape, tensor.dtype);
}

export function compareTensors(op: string, left: Value, right: Value): Value {
  if (left === null || right === null) return op === '!=';
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  const a = operand(left);
  const b = operand(right);
  return a === undefined || b === undefined
    ? new Unknown('comparison with a tensor')
    : elementwise(a, b, 'bool', functionsOf[op]);
}
