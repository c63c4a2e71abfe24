import { calleeName, runMain, type Candidate } from './entryPoints';
import type { Machine } from './evaluate/machine';
import { indexOf, type Placed } from './evaluate/moduleIndex';
import type { ParsedFile } from './syntax/parse';
import { layerOf } from './torch/layerState';
import { allModules, parametersOf } from './torch/moduleTree';
import { Unknown, type Instance, type Value } from './values/values';

/** Models of one program that are looked for. */
const maximumOfProgram = 4;

/**
 * The models that a file makes when it is run, such as in `main()` with settings from the command line, in the order in which
 * they are made. How many there are shows when they are built.
 */
export function programCandidates(parsed: ParsedFile): Candidate[] {
  const { main, eager } = indexOf(parsed);
  const start =
    main[0] ?? eager.find(({ statement }) => statement.kind === 'expression' && statement.value.kind === 'call');
  return start === undefined
    ? []
    : Array.from({ length: maximumOfProgram }, (_, at) => programCandidate(parsed, start, at));
}

function programCandidate(parsed: ParsedFile, start: Placed, at: number): Candidate {
  return {
    name: `model ${at} of the program`,
    foundBy: 'call',
    placed: start,
    build: (machine, globals) => {
      runMain(globals);
      const root = rootsOf(machine)[at];
      if (root === undefined) return new Unknown('the program makes no further model');
      // What is unknown about its training is nobody's concern.
      for (const key of [...machine.unknown.keys()].slice(root.notes)) machine.unknown.delete(key);
      for (const key of [...machine.missing.keys()].slice(root.misses)) machine.missing.delete(key);
      return root.module;
    },
    identify: (machine, model) =>
      identify(machine, parsed, model) ?? { ...{ name: model.cls.name, placed: start }, ...madeIn(parsed, model) },
  };
}

/** Modules with weights that are part of no other one. */
function rootsOf({ made }: Machine): Machine['made'] {
  const parts = new Set<Value>();
  for (const { module } of made) for (const part of allModules(module).slice(1)) parts.add(part);
  return made.filter(({ module }) => !parts.has(module) && layerOf(module) === undefined && hasWeights(module));
}

function hasWeights(model: Instance): boolean {
  return allModules(model).some((module) => layerOf(module) !== undefined || parametersOf(module).length > 0);
}

/** The class of this file that a model is of, or the function of this file that gave it. */
function identify(
  { returned }: Machine,
  parsed: ParsedFile,
  model: Instance,
): Pick<Candidate, 'name' | 'placed'> | undefined {
  const { definitions } = indexOf(parsed);
  const { node } = model.cls;
  const given = returned.findLast(({ module }) => module === model);
  const placed =
    definitions.find(({ kind, chunk }) => kind === 'class' && chunk === node?.chunk) ??
    definitions.find(({ kind, chunk }) => kind === 'function' && chunk === given?.chunk);
  return placed && { name: placed.name, placed };
}

/** The statement of this file that makes a model of a library, under the name of what it calls: `resnet18`. */
function madeIn({ file }: ParsedFile, { madeAt, cls }: Instance): Pick<Candidate, 'name' | 'placed'> | undefined {
  let frame = madeAt;
  while (frame !== undefined && frame.node.chunk.file !== file) frame = frame.parent;
  if (frame === undefined) return undefined;
  const { node } = frame;
  return { name: calleeName(node) ?? cls.name, placed: node };
}
