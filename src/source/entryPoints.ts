import type { CallNode, Chunk, Expression, Parameter, Span, Statement } from './syntax/ast';
import type { ModuleGlobals } from './evaluate/moduleGlobals';
import { Definition, Display, indexOf, type Placed } from './evaluate/moduleIndex';
import type { Machine } from './evaluate/machine';
import type { SourceModel } from './sourceModel';
import { topLevelAt, type ParsedFile, type Parser } from './syntax/parse';
import { Scope } from './values/scope';
import { BoundMethod, ClassValue, FunctionValue, Instance, Native, Unknown, type Value } from './values/values';

/** A statement, of which only the place is of interest. */
export interface Place {
  readonly chunk: Chunk;
  readonly statement: Span;
}

/** Something that may give a model. */
export interface Candidate {
  readonly name: string;
  readonly foundBy: SourceModel['foundBy'];
  /** Where the model is shown: its definition, or the statement that makes it. */
  readonly placed: Place;
  /** Makes the model; other values mean that it is none. */
  readonly build: (machine: Machine, globals: ModuleGlobals) => Value;
  /** What the model turns out to be, where that is known only once it is made. */
  readonly identify?: (machine: Machine, model: Instance) => Pick<Candidate, 'name' | 'placed'>;
}

/** Names of functions that run things rather than make them. */
const runners = /^(main|train|test|eval|evaluate|validate|run|fit|predict|demo|parse_args|get_args|setup|get_parser)/;

/** A class with bases, none of them an enumeration. */
const mayBeModule = /^class\s+\w+\s*\((?![^)]*Enum\b)/m;

/**
 * Functions and classes at the top level that may give a model without arguments, told by their text alone: whether they do is
 * found out when they are built.
 */
export function definitionCandidates(parsed: ParsedFile): { factories: Candidate[]; classes: Candidate[] } {
  const factories: Candidate[] = [];
  const classes: Candidate[] = [];
  // The last definition of a name counts.
  for (const placed of new Map(indexOf(parsed).definitions.map((one) => [one.name, one])).values()) {
    const { kind, name, chunk } = placed;
    if (kind === 'class') {
      if (mayBeModule.test(chunk.text))
        classes.push({
          ...{ name, foundBy: 'class', placed },
          build: (machine, globals) => afresh(machine, () => fromClass(machine, globals, globals.get(name))),
        });
    } else if (!name.startsWith('_') && !runners.test(name) && /\breturn\b/.test(chunk.text))
      factories.push({
        ...{ name, foundBy: 'factory', placed },
        build: (machine, globals) => afresh(machine, () => fromFactory(machine, placed.statement, globals.get(name))),
      });
  }
  return { factories, classes };
}

/** What the file's own statements miss, such as helpers of its training, is no matter of this model. */
function afresh(machine: Machine, build: () => Value): Value {
  machine.missing.clear();
  return build();
}

/** What a function gives that needs no arguments. */
function fromFactory(machine: Machine, statement: Statement, factory: Value | undefined): Value {
  const parameters = statement.kind === 'function' ? statement.parameters : [];
  const open = parameters.find(({ star, default: value }) => star === '' && value === undefined);
  return open === undefined ? machine.callWith(factory ?? null) : new Unknown(`needs ${open.name}`);
}

/** The object of a class that needs no arguments but a configuration of defaults, and says what it computes. */
function fromClass(machine: Machine, globals: ModuleGlobals, cls: Value | undefined): Value {
  if (!(cls instanceof ClassValue) || !cls.isModule) return new Unknown('not a model');
  const computes = cls.mro.some(
    (base) => base.node !== undefined && (base.attributes.has('forward') || base.attributes.has('call')),
  );
  const sequential = cls.bases.some(({ name }) => name === 'Sequential');
  if (!computes && !sequential) return new Unknown('not a model');
  const initializer = cls.lookup('__init__');
  const open =
    initializer instanceof FunctionValue
      ? initializer.parameters.filter(({ star }, at) => at > 0 && star === '' && initializer.defaults[at] === undefined)
      : [];
  const keywords = new Map<string, Value>();
  for (const parameter of open) {
    const value = configurationFor(machine, globals, parameter);
    if (value === undefined) return new Unknown(`needs ${parameter.name}`);
    keywords.set(parameter.name, value);
  }
  return machine.call(cls, { positional: [], keywords });
}

