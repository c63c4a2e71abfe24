import { Iterator_, List, Tuple, Unknown, type Arguments, type Value } from '../values/values';
import { formatBraces } from './format';
import type { Machine } from './machine';
import { Raised } from './raised';

type StringMethod = (self: string, args: Arguments, machine: Machine) => Value;

function anyOf(test: (part: string) => boolean, parts: Value): Value {
  if (typeof parts === 'string') return test(parts);
  if (parts instanceof Tuple) return parts.items.some((part) => typeof part === 'string' && test(part));
  return new Unknown('not text');
}

function textual(change: (self: string, ...args: string[]) => Value): StringMethod {
  return (self, { positional }) => {
    const unknown = positional.find((arg) => arg instanceof Unknown);
    if (unknown !== undefined) return unknown;
    return change(self, ...positional.map((arg) => (arg === null ? '' : String(arg))));
  };
}

function strip(text: string, characters: string, start: boolean, end: boolean): string {
  const strips = (character: string): boolean =>
    characters === '' ? /\s/.test(character) : characters.includes(character);
  let from = 0;
  let to = text.length;
  while (start && from < to && strips(text[from])) from++;
  while (end && to > from && strips(text[to - 1])) to--;
  return text.slice(from, to);
}

function split(text: string, separator: string, limit: number, fromEnd: boolean): List {
  const parts =
    separator === ''
      ? text
          .trim()
          .split(/\s+/)
          .filter((part) => part !== '')
      : text.split(separator);
  const mark = separator === '' ? ' ' : separator;
  if (limit >= 0 && parts.length > limit + 1) {
    if (fromEnd) parts.splice(0, parts.length - limit, parts.slice(0, parts.length - limit).join(mark));
    else parts.splice(limit, parts.length - limit, parts.slice(limit).join(mark));
  }
  return new List(parts);
}

export const stringMethods: Record<string, StringMethod> = {
  startswith: (self, { positional: [part] }) => anyOf((text) => self.startsWith(text), part),
  endswith: (self, { positional: [part] }) => anyOf((text) => self.endsWith(text), part),
  lower: textual((self) => self.toLowerCase()),
  upper: textual((self) => self.toUpperCase()),
  title: textual((self) => self.replace(/\b\w/g, (letter) => letter.toUpperCase())),
  capitalize: textual((self) => self.charAt(0).toUpperCase() + self.slice(1).toLowerCase()),
  strip: textual((self, characters = '') => strip(self, characters, true, true)),
  lstrip: textual((self, characters = '') => strip(self, characters, true, false)),
  rstrip: textual((self, characters = '') => strip(self, characters, false, true)),
  removeprefix: textual((self, prefix) => (self.startsWith(prefix) ? self.slice(prefix.length) : self)),
  removesuffix: textual((self, suffix) => (self.endsWith(suffix) ? self.slice(0, self.length - suffix.length) : self)),
  split: textual((self, separator = '', limit = '-1') => split(self, separator, Number(limit), false)),
  rsplit: textual((self, separator = '', limit = '-1') => split(self, separator, Number(limit), true)),
  splitlines: textual((self) => new List(self.split('\n'))),
  partition: textual((self, separator) => {
    const at = self.indexOf(separator);
    return new Tuple(at < 0 ? [self, '', ''] : [self.slice(0, at), separator, self.slice(at + separator.length)]);
  }),
  replace: textual((self, from, to) => self.split(from).join(to)),
  find: textual((self, part) => self.indexOf(part)),
  count: textual((self, part) => self.split(part).length - 1),
  index: textual((self, part) => {
    const at = self.indexOf(part);
    if (at < 0) throw new Raised('ValueError', 'substring not found');
    return at;
  }),
  isdigit: textual((self) => /^\d+$/.test(self)),
  isnumeric: textual((self) => /^\d+$/.test(self)),
  isalpha: textual((self) => /^[A-Za-z]+$/.test(self)),
  isupper: textual((self) => self === self.toUpperCase() && self !== self.toLowerCase()),
  islower: textual((self) => self === self.toLowerCase() && self !== self.toUpperCase()),
  zfill: textual((self, width) => self.padStart(Number(width), '0')),
  ljust: textual((self, width) => self.padEnd(Number(width))),
  rjust: textual((self, width) => self.padStart(Number(width))),
  encode: textual((self) => self),
  format: (self, { positional, keywords }, machine) => formatBraces(machine, self, positional, keywords),
  join: (self, { positional: [parts] }, machine) => {
    const items = machine.items(parts ?? new Iterator_([]));
    if (items instanceof Unknown) return items;
    const unknown = items.find((item) => typeof item !== 'string');
    return unknown === undefined ? items.join(self) : unknown instanceof Unknown ? unknown : new Unknown('not text');
  },
};
