import { budgetProblem, totalCost, type Budget } from './budget';
import { evbmfRank } from './evbmf';
import { searchHaloc, type HalocOptions, type HalocResult } from './haloc';
import type { SearchTask } from './lossRise';
import { chooseMeasured, type MeasuredCost } from './measuredBudget';
import { planOf, type Plan, type PlanHeader } from './plan';
import { searchSeparable, type SearchResult, type SeparableSearch } from './separableSearch';
import type { SearchSpace } from './sites';
import type { Picks } from './space';

interface CommonRequest {
  readonly search: SearchSpace;
  /** The first is the primary one. */
  readonly budgets: readonly Budget[];
  readonly seed: number;
  /** Measures what the first budget limits, so that the plan holds in truth; the table alone decides without it. */
  readonly measured?: MeasuredCost;
  /** What the plan says of the model and the device. */
  readonly header: Pick<PlanHeader, 'model' | 'device'>;
}

/** A search that needs no training. */
export interface SeparableRequest extends CommonRequest {
  readonly kind: SeparableSearch;
  /** Separable errors of every choice, such as measured rises of the loss; by default the energy lost from the weights. */
  readonly errors?: readonly (readonly number[])[];
}

export interface HalocRequest extends CommonRequest {
  readonly kind: 'haloc';
  readonly task: SearchTask;
  readonly haloc: Omit<HalocOptions, 'budgets' | 'seed' | 'measured'>;
}

export type SearchRequest = SeparableRequest | HalocRequest;

export interface SearchOutcome {
  readonly plan: Plan;
  /** For `haloc`, with the trained factors and the model made of them. */
  readonly result: SearchResult | HalocResult;
  /** Cost of the plan as a share of each budget. */
  readonly used: readonly number[];
}

/**
 * Finds a plan for a space under budgets. The same request with the same seed gives the same plan.
 * Throws an InfeasibleBudgetError when a budget can't be met, and what training throws.
 */
export async function search(request: HalocRequest): Promise<SearchOutcome & { readonly result: HalocResult }>;
export async function search(request: SearchRequest): Promise<SearchOutcome>;
export async function search(request: SearchRequest): Promise<SearchOutcome> {
  const { kind, budgets, seed, header } = request;
  const { space } = request.search;
  const result = request.kind === 'haloc' ? await runHaloc(request) : await runSeparable(request);
  const problems = budgets.map((budget) => budgetProblem(space, budget));
  return {
    plan: planOf(
      { ...header, budget: budgets.map((budget) => ({ ...budget })), search: kind, seed },
      space,
      result.picks,
    ),
    result,
    used: problems.map((problem) => totalCost(problem, result.picks) / problem.limit),
  };
}

function runHaloc({ task, search: searched, budgets, seed, measured, haloc }: HalocRequest): Promise<HalocResult> {
  return searchHaloc(task, searched, { ...haloc, budgets, seed, measured });
}

async function runSeparable(request: SeparableRequest): Promise<SearchResult> {
  const { kind, search: searched, budgets, errors, measured } = request;
  const { space, sites } = searched;
  const [primary, ...others] = budgets;
  const options = { errors, ...(kind === 'evbmf' && { estimates: sites.map(evbmfRank) }) };
  const within = (limit: number): SearchResult =>
    searchSeparable(kind, space, [{ ...primary, limit }, ...others], options);
  if (!measured) return within(primary.limit);
  const results = new Map<Picks, SearchResult>();
  const choose = (limit: number): Picks => {
    const result = within(limit);
    results.set(result.picks, result);
    return result.picks;
  };
  const problem = budgetProblem(space, primary);
  const table = { choose, cost: (picks: Picks) => totalCost(problem, picks) };
  const { picks } = await chooseMeasured(table, primary.limit, measured);
  return results.get(picks)!;
}
