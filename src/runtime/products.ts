import { GraphBuilder } from '../onnx/graphBuilder';
import { dataTypeCode } from '../onnx/tensorProto';
import { loopProducts, type Products } from '../tensor/products';
import type { Matrix } from '../tensor/matrix';
import { RuntimeError } from './errors';
import { Session } from './session';

/**
 * Multiplications below which a loop is done before the runtime has been entered. Measured: a run costs about 0.1 ms,
 * in which the loop does about as many.
 */
const loopMultiplications = 1e5;

/** Matrix products by the runtime's kernels. Sessions are kept until `dispose`. */
export class RuntimeProducts implements Products {
  private readonly sessions = new Map<string, Promise<Session>>();

  /**
   * @param precision 'float64' is exact enough for spectra; 'float32' is twice as fast with errors near 1e-6
   * @param threads threads inside one product
   */
  constructor(
    private readonly precision: 'float32' | 'float64' = 'float64',
    private readonly threads = 1,
  ) {}

  /** `a aᵀ`. `a: [m, n]`, result `[m, m]`, exactly symmetric. */
  async gram(a: Matrix): Promise<Matrix> {
    const [m, n] = a.dims;
    if (m * m * n < loopMultiplications) return loopProducts.gram(a);
    const result = await this.run('gram', { a });
    // Kernels may sum the two halves in different orders.
    for (let i = 0; i < m; i++) for (let j = 0; j < i; j++) result.data[j * m + i] = result.data[i * m + j];
    return result;
  }

  /** `a b`. `a: [m, k]`, `b: [k, n]`, result `[m, n]`. Throws when the sizes do not fit. */
  async multiply(a: Matrix, b: Matrix): Promise<Matrix> {
    const [m, k] = a.dims;
    if (k !== b.dims[0] || m * k * b.dims[1] < loopMultiplications) return loopProducts.multiply(a, b);
    return this.run('multiply', { a, b });
  }

  async dispose(): Promise<void> {
    const sessions = [...this.sessions.values()];
    this.sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }

  private async run(product: 'gram' | 'multiply', feeds: Record<string, Matrix>): Promise<Matrix> {
    let session = this.sessions.get(product);
    if (!session) this.sessions.set(product, (session = this.create(product)));
    const { result } = await (await session).run(feeds);
    if (!(result.data instanceof Float64Array)) {
      throw new RuntimeError('failed', 'A matrix product came back in another precision.', 'Report this.');
    }
    return { type: 'float64', dims: result.dims, data: result.data };
  }

  private create(product: 'gram' | 'multiply'): Promise<Session> {
    const builder = new GraphBuilder();
    const names = product === 'gram' ? ['a'] : ['a', 'b'];
    const [a, b = a] = names
      .map((name) => builder.input(name, 'float64', [`${name} rows`, `${name} columns`]))
      .map((value) =>
        this.precision === 'float32' ? builder.op('Cast', [value], { to: dataTypeCode('float32') }) : value,
      );
    const result = builder.op('Gemm', [a, b], { transB: product === 'gram' ? 1 : 0 });
    const wide = this.precision === 'float32' ? builder.op('Cast', [result], { to: dataTypeCode('float64') }) : result;
    builder.output('result', 'float64', undefined, wide);
    return Session.create(builder.model, { threads: this.threads });
  }
}
