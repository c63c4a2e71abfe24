import { Dict, Float, Tuple, type Arguments, type Value } from '../values/values';
import { Raised } from './raised';

interface Slot {
  readonly name: string;
  readonly star: '' | '*' | '**';
  readonly default?: Value;
  readonly keywordOnly: boolean;
}

export type Bound = Readonly<Record<string, Value>>;

const cache = new Map<string, readonly Slot[]>();

/**
 * Matches arguments with a signature written as in Python, defaults being plain literals:
 * `in_channels, out_channels, kernel_size, stride=1, padding_mode='zeros', *args, **kwargs`.
 * The first `skipped` positional arguments belong to somebody else.
 */
export function bind(signature: string, args: Arguments, name: string, skipped = 0): Bound {
  const slots = slotsOf(signature);
  const bound: Record<string, Value> = {};
  let position = skipped;
  let restName: string | undefined;
  for (let at = 0; at < slots.length; at++) {
    const slot = slots[at];
    if (slot.star === '*') {
      if (slot.name === '') continue;
      const items = args.positional.slice(position);
      const whole = items.length === 0 ? args.keywords.get(slot.name) : undefined;
      // Functions of PyTorch take what may be spread also by name: `zeros(size=(2, 3))`.
      bound[slot.name] = new Tuple(whole === undefined ? items : [whole]);
      position = args.positional.length;
    } else if (slot.star === '**') restName = slot.name;
    else if (!slot.keywordOnly && position < args.positional.length) {
      bound[slot.name] = args.positional[position++];
      if (args.keywords.has(slot.name)) throw new Raised('TypeError', `${name}() got two values for ${slot.name}`);
    } else {
      const given = args.keywords.get(slot.name) ?? (args.keywords.has(slot.name) ? null : slot.default);
      if (given === undefined) throw new Raised('TypeError', `${name}() needs ${slot.name}`);
      bound[slot.name] = given;
    }
  }
  if (position < args.positional.length) throw new Raised('TypeError', `${name}() has too many arguments`);
  const rest = restName === undefined ? undefined : new Dict();
  if (args.keywords.size > 0)
    for (const [key, value] of args.keywords)
      if (!(key in bound)) {
        if (rest === undefined) throw new Raised('TypeError', `${name}() has no argument ${key}`);
        rest.set(key, value);
      }
  if (restName !== undefined) bound[restName] = rest!;
  return bound;
}

/** Whether the signature has an argument of this name. */
export function takes(signature: string, name: string): boolean {
  return slotsOf(signature).some((slot) => slot.name === name);
}

function slotsOf(signature: string): readonly Slot[] {
  let slots = cache.get(signature);
  if (slots === undefined) cache.set(signature, (slots = parse(signature)));
  return slots;
}

function parse(signature: string): Slot[] {
  const slots: Slot[] = [];
  let keywordOnly = false;
  for (const part of splitTop(signature)) {
    const match = /^(\*{0,2})(\w*)(?:=(.*))?$/.exec(part.trim());
    if (match === null || part.trim() === '') continue;
    const star = match[1] as '' | '*' | '**';
    slots.push({
      name: match[2],
      star,
      default: match[3] === undefined ? undefined : literal(match[3]),
      keywordOnly,
    });
    if (star === '*') keywordOnly = true;
  }
  return slots;
}

function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function literal(text: string): Value {
  if (text === 'None') return null;
  if (text === 'True') return true;
  if (text === 'False') return false;
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text.startsWith('('))
    return new Tuple(
      splitTop(text.slice(1, -1))
        .filter((part) => part.trim() !== '')
        .map((part) => literal(part.trim())),
    );
  return /[.e]/.test(text) ? new Float(Number(text)) : Number(text);
}
