import { blockModel } from '../hardware/block';
import { blockKey, choiceKey, rankKey } from '../hardware/blockKey';
import type { WantedBlock } from '../hardware/latencyTable';
import { methodOf } from '../methods/registry';
import type { FactorTensors } from '../methods/shared/method';
import type { LayerStatus, Site } from '../methods/shared/site';
import { makeValueInfo } from '../onnx/graph';
import type { LayerValue } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { RuntimeProducts } from '../runtime/products';

/** One rank per site, by layer name; a layer that is not listed is kept. */
export type RanksBySite = ReadonlyMap<string, number>;

interface Form {
  readonly model: Model;
  readonly key: string;
}

/**
 * Makes what is measured for a model: its layers alone, as they are and at a rank, and whole models with ranks at their
 * sites. The factors of a layer serve all its ranks and all layers of its structure: times do not depend on their values.
 */
export class MeasuredForms {
  private readonly blocks = new Map<string, Form>();
  private readonly whole: Form;
  private readonly factors = new Map<string, Promise<FactorTensors>>();
  private readonly products = new RuntimeProducts();
  /** Sites whose layers can be measured alone. */
  readonly sites: readonly Site[];

  constructor(
    private readonly model: Model,
    statuses: readonly LayerStatus[],
    shapes: ReadonlyMap<string, LayerValue>,
  ) {
    for (const { layer } of statuses) {
      if (layer.openSizes.length > 0 || !shapes.has(layer.weight)) continue;
      const block = blockModel(model, layer, shapes);
      this.blocks.set(layer.name, { model: block, key: blockKey(block) });
    }
    this.sites = statuses.flatMap(({ site }) => (site && this.blocks.has(site.layer.name) ? site : []));
    const whole = atOneSample(model, shapes);
    this.whole = { model: whole, key: blockKey(whole) };
  }

  /** Names of the layers that can be measured alone. */
  get layers(): string[] {
    return [...this.blocks.keys()];
  }

  /** Under which the time of the model's own file is kept, the cost of a call included. */
  get wholeFileKey(): string {
    return choiceKey(this.whole.key, 'file');
  }

  dense(layer: string): WantedBlock {
    const { key, model } = this.block(layer);
    return { key, label: layer, build: () => model };
  }

  atRank(site: Site, rank: number): WantedBlock {
    const { key, model } = this.block(site.layer.name);
    return {
      key: rankKey(key, site.method, rank),
      label: `${site.layer.name} rank ${rank}`,
      build: () => this.apply(model, [site], new Map([[site.layer.name, rank]])),
    };
  }

  /** The whole model with these ranks. */
  wholeWith(ranks: RanksBySite): WantedBlock {
    const listed = this.sites.map(({ layer }) => ranks.get(layer.name) ?? 'keep');
    return {
      key: choiceKey(this.whole.key, `whole/${listed.join()}`),
      label: ranks.size === 0 ? 'whole model' : `whole model at ranks ${listed.join(', ')}`,
      build: () => this.apply(this.whole.model, this.sites, ranks),
    };
  }

  /** The model as it is handed over with these ranks, but for the values of its weights. */
  handedOver(ranks: RanksBySite): Promise<Model> {
    return this.apply(this.model, this.sites, ranks);
  }

  async dispose(): Promise<void> {
    await this.products.dispose();
  }

  private async apply(source: Model, sites: readonly Site[], ranks: RanksBySite): Promise<Model> {
    const model = source.clone();
    for (const site of sites) {
      const rank = ranks.get(site.layer.name);
      if (rank !== undefined) methodOf(site).apply(model, site, { kind: 'rank', rank }, await this.factorsOf(site));
    }
    return model;
  }

  private factorsOf(site: Site): Promise<FactorTensors> {
    const { key, model } = this.block(site.layer.name);
    let factors = this.factors.get(key);
    if (!factors) this.factors.set(key, (factors = methodOf(site).factors(model, site, this.products)));
    return factors;
  }

  private block(layer: string): Form {
    const block = this.blocks.get(layer);
    if (!block) throw new Error(`Layer ${layer} has no block.`);
    return block;
  }
}

/** A copy of the model with its inputs declared at the sizes of one sample. */
function atOneSample(model: Model, shapes: ReadonlyMap<string, LayerValue>): Model {
  const copy = model.clone();
  copy.graph.proto.input = copy.graph.inputs.map((input) => {
    const { type, dims } = shapes.get(input.name) ?? { type: 'float32' as const, dims: [] };
    return makeValueInfo(
      input.name,
      type,
      dims.map((dim) => (typeof dim === 'number' ? dim : 1)),
    );
  });
  copy.graph.changed();
  return copy;
}
