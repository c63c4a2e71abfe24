import type { Model } from '../onnx/model';

const pools = new Set(['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool']);

/**
 * Values whose feature maps the searched model is kept near to: the joins of residual blocks, or the outputs of pooling
 * stages in a model without them (docs/haloc.md, Loss); where there are neither, those of activations, or the outputs.
 */
export function featureValues({ graph }: Model): string[] {
  const outputOf = (test: (opType: string, inputs: readonly string[]) => boolean): string[] =>
    graph.nodes.filter((node) => test(node.opType, node.input)).map((node) => node.output[0]);
  const computed = (value: string): boolean => graph.producer(value) !== undefined && !graph.constant(value);
  const joins = outputOf((opType, inputs) => opType === 'Add' && inputs.every(computed));
  if (joins.length > 0) return joins;
  const stages = outputOf((opType) => pools.has(opType));
  if (stages.length > 0) return stages;
  const activations = outputOf((opType) => opType === 'Relu');
  return activations.length > 0 ? activations : graph.outputs.map(({ name }) => name);
}

/** At most so many of a list, evenly spread, with the last among them. */
export function evenlySpread<T>(items: readonly T[], most: number): T[] {
  const count = Math.min(items.length, most);
  return Array.from({ length: count }, (_, i) => items[Math.ceil(((i + 1) * items.length) / count) - 1]);
}

/** The feature-map term never fades below this. */
const leastFeatureWeight = 0.01;

/** Weight of the feature-map term in an epoch: multiplied after epoch e by cos(pi e / 2E), never below a hundredth. */
export function featureWeightAt(start: number, epoch: number, epochs: number): number {
  let weight = start;
  for (let e = 1; e <= epoch; e++)
    weight = Math.max(leastFeatureWeight, weight * Math.cos((Math.PI * e) / (2 * epochs)));
  return start === 0 ? 0 : weight;
}
