import type { Model } from '../onnx/model';
import type { AppliedLayer, FactorTensors } from '../methods/shared/method';
import type { LayerStatus } from '../methods/shared/site';
import { methodOf } from '../methods/registry';
import { RuntimeProducts } from '../runtime/products';
import { checkPlan, choiceOf, type Plan } from '../search/plan';

export interface AppliedPlan {
  readonly model: Model;
  readonly applied: readonly AppliedLayer[];
}

/**
 * A copy of the model with the plan's choices made: every layer that gets a rank is replaced by its factors, in plain
 * ONNX operators. Throws a PlanError when the plan does not fit the model.
 * @param trained factors by layer name that a search has trained; the others are fitted to the layer's weight
 */
export async function applyPlan(
  source: Model,
  statuses: readonly LayerStatus[],
  plan: Plan,
  trained: ReadonlyMap<string, FactorTensors> = new Map(),
): Promise<AppliedPlan> {
  const model = source.clone();
  const sites = statuses.flatMap(({ site }) => site ?? []);
  checkPlan(
    plan,
    sites.map((site) => ({ site: site.layer.name, method: site.method, fullRank: site.fullRank })),
  );
  const applied: AppliedLayer[] = [];
  const products = new RuntimeProducts();
  try {
    for (const site of sites) {
      const choice = choiceOf(plan, site.layer.name);
      if (choice.kind === 'keep') continue;
      const method = methodOf(site);
      const factors = trained.get(site.layer.name) ?? (await method.fit(model, site, choice.rank, products));
      applied.push(method.apply(model, site, choice, factors));
    }
  } finally {
    await products.dispose();
  }
  return { model, applied };
}
