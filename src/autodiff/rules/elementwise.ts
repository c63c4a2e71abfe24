import { unaryRule, type RuleEntry } from './entry';

const twoOverRootPi = 2 / Math.sqrt(Math.PI);

/** Mathematical functions of one tensor, element by element; derivatives in terms of the result where that is cheaper. */
export const elementwiseRules: readonly RuleEntry[] = [
  unaryRule('Neg', ({ f, dY }) => f.unary('Neg', dY)),
  unaryRule('Abs', ({ f, x, dY }) => f.mul(dY, f.unary('Sign', x))),
  unaryRule('Reciprocal', ({ f, y, dY }) => f.unary('Neg', f.mul(dY, f.square(y)))),
  unaryRule('Sqrt', ({ f, y, dY }) => f.div(f.mul(dY, 0.5), y)),
  unaryRule('Exp', ({ f, y, dY }) => f.mul(dY, y)),
  unaryRule('Log', ({ f, x, dY }) => f.div(dY, x)),
  unaryRule('Erf', ({ f, x, dY }) => f.mul(dY, f.mul(f.unary('Exp', f.unary('Neg', f.square(x))), twoOverRootPi))),
  unaryRule('Sin', ({ f, x, dY }) => f.mul(dY, f.unary('Cos', x))),
  unaryRule('Cos', ({ f, x, dY }) => f.unary('Neg', f.mul(dY, f.unary('Sin', x)))),
  unaryRule('Tan', ({ f, y, dY }) => f.mul(dY, f.add(f.square(y), 1))),
  unaryRule('Asin', ({ f, x, dY }) => f.div(dY, f.unary('Sqrt', f.complement(f.square(x))))),
  unaryRule('Acos', ({ f, x, dY }) => f.unary('Neg', f.div(dY, f.unary('Sqrt', f.complement(f.square(x)))))),
  unaryRule('Atan', ({ f, x, dY }) => f.div(dY, f.add(f.square(x), 1))),
  unaryRule('Sinh', ({ f, x, dY }) => f.mul(dY, f.unary('Cosh', x))),
  unaryRule('Cosh', ({ f, x, dY }) => f.mul(dY, f.unary('Sinh', x))),
  unaryRule('Asinh', ({ f, x, dY }) => f.div(dY, f.unary('Sqrt', f.add(f.square(x), 1)))),
  unaryRule('Acosh', ({ f, x, dY }) => f.div(dY, f.unary('Sqrt', f.sub(f.square(x), 1)))),
  unaryRule('Atanh', ({ f, x, dY }) => f.div(dY, f.complement(f.square(x)))),
];