/** `config: GPTConfig`, or `config` where the file has one class of such a name: an object with its defaults. */
function configurationFor(
  machine: Machine,
  globals: ModuleGlobals,
  { name, annotation }: Parameter,
): Value | undefined {
  const classes = globals.index.definitions.filter((one) => one.kind === 'class' && configuration.test(one.name));
  const usual = /^(config|cfg|conf|args|params|hparams|hps)$/.test(name) && classes.length === 1;
  const wanted = annotation?.kind === 'name' ? annotation.name : usual ? classes[0].name : undefined;
  const cls = wanted === undefined ? undefined : globals.get(wanted);
  if (!(cls instanceof ClassValue) || cls.node === undefined || cls.isModule) return undefined;
  cls.fill();
  const initializer = cls.lookup('__init__');
  const complete =
    initializer instanceof FunctionValue
      ? initializer.parameters.every(
          ({ star }, at) => at === 0 || star !== '' || initializer.defaults[at] !== undefined,
        )
      : (cls.dataclass?.every((field) => field.default !== undefined) ?? false);
  return complete ? machine.callWith(cls) : undefined;
}

const configuration = /(Config|Configuration|Args|Arguments|Params|Hparams|HParams)$/;

/**
 * Models made by statements at the top level and under `if __name__ == '__main__'`: by what this file defines, and by what it
 * imports, for which other files have to be read.
 */
export function callCandidates(parsed: ParsedFile): { own: Candidate[]; imported: Candidate[] } {
  const index = indexOf(parsed);
  const found: { own: Candidate[]; imported: Candidate[] } = { own: [], imported: [] };
  const defined = new Set(index.definitions.map(({ name }) => name));
  const names = new Set<string>();
  /** Under the name of what is called; a second model of that under its own. */
  const add = (call: CallNode, variable: string, placed: Placed, build: Candidate['build'], always = false): void => {
    const called = calleeName(call);
    const name = called === undefined || names.has(called) ? variable : called;
    names.add(name);
    const isOwn = always || (called !== undefined && defined.has(called));
    found[isOwn ? 'own' : 'imported'].push({ name, foundBy: 'call', placed, build });
  };
  for (const [name, placed] of index.lazy) {
    if (placed instanceof Definition || placed instanceof Display) continue;
    const { statement } = placed;
    if (statement.kind !== 'assign' && statement.kind !== 'annotate') continue;
    const { value: call } = statement;
    if (call?.kind !== 'call') continue;
    add(call, name, placed, (machine, globals) => {
      if (!mayBeModel(machine, globals, call)) return new Unknown('not a model');
      const value = globals.get(name) ?? null;
      // Later statements may call it, which tells the shape of its input.
      if (value instanceof Instance) {
        for (const [result, other] of index.lazy) {
          const calls = !(other instanceof Definition) && other.chunk.text.includes(`${name}(`);
          if (calls && result !== name) globals.get(result);
        }
        runMain(globals);
      }
      return value;
    });
  }
  const assigned = new Set<string>();
  for (const placed of index.main) {
    const { statement } = placed;
    if (statement.kind !== 'assign' || statement.value.kind !== 'call') continue;
    const [target] = statement.targets;
    if (target.kind !== 'name') continue;
    const { callee } = statement.value;
    // `model = model.to(device)` is the model that was made above.
    if (callee.kind === 'attribute' && callee.object.kind === 'name' && assigned.has(callee.object.name)) continue;
    assigned.add(target.name);
    const build: Candidate['build'] = (_, globals) => {
      runMain(globals);
      return globals.scope.globals.get(target.name) ?? null;
    };
    add(statement.value, target.name, placed, build, true);
  }
  return found;
}

/** False for the objects of a plain class, which may be costly to make. */
function mayBeModel(machine: Machine, globals: ModuleGlobals, value: Expression | undefined): boolean {
  if (value?.kind !== 'call') return false;
  const callee = machine.evaluate(value.callee, globals.scope);
  if (callee instanceof ClassValue) return callee.isModule;
  if (callee instanceof Native) return callee.makesModel;
  return callee instanceof FunctionValue || callee instanceof BoundMethod || callee instanceof Instance;
}

