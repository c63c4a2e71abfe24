import type { SearchSite } from './sites';

/** A square of a singular value below this share of all energy is rounding. */
const leastShare = 1e-30;

/** What empirical variational Bayesian matrix factorisation says of a matrix. */
export interface EvbmfEstimate {
  /** Singular values that stand out from the noise. */
  readonly rank: number;
  /** Variance of the noise of one entry. */
  readonly noiseVariance: number;
}

/**
 * The global analytic solution of fully observed EVBMF with unknown noise (Nakajima, Sugiyama, Babacan and Tomioka, JMLR 14,
 * 2013): the noise variance minimises the free energy, a function of that variance alone,
 * and singular values above sqrt(M s2 (1 + t)(1 + a/t)) are kept, a = L/M, t the zero of Xi(t) + Xi(t/a) with
 * Xi(t) = log(1 + t)/t - 1/2.
 * @param singularValues all L of them, in any order; the matrix is L x M or M x L with L <= M
 */
export function evbmf(singularValues: readonly number[], columns: number): EvbmfEstimate {
  const rows = singularValues.length;
  if (rows > columns) throw new RangeError(`A matrix of ${columns} columns has no ${rows} singular values.`);
  const values = [...singularValues].sort((a, b) => b - a);
  const energy = values.reduce((sum, value) => sum + value ** 2, 0);
  if (energy === 0) return { rank: 0, noiseVariance: 0 };
  // Values of 0 would put every variance at a free energy of infinity.
  const squares = values.map((value) => Math.max(value ** 2, leastShare * energy));
  const ratio = rows / columns;
  const threshold = scaledThreshold(ratio);

  const [low, high] = varianceBounds(squares, columns, threshold, energy);
  const freeEnergy = (variance: number): number =>
    squares.reduce((sum, square) => sum + energyTerm(square / (columns * variance), ratio, threshold), 0);
  const noiseVariance = high > low ? leastIn(low, high, freeEnergy) : high;
  const cut = columns * noiseVariance * threshold;
  return { rank: squares.filter((square) => square > cut).length, noiseVariance };
}

/**
 * The rank of a layer by EVBMF: the larger of the ranks of its two unfoldings, since both ranks of a layer are equal here; at
 * least 1. The singular values of an unfolding are the norms of the slices of the HOSVD core.
 */
export function evbmfRank({ site, factors: { u, core, v } }: SearchSite): number {
  const [outputs, inputs, ...window] = site.layer.weightDims;
  if (!core) {
    const values = Array.from({ length: u.dims[1] }, (_, x) => columnNorm(u, x) * columnNorm(v, x));
    const [short, long] = [Math.min(outputs, inputs), Math.max(outputs, inputs)];
    return Math.max(1, evbmf(padded(values, short), long).rank);
  }
  const places = window.reduce((product, size) => product * size, 1);
  const [ro, ri] = core.dims;
  const rows = new Array<number>(ro).fill(0);
  const columns = new Array<number>(ri).fill(0);
  for (let x = 0; x < ro; x++) {
    for (let y = 0; y < ri; y++) {
      const at = (x * ri + y) * places;
      let energy = 0;
      for (let k = at; k < at + places; k++) energy += core.data[k] ** 2;
      rows[x] += energy;
      columns[y] += energy;
    }
  }
  const rankOf = (energies: readonly number[], side: number, others: number): number =>
    evbmf(padded(energies.map(Math.sqrt), Math.min(side, others)), Math.max(side, others)).rank;
  return Math.max(1, rankOf(rows, outputs, inputs * places), rankOf(columns, inputs, outputs * places));
}

/** (1 + t)(1 + a/t): a singular value is kept when its square exceeds this times M s2. */
function scaledThreshold(ratio: number): number {
  const xi = (t: number): number => Math.log1p(t) / t - 0.5;
  // Xi falls from 1/2 to -1/2, so the sum has one zero; it lies near 2.5129 sqrt(a).
  let [low, high] = [1e-9 * Math.sqrt(ratio), 1e3];
  for (let round = 0; round < bisections; round++) {
    const middle = Math.sqrt(low * high);
    if (xi(middle) + xi(middle / ratio) > 0) low = middle;
    else high = middle;
  }
  const t = Math.sqrt(low * high);
  return (1 + t) * (1 + ratio / t);
}

/** Enough to reach the last bit of a double from any bounds here. */
const bisections = 120;

/**
 * Between these the noise variance lies: above it the noise would explain more than there is; below, more components would
 * stand out than can be told from noise.
 */
function varianceBounds(
  squares: readonly number[],
  columns: number,
  threshold: number,
  energy: number,
): [number, number] {
  const rows = squares.length;
  const most = Math.max(0, Math.min(Math.ceil(rows / (1 + rows / columns)) - 1, rows - 1));
  const rest = squares.slice(most);
  const mean = rest.reduce((sum, square) => sum + square, 0) / (rest.length * columns);
  const high = energy / (rows * columns);
  // A matrix without noise has bounds of 0, at which the free energy has no value.
  return [Math.max(squares[most] / (columns * threshold), mean, Number.EPSILON * high), high];
}

/** psi_0(x) = x - log x for every value, + psi_1(x) for those above the threshold. */
function energyTerm(x: number, ratio: number, threshold: number): number {
  const noise = x - Math.log(x);
  if (x <= threshold) return noise;
  const gap = x - (1 + ratio);
  const tau = (gap + Math.sqrt(Math.max(0, gap ** 2 - 4 * ratio))) / 2;
  return noise + Math.log1p(tau) + ratio * Math.log1p(tau / ratio) - tau;
}

/** Points of the first look: the function has a kink wherever one more value stands out. */
const gridPoints = 400;
const golden = (Math.sqrt(5) - 1) / 2;

/** The least value of a function with several dips in [low, high]: a grid, then golden section around its best point. */
function leastIn(low: number, high: number, of: (x: number) => number): number {
  const step = Math.log(high / low) / gridPoints;
  const at = (i: number): number => low * Math.exp(step * Math.min(Math.max(i, 0), gridPoints));
  let best = 0;
  let least = Infinity;
  for (let i = 0; i <= gridPoints; i++) {
    const value = of(at(i));
    if (value < least) [best, least] = [i, value];
  }
  let [a, b] = [at(best - 1), at(best + 1)];
  for (let round = 0; round < bisections && b - a > 1e-12 * b; round++) {
    const [x, y] = [b - golden * (b - a), a + golden * (b - a)];
    if (of(x) <= of(y)) b = y;
    else a = x;
  }
  return (a + b) / 2;
}

function columnNorm({ dims, data }: SearchSite['factors']['u'], column: number): number {
  let sum = 0;
  for (let row = 0; row < dims[0]; row++) sum += data[row * dims[1] + column] ** 2;
  return Math.sqrt(sum);
}

/** As many values as the matrix has: those left out are zeros. */
function padded(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => values[i] ?? 0);
}
