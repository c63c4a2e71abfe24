import type { Machine } from '../evaluate/machine';
import { Raised } from '../evaluate/raised';
import { ClassValue, Dict, Instance, List, Native, Tuple, Unknown, type Arguments, type Value } from '../values/values';
import { objectType } from './types';

/** A repeated group after something repeated or alternatives, inside it perhaps: time may be exponential in the text. */
const mayRunLong = /[+*?}|][^]*\)[+*{]/;

/** Repetitions that follow each other try every division of the text among them. */
const fewRepetitions = 3;
const mostRepetitions = 8;

/** Texts of this length and more are not searched, those of configurations are shorter; nor shorter ones with many repetitions. */
const maximumLength = 300;
const maximumLengthOfMany = 40;

function repetitionsOf(pattern: string): number {
  return pattern.replaceAll('(?', '(').match(/[+*?{]/g)?.length ?? 0;
}

/** Python's pattern as JavaScript has it; the few things that it lacks make it undefined. */
function compiled(pattern: Value): RegExp | undefined {
  if (pattern instanceof Instance && pattern.state instanceof RegExp) return pattern.state;
  if (typeof pattern !== 'string' || mayRunLong.test(pattern.replaceAll('(?', '('))) return undefined;
  if (repetitionsOf(pattern) > mostRepetitions) return undefined;
  try {
    const text = pattern.replaceAll('(?P<', '(?<').replace(/\(\?P=(\w+)\)/g, '\\k<$1>');
    return new RegExp(text.replaceAll('\\A', '^').replaceAll('\\Z', '$'), 'g');
  } catch {
    return undefined;
  }
}

function isShort(subject: Value, { source }: RegExp): subject is string {
  const limit = repetitionsOf(source) > fewRepetitions ? maximumLengthOfMany : maximumLength;
  return typeof subject === 'string' && subject.length < limit;
}

const text = (value: string | undefined): Value => value ?? null;

function method(name: string, use: (args: Arguments, machine: Machine) => Value): [string, Native] {
  return [name, new Native(name, use, true)];
}

const matchType = new ClassValue('Match', [objectType]);
function found(match: RegExpExecArray | null): Value {
  if (match === null) return null;
  const instance = new Instance(matchType);
  instance.state = match;
  return instance;
}
const groups = ({ positional: [self] }: Arguments): RegExpExecArray => (self as Instance).state as RegExpExecArray;
function group(match: RegExpExecArray, key: Value): Value {
  const named = typeof key === 'string' ? match.groups : undefined;
  if (typeof key === 'string' ? named === undefined || !(key in named) : !(Number(key) < match.length))
    throw new Raised('IndexError', 'no such group');
  return text(named === undefined ? match[Number(key)] : named[key as string]);
}
for (const [name, native] of [
  method('group', (args) => {
    const keys = args.positional.slice(1);
    const values = (keys.length === 0 ? [0] : keys).map((key) => group(groups(args), key));
    return values.length === 1 ? values[0] : new Tuple(values);
  }),
  method('__getitem__', (args) => group(groups(args), args.positional[1])),
  method('groups', (args) => new Tuple(groups(args).slice(1).map(text))),
  method('groupdict', (args) =>
    Dict.of(Object.entries(groups(args).groups ?? {}).map(([name, value]) => [name, text(value)])),
  ),
  method('start', (args) => groups(args).index),
  method('end', (args) => groups(args).index + groups(args)[0].length),
])
  matchType.attributes_.set(name, native);

type Use = (pattern: RegExp, subject: string) => Value;

const uses: Readonly<Record<string, Use>> = {
  search: (pattern, subject) => found(pattern.exec(subject)),
  match: (pattern, subject) => {
    const match = pattern.exec(subject);
    return match?.index === 0 ? found(match) : null;
  },
  fullmatch: ({ source }, subject) => found(new RegExp(`^(?:${source})$`).exec(subject)),
  findall: (pattern, subject) =>
    new List(
      [...subject.matchAll(pattern)].map(([whole, ...parts]): Value =>
        parts.length === 0 ? whole : parts.length === 1 ? text(parts[0]) : new Tuple(parts.map(text)),
      ),
    ),
  split: (pattern, subject) => new List(subject.split(pattern).map(text)),
};

function replaced(pattern: RegExp, subject: Value, by: Value, machine: Machine): Value {
  if (!isShort(subject, pattern)) return new Unknown('text that is not known');
  const parts: Value[] = [];
  let at = 0;
  for (const match of subject.matchAll(pattern)) {
    const put =
      typeof by === 'string'
        ? by.replace(/\\(?:g<(\w+)>|(\d))/g, (_, name: string | undefined, digit: string | undefined) =>
            String(group(match, /^\d+$/.test(name ?? digit ?? '') ? Number(name ?? digit) : (name ?? null)) ?? ''),
          )
        : machine.callWith(by, found(match));
    parts.push(subject.slice(at, match.index), put);
    at = match.index + match[0].length;
  }
  parts.push(subject.slice(at));
  return parts.every((part) => typeof part === 'string') ? parts.join('') : new Unknown('text that is not known');
}

/** The uses of a pattern, as functions of `re` and as methods of what `re.compile` gives. */
function natives(asMethods: boolean): [string, Native][] {
  const define = (
    name: string,
    arity: number,
    use: (pattern: RegExp, rest: readonly Value[], machine: Machine) => Value,
  ) =>
    [
      name,
      new Native(
        name,
        ({ positional: [given, ...rest], keywords }, machine) => {
          // Flags and counts are not known.
          const pattern = rest.length > arity || keywords.size > 0 ? undefined : compiled(given);
          if (pattern === undefined) return new Unknown('a pattern that is not known');
          pattern.lastIndex = 0;
          return use(pattern, rest, machine);
        },
        asMethods,
      ),
    ] satisfies [string, Native];
  return [
    ...Object.entries(uses).map(([name, use]) =>
      define(name, 1, (pattern, [subject]) =>
        isShort(subject, pattern) ? use(pattern, subject) : new Unknown('text that is not known'),
      ),
    ),
    define('sub', 2, (pattern, [by, subject], machine) => replaced(pattern, subject, by, machine)),
  ];
}

const patternType = new ClassValue('Pattern', [objectType]);
for (const [name, native] of natives(true)) patternType.attributes_.set(name, native);

/** `re`. */
export const regular: Readonly<Record<string, Value>> = {
  ...Object.fromEntries(natives(false)),
  compile: new Native('compile', ({ positional: [given, ...flags], keywords }) => {
    const pattern = flags.length > 0 || keywords.size > 0 ? undefined : compiled(given);
    if (pattern === undefined) return new Unknown('a pattern that is not known');
    const instance = new Instance(patternType);
    instance.state = pattern;
    return instance;
  }),
  Pattern: patternType,
  Match: matchType,
};
