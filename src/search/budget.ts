import { readBudgetText, writeBudgetText } from '../protocol/budgetText';
import { BudgetError, InfeasibleBudgetError } from './errors';
import { costOf, keptCosts, type Costs, type Picks, type Resource, type Space } from './space';

/** What the user asked for: a share of what the model costs now, or an amount (milliseconds, MACs, parameters, bytes). */
export type BudgetSpec =
  { readonly resource: Resource; readonly ratio: number } | { readonly resource: Resource; readonly limit: number };

/** An upper bound on what the whole model may cost. */
export interface Budget {
  readonly resource: Resource;
  /** Milliseconds, MACs, parameters or bytes. */
  readonly limit: number;
}

/**
 * Reads `0.6x`, `60%`, `8ms`, `1.5M`, `300kB`, ... (capitals don't matter).
 * Throws a BudgetError that shows what is understood.
 */
export function parseBudget(resource: Resource, text: string): BudgetSpec {
  const read = readBudgetText(resource, text);
  if ('problem' in read) throw new BudgetError(read.problem, read.hint, resource);
  return { resource, ...read };
}

/** The budget in absolute units. Throws a BudgetError for a latency budget on a model whose latency is not known. */
export function resolveBudget(spec: BudgetSpec, dense: Costs): Budget {
  if ('limit' in spec) return { resource: spec.resource, limit: spec.limit };
  if (spec.resource === 'latency' && dense.latencyMs === undefined) {
    throw new BudgetError(
      'A relative latency budget needs the latency of the model.',
      'Measure the device first, or put the budget on macs, params or bytes.',
      spec.resource,
    );
  }
  return { resource: spec.resource, limit: spec.ratio * costOf(dense, spec.resource) };
}

/** An amount of a resource for people: `8.00 ms`, `11.27 M MACs`, `74.1 kB`. */
export function formatAmount(resource: Resource, amount: number): string {
  if (resource === 'latency') return `${amount.toFixed(amount < 1 ? 3 : 2)} ms`;
  const [scale, letter] =
    amount >= 1e9 ? [1e9, 'G'] : amount >= 1e6 ? [1e6, 'M'] : amount >= 1e3 ? [1e3, 'k'] : [1, ''];
  const figure = scale === 1 ? String(Math.round(amount)) : (amount / scale).toFixed(2);
  if (resource === 'bytes') return `${figure} ${letter}B`;
  return `${figure} ${letter ? `${letter} ` : ''}${resource === 'macs' ? 'MACs' : 'parameters'}`;
}

/** A budget laid over a space: total cost of picks = constant + sum of costs[site][pick]. */
export interface BudgetProblem extends Budget {
  /** What no site can change. */
  readonly constant: number;
  /** Cost of each choice of each site. */
  readonly costs: readonly (readonly number[])[];
}

/** Lays a budget over a space. Throws an InfeasibleBudgetError that says the least reachable cost. */
export function budgetProblem(space: Space, budget: Budget): BudgetProblem {
  const { resource, limit } = budget;
  const costs = space.sites.map((site) => site.choices.map((choice) => costOf(choice, resource)));
  const kept = space.sites.reduce((sum, site) => sum + costOf(keptCosts(site), resource), 0);
  const problem = { resource, limit, costs, constant: costOf(space.dense, resource) - kept };
  assertFeasible(problem);
  return problem;
}

/** The same problem under another limit. Throws an InfeasibleBudgetError when it can't be met. */
export function within(problem: BudgetProblem, limit: number): BudgetProblem {
  const other = { ...problem, limit };
  assertFeasible(other);
  return other;
}

/** Total cost of picks, summed in site order (so that every caller gets the same rounding). */
export function totalCost({ constant, costs }: BudgetProblem, picks: Picks): number {
  return costs.reduce((sum, site, i) => sum + site[picks[i]], constant);
}

/** Whether picks are within every budget. */
export function holds(problems: readonly BudgetProblem[], picks: Picks): boolean {
  return problems.every((problem) => totalCost(problem, picks) <= problem.limit);
}

/** The cheapest choice of every site. */
export function cheapest({ costs }: BudgetProblem): number[] {
  return costs.map((site) => site.indexOf(Math.min(...site)));
}

/** Throws an InfeasibleBudgetError when even the cheapest choices exceed the limit. */
export function assertFeasible(problem: BudgetProblem): void {
  const least = totalCost(problem, cheapest(problem));
  if (least <= problem.limit) return;
  const { resource, limit } = problem;
  const reachable = reachableBudget(resource, least);
  throw new InfeasibleBudgetError(
    `A ${resource} budget of ${formatAmount(resource, limit)} can't be met: the smallest plan costs ${formatAmount(resource, least)}.`,
    `Ask for ${reachable} or more, or allow more layers or smaller ranks.`,
    resource,
    least,
    reachable,
  );
}

/** Times differ from one measurement to the next: a proposed budget leaves room for it. */
const latencyRoom = 1.05;

/** A budget that a cost is within, also when it is measured again. */
export function reachableBudget(resource: Resource, least: number): string {
  return writeBudgetText(resource, resource === 'latency' ? latencyRoom * least : least);
}
