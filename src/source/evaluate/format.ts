import {
  BoundMethod,
  ClassValue,
  Dict,
  Float,
  FunctionValue,
  Instance,
  List,
  ModuleValue,
  PySet,
  Range,
  Tuple,
  Unknown,
  type Value,
} from '../values/values';
import type { Machine } from './machine';

/** `str(value)`. */
export function toText(machine: Machine, value: Value): string {
  if (typeof value === 'string') return value;
  if (value instanceof Instance) {
    const method = value.cls.lookup('__str__') ?? value.cls.lookup('__repr__');
    const text = method === undefined ? undefined : machine.callWith(method, value);
    if (typeof text === 'string') return text;
  }
  return toRepresentation(machine, value);
}

/** `repr(value)`. */
export function toRepresentation(machine: Machine, value: Value): string {
  const list = (items: Iterable<Value>): string => [...items].map((item) => toRepresentation(machine, item)).join(', ');
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value}'`;
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof List) return `[${list(value.items)}]`;
  if (value instanceof Tuple) return `(${list(value.items)}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof PySet) return `{${list(value.entries.values())}}`;
  if (value instanceof Range) return `range(${value.start}, ${value.stop})`;
  if (value instanceof Dict)
    return `{${[...value.entries.values()]
      .map((entry) => `${toRepresentation(machine, entry.key)}: ${toRepresentation(machine, entry.value)}`)
      .join(', ')}}`;
  if (value instanceof ClassValue) return `<class '${value.name}'>`;
  if (value instanceof FunctionValue) return `<function ${value.name}>`;
  if (value instanceof ModuleValue) return `<module '${value.name}'>`;
  if (value instanceof BoundMethod) return toRepresentation(machine, value.method);
  if (value instanceof Instance) {
    const name = value.attributes.get('name');
    if (value.cls.mro.some((base) => base.name === 'Enum')) return `${value.cls.name}.${String(name)}`;
    return `<${value.cls.name} object>`;
  }
  return value instanceof Unknown ? '?' : '<object>';
}

export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** A value in an f-string or `format()`, with its format specification. */
export function formatValue(machine: Machine, value: Value, spec: string, conversion = ''): string {
  const text = conversion === 'r' ? toRepresentation(machine, value) : toText(machine, value);
  const match = /^(?:(.)?([<>^=]))?([+ -])?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/.exec(spec);
  if (spec === '' || match === null) return text;
  const [, fill, align, sign, , zero, width, group, precision, type] = match;
  const number = typeof value === 'number' ? value : value instanceof Float ? value.value : undefined;
  let body = text;
  if (number !== undefined) {
    body = numberText(number, type, precision, value instanceof Float) ?? text;
    if (group !== undefined) body = body.replace(/\B(?=(\d{3})+(?!\d))/g, group);
    if (sign === '+' && number >= 0) body = `+${body}`;
  } else if (precision !== undefined) body = text.slice(0, Number(precision));
  const room = Number(width ?? 0) - body.length;
  if (room <= 0) return body;
  const padding = (fill ?? (zero === undefined ? ' ' : '0')).repeat(room);
  const side = align ?? (number === undefined ? '<' : '>');
  if (side === '<') return body + padding;
  if (side === '^') return padding.slice(0, room >> 1) + body + padding.slice(room >> 1);
  return padding + body;
}

function numberText(
  number: number,
  type: string | undefined,
  precision: string | undefined,
  float: boolean,
): string | undefined {
  const digits = Number(precision ?? 6);
  if (type === 'f' || type === 'F') return number.toFixed(digits);
  if (type === 'e') return number.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2');
  if (type === '%') return `${(number * 100).toFixed(digits)}%`;
  if (type === 'd') return String(Math.trunc(number));
  if (type === 'x') return number.toString(16);
  if (type === 'b') return number.toString(2);
  if (type === 'g' || (type === undefined && precision !== undefined && float))
    return String(Number(number.toPrecision(Math.max(1, digits))));
  return undefined;
}

/** `'conv%d' % i`, `'%s_%s' % (a, b)`. */
export function formatPercent(machine: Machine, template: string, values: Value): Value {
  const items = values instanceof Tuple ? [...values.items] : [values];
  let next = 0;
  let unknown: Unknown | undefined;
  const text = template.replace(
    /%(?:\((\w+)\))?([-0+ #]*)(\d+)?(?:\.(\d+))?([sdifgrxe%])/g,
    (whole, name: string | undefined, flags: string, width: string, precision: string, type: string) => {
      if (type === '%') return '%';
      const value = name === undefined ? items[next++] : values instanceof Dict ? values.get(name) : undefined;
      if (value === undefined) return whole;
      if (value instanceof Unknown) unknown = value;
      if (type === 's' || type === 'r') {
        const body = formatValue(machine, value, '', type === 'r' ? 'r' : '');
        return flags.includes('-') ? body.padEnd(Number(width ?? 0)) : body.padStart(Number(width ?? 0));
      }
      const spec = `${flags.includes('0') ? '0' : ''}${width ?? ''}${precision === undefined ? '' : `.${precision}`}`;
      return formatValue(machine, value, `${spec}${type === 'i' ? 'd' : type}`);
    },
  );
  return unknown ?? text;
}

/** `'{}-{name}'.format(...)`. */
export function formatBraces(
  machine: Machine,
  template: string,
  positional: readonly Value[],
  keywords: ReadonlyMap<string, Value>,
): Value {
  let next = 0;
  let unknown: Unknown | undefined;
  const text = template.replace(
    /\{\{|\}\}|\{(\w*)((?:\.\w+|\[\w+\])*)(?:!(\w))?(?::([^{}]*))?\}/g,
    (whole, name: string, path: string, conversion: string | undefined, spec: string | undefined) => {
      if (whole === '{{') return '{';
      if (whole === '}}') return '}';
      const key = name === '' ? String(next++) : name;
      let value = /^\d+$/.test(key) ? positional[Number(key)] : keywords.get(key);
      for (const [, attribute] of (path ?? '').matchAll(/\.(\w+)/g))
        value = value === undefined ? undefined : machine.attribute(value, attribute);
      if (value === undefined) return whole;
      if (value instanceof Unknown) unknown = value;
      return formatValue(machine, value, spec ?? '', conversion);
    },
  );
  return unknown ?? text;
}
