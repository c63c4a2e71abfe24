import fc from 'fast-check';
import { float } from '../../../onnx/attributes';
import { broadcastPair, int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

const factor = int(-6, 6).map((quarters) => quarters / 4);

export const matmulCases: readonly GradientCase[] = [
  gradientCase(
    'Gemm',
    fc.record({
      m: int(1, 4),
      n: int(1, 4),
      k: int(1, 4),
      transA: int(0, 1),
      transB: int(0, 1),
      alpha: factor,
      beta: factor,
      bias: fc.constantFrom('none', 'scalar', 'row', 'column', 'full'),
    }),
    (g, { m, n, k, transA, transB, alpha, beta, bias }) => {
      const a = g.parameter(transA ? [k, m] : [m, k]);
      const b = g.parameter(transB ? [n, k] : [k, n]);
      const biasDims = { none: undefined, scalar: [], row: [n], column: [m, 1], full: [m, n] }[bias];
      const inputs = biasDims ? [a, b, g.parameter(biasDims)] : [a, b];
      return g.op('Gemm', inputs, { alpha: float(alpha), beta: float(beta), transA, transB });
    },
    { runs: 16 },
  ),
  gradientCase(
    'MatMul',
    fc.record({ batch: broadcastPair, m: int(1, 3), n: int(1, 3), k: int(1, 3) }),
    (g, { batch: [left, right], m, n, k }) =>
      g.op('MatMul', [g.parameter([...left, m, k]), g.parameter([...right, k, n])]),
    { title: 'MatMul of stacks', runs: 12 },
  ),
  gradientCase(
    'MatMul',
    fc.record({ batch: fc.array(int(1, 3), { maxLength: 2 }), m: int(1, 3), k: int(1, 3), left: fc.boolean() }),
    (g, { batch, m, k, left }) =>
      left
        ? g.op('MatMul', [g.parameter([k]), g.parameter([...batch, k, m])])
        : g.op('MatMul', [g.parameter([...batch, m, k]), g.parameter([k])]),
    { title: 'MatMul with a vector', runs: 8 },
  ),
  gradientCase('MatMul', int(1, 5), (g, k) => g.op('MatMul', [g.parameter([k]), g.parameter([k])]), {
    title: 'MatMul of vectors',
    runs: 2,
  }),
];
