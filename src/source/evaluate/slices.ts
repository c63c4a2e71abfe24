import type { Slice, Value } from '../values/values';

/** Positions that a slice of a sequence takes; `undefined` when a bound is not known. */
export function sliceBounds({ lower, upper, step }: Slice, length: number): number[] | undefined {
  const by = step ?? 1;
  if (typeof by !== 'number' || by === 0) return undefined;
  const bound = (value: Value, usual: number): number | undefined => {
    if (value === null) return usual;
    if (typeof value !== 'number') return undefined;
    const place = value < 0 ? value + length : value;
    return by > 0 ? Math.min(Math.max(place, 0), length) : Math.min(Math.max(place, -1), length - 1);
  };
  const start = bound(lower, by > 0 ? 0 : length - 1);
  const stop = bound(upper, by > 0 ? length : -1);
  if (start === undefined || stop === undefined) return undefined;
  const places: number[] = [];
  for (let at = start; by > 0 ? at < stop : at > stop; at += by) places.push(at);
  return places;
}