/** Runs what is under `if __name__ == '__main__'`. */
export function runMain(globals: ModuleGlobals): void {
  for (const placed of globals.index.main) globals.run(placed);
}

/** What a call calls, without what it is part of: `resnet18` of `models.resnet18().to(device)`. */
export function calleeName(call: Expression & { kind: 'call' }): string | undefined {
  let callee = call.callee;
  // Net().to(device), Net().cuda()
  while (callee.kind === 'attribute' && callee.object.kind === 'call') callee = callee.object.callee;
  if (callee.kind === 'name') return callee.name;
  return callee.kind === 'attribute' ? callee.name : undefined;
}

/** A class that needs arguments, with those of a call somewhere in the file. */
export function callSiteCandidate(parsed: ParsedFile, name: string, placed: Place): Candidate | undefined {
  const pattern = new RegExp(`(?<![\\w.])${name}\\(`, 'g');
  for (const match of parsed.text.matchAll(pattern)) {
    const before = parsed.text.slice(parsed.text.lastIndexOf('\n', match.index) + 1, match.index);
    if (/^\s*(class|def)\s|#/.test(before)) continue;
    const call = findCall(parsed, match.index);
    if (call === undefined) continue;
    return {
      name,
      foundBy: 'call',
      placed,
      build: (machine, globals) => {
        const value = afresh(machine, () => machine.evaluate(call, new Scope(globals, globals.scope, 'function')));
        if (machine.unknown.size === 0) return value;
        // Names of the functions around the call are nothing that is wrong with the file.
        machine.unknown.clear();
        machine.chunk = placed.chunk;
        return machine.unknownAt(headOf(placed), `${name} is made with what is known when the program runs`);
      },
    };
  }
  return undefined;
}

/** The first line of a definition. */
function headOf({ chunk, statement: { from } }: Place): Span {
  const end = chunk.text.indexOf('\n', from);
  return { from, to: end < 0 ? chunk.text.length : end };
}

function findCall(parsed: ParsedFile, offset: number): Expression | undefined {
  const top = topLevelAt(parsed, offset);
  return top?.statements
    .map((statement) => callIn(statement, offset - top.chunk.start))
    .find((call) => call !== undefined);
}

/** The call that starts at an offset, looked for in everything a statement holds. */
function callIn(node: unknown, offset: number): Expression | undefined {
  if (Array.isArray(node)) {
    for (const item of node) {
      const found = callIn(item, offset);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof node !== 'object' || node === null) return undefined;
  const { from, to, kind } = node as { from?: number; to?: number; kind?: string };
  if (from !== undefined && to !== undefined && (offset < from || offset >= to)) return undefined;
  if (kind === 'call' && from === offset) return node as Expression;
  for (const [key, value] of Object.entries(node)) {
    if (key === 'chunk' || key === 'statement' || key === 'isGenerator') continue;
    const inner: unknown = key === 'body' && typeof value === 'function' ? (value as () => unknown)() : value;
    const found = callIn(inner, offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An entry that a user named: `resnet18`, or a call such as `ResNet(BasicBlock, [2, 2, 2, 2])`. */
export function namedCandidate(
  parser: Parser,
  parsed: ParsedFile,
  text: string,
  foundBy: 'option' | 'comment',
): Candidate {
  const statement = parser.parse(`entry:${text}`, text).statements[0]?.statements[0];
  const expression = statement?.kind === 'expression' ? statement.value : undefined;
  const root = /^\w+/.exec(text)?.[0] ?? text;
  const placed = indexOf(parsed).lazy.get(root) ?? firstPlace(parsed, statement);
  return {
    name: text,
    foundBy,
    placed,
    build: (machine, globals) => {
      if (expression === undefined) return new Unknown(`${text} is not a name or a call`);
      if (globals.index.main.length > 0 && globals.get(root) === undefined) runMain(globals);
      const value = machine.evaluate(expression, globals.scope);
      return value instanceof FunctionValue || value instanceof ClassValue ? machine.callWith(value) : value;
    },
  };
}

function firstPlace(parsed: ParsedFile, statement: Statement | undefined): Placed {
  const [first] = parsed.statements;
  const chunk = first?.chunk ?? { file: parsed.file, text: '', start: 0 };
  return { chunk, statement: statement ?? { kind: 'pass', from: 0, to: 0 } };
}
