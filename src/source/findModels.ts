import { callCandidates, callSiteCandidate, definitionCandidates, namedCandidate, type Candidate } from './entryPoints';
import { evaluateModel, type Evaluated } from './evaluateModel';
import { indexOf } from './evaluate/moduleIndex';
import type { Files } from './evaluate/workspace';
import { directivesOf, writtenInputs, type Directive } from './inputs';
import { programCandidates } from './programModels';
import type { AnalysisOptions } from './sourceModel';
import type { ParsedFile, Parser } from './syntax/parse';

/** Most models that one file is asked for. */
const maximumModels = 60;

/** What evaluations share with those before them. */
export interface EvaluationMemory {
  readonly parser: Parser;
  /** By file and entry. */
  readonly evaluated: Map<string, Evaluated>;
}

/** Evaluates the candidates of one text, or takes what is known of them while nothing they looked at has changed. */
export class Evaluation {
  readonly directives: readonly Directive[];

  constructor(
    readonly files: Files,
    readonly parsed: ParsedFile,
    readonly options: AnalysisOptions,
    readonly memory: EvaluationMemory,
  ) {
    this.directives = directivesOf(parsed);
  }

  evaluate(candidate: Candidate): Evaluated {
    const inputs = candidate.identify ? this.directives.map((each) => each.inputs) : this.inputsFor(candidate.name);
    const { inputs: given, stepLimit, searchPaths, packages } = this.options;
    const key = JSON.stringify([
      this.parsed.file,
      candidate.foundBy,
      candidate.name,
      inputs,
      writtenInputs(this.parsed).key,
      given,
      stepLimit,
      searchPaths,
      packages,
    ]);
    const known = this.memory.evaluated.get(key);
    if (known !== undefined && known.asked.placed.chunk === candidate.placed.chunk && this.holds(known)) return known;
    const evaluated = evaluateModel(this.files, this.parsed, candidate, this.options, (name) => this.inputsFor(name));
    this.memory.evaluated.set(key, evaluated);
    return evaluated;
  }

  private holds({ touched }: Evaluated): boolean {
    return touched.holds(
      (file) => {
        const parsed = this.files.open(file);
        return parsed === undefined ? undefined : indexOf(parsed);
      },
      (name, level, from) => this.files.locate(name, level, from),
    );
  }

  private inputsFor(name: string): Directive['inputs'] {
    const own = this.directives.find(({ definition, inputs }) => definition === name && inputs !== undefined);
    const general = this.directives.find(({ definition, inputs }) => definition === undefined && inputs !== undefined);
    return (own ?? general)?.inputs;
  }
}

/** Yields what is evaluated, the wanted one first; returns the models by their places. */
export function* findModels(evaluation: Evaluation): Generator<Evaluated, Evaluated[]> {
  const { parsed, options, memory, directives } = evaluation;
  const named = options.entries ?? [];
  const fromComments = directives.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  if (named.length > 0 || fromComments.length > 0) {
    const foundBy = named.length > 0 ? 'option' : 'comment';
    const models: Evaluated[] = [];
    for (const text of wantedFirst(named.length > 0 ? named : fromComments, options.first)) {
      const evaluated = evaluation.evaluate(namedCandidate(memory.parser, parsed, text, foundBy));
      yield evaluated;
      models.push(evaluated);
    }
    return models;
  }
  const { factories, classes } = definitionCandidates(parsed);
  const { own, imported } = callCandidates(parsed);
  const wanted = [...own, ...factories, ...imported, ...classes].find(({ name }) => name === options.first);
  // Kept in the memory, it costs nothing when its turn comes.
  if (wanted !== undefined) yield evaluation.evaluate(wanted);
  const models: Evaluated[] = [];
  const names = new Set<string>();
  const take = (evaluated: Evaluated): void => {
    const { name } = evaluated.candidate;
    if (names.has(name) || evaluated.collected === undefined || evaluated.collected.layers.length === 0) return;
    names.add(name);
    models.push(evaluated);
  };
  const add = function* (candidates: readonly Candidate[]): Generator<Evaluated, void> {
    for (const candidate of candidates) {
      if (models.length >= maximumModels || names.has(candidate.name)) continue;
      const evaluated = evaluation.evaluate(candidate);
      yield evaluated;
      take(evaluated);
    }
  };
  yield* add([...own, ...factories, ...imported]);
  const used = (): Set<string> => usedClasses(parsed, models);
  let known = used();
  const open: Candidate[] = [];
  // The last class of a file is usually the whole model; the ones before are its parts.
  for (const candidate of [...classes].reverse()) {
    if (known.has(candidate.name)) continue;
    const count = models.length;
    yield* add([candidate]);
    if (models.length > count) known = used();
    else open.push(candidate);
  }
  for (const candidate of open) {
    if (known.has(candidate.name) || names.has(candidate.name)) continue;
    const site = callSiteCandidate(parsed, candidate.name, candidate.placed);
    if (site === undefined) continue;
    const count = models.length;
    yield* add([site]);
    if (models.length > count) known = used();
  }
  known = used();
  // What has arguments that only the program knows, and is part of no model that was found.
  const left = open.some(({ name }) => !names.has(name) && !known.has(name));
  for (const candidate of left || models.length === 0 ? programCandidates(parsed) : []) {
    const evaluated = evaluation.evaluate(candidate);
    yield evaluated;
    if (evaluated.collected === undefined) break;
    take(evaluated);
  }
  return models.sort((a, b) => positionOf(a) - positionOf(b));
}

function wantedFirst(names: readonly string[], wanted: string | undefined): readonly string[] {
  return wanted === undefined ? names : [...names].sort((a, b) => Number(b === wanted) - Number(a === wanted));
}

function positionOf({ candidate: { placed } }: Evaluated): number {
  return placed.chunk.start + placed.statement.from;
}

/** Names of the file's classes that the models found so far are made of. */
function usedClasses(parsed: ParsedFile, models: readonly Evaluated[]): Set<string> {
  const used = new Set<string>();
  const classes = new Map(indexOf(parsed).definitions.map((placed) => [placed.chunk, placed]));
  for (const { collected } of models)
    for (const { chunk, from } of collected?.uses ?? []) {
      const placed = classes.get(chunk);
      if (placed?.kind === 'class' && placed.statement.from === from) used.add(placed.name);
    }
  return used;
}
