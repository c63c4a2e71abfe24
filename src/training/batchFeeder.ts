import type { Preprocessing } from '../data/preprocessing';
import { sampleSize, type SampleShape } from '../data/dataset';
import { GraphBuilder } from '../onnx/graphBuilder';
import { dataTypeCode } from '../onnx/tensorProto';
import { Session, type ValueMetadata } from '../runtime/session';
import { sizeOf, type Tensor } from '../tensor/tensor';
import { TrainingError } from './errors';
import { appendPreprocessing, appendShrinking } from './preprocessingGraph';

const samples = 'samples';
const inputName = 'input';
const targetName = 'target';

/**
 * Turns raw samples into what a loaded model takes, by the same graph nodes that training puts before the model, in a
 * session of their own: the model's file is used as it is.
 */
export class BatchFeeder {
  private constructor(
    private readonly session: Session,
    private readonly sample: SampleShape,
    private readonly input: ValueMetadata,
    private readonly withTarget: boolean,
  ) {}

  /**
   * @param input the model's input that takes the samples
   * @param shrink see `DataInput.shrink`
   * Throws a TrainingError when the samples do not fit the input.
   */
  static async create(
    sample: SampleShape,
    preprocessing: Preprocessing,
    input: ValueMetadata,
    shrink?: number,
    threads = 1,
  ): Promise<BatchFeeder> {
    const { type } = input;
    if (!type) throw new TrainingError(`The model's input ${input.name} takes no numbers.`, 'Choose another model.');
    const builder = new GraphBuilder();
    builder.input(samples, sample.type, ['n', ...sample.dims]);
    const made =
      shrink === undefined
        ? { input: appendPreprocessing(builder, samples, sample, preprocessing), target: undefined }
        : appendShrinking(builder, samples, sample, preprocessing, shrink);
    const ready = type === 'float32' ? made.input : builder.op('Cast', [made.input], { to: dataTypeCode(type) });
    builder.output(inputName, type, undefined, ready);
    if (made.target !== undefined) builder.output(targetName, 'float32', undefined, made.target);
    const session = await Session.create(builder.model, { threads });
    const feeder = new BatchFeeder(session, sample, input, made.target !== undefined);
    try {
      await feeder.feed(new (sample.type === 'uint8' ? Uint8Array : Float32Array)(sampleSize(sample)), 1);
    } catch (error) {
      await session.dispose();
      throw error;
    }
    return feeder;
  }

  /** What the model takes for `n` raw samples, and the wanted output where the samples were shrunk. */
  async feed(x: Uint8Array | Float32Array, n: number): Promise<{ input: Tensor; target: Tensor | undefined }> {
    const raw: Tensor = { type: this.sample.type, dims: [n, ...this.sample.dims], data: x };
    const results = await this.session.run({ [samples]: raw });
    return {
      input: this.fit(results[inputName], n),
      target: this.withTarget ? results[targetName] : undefined,
    };
  }

  async dispose(): Promise<void> {
    await this.session.dispose();
  }

  /** The same values in the input's dimensions: models of rows of values take them flattened. */
  private fit(value: Tensor, n: number): Tensor {
    const wanted = this.input.dims.slice(1);
    const own = value.dims.slice(1);
    const agrees = wanted.length === own.length && wanted.every((dim, i) => typeof dim !== 'number' || dim === own[i]);
    if (agrees) return value;
    const values = sizeOf(own);
    if (wanted.length === 1 && (typeof wanted[0] !== 'number' || wanted[0] === values)) {
      return { ...value, dims: [n, values] };
    }
    throw new TrainingError(
      `The model's input ${this.input.name} takes ${wanted.join('x')} per sample and the data gives ${own.join('x')}.`,
      'Choose another data set, or set the layout and the size in the preprocessing.',
    );
  }
}
