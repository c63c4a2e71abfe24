import { callCandidates, callSiteCandidate, definitionCandidates, namedCandidate, type Candidate } from './entryPoints';
import { evaluateModel, type Evaluated } from './evaluateModel';
import { indexOf } from './evaluate/moduleIndex';
import { Files } from './evaluate/workspace';
import { directivesOf, type Directive } from './inputs';
import { withKept } from './keep';
import { presented } from './present';
import type { AnalysisOptions, FileReader, SourceAnalysis } from './sourceModel';
import { Parser, type ParsedFile } from './syntax/parse';

/** Most models that one file is asked for. */
const maximumModels = 60;

/**
 * What is kept between analyses: syntax trees and evaluated models. Give the same memory to every analysis of a workspace; a
 * model is evaluated anew only when a statement that it looked at has changed.
 */
export class AnalysisMemory {
  readonly parser = new Parser();
  /** By file and entry. */
  readonly evaluated = new Map<string, Evaluated>();
  /** The newest analysis of each file, with the text its offsets belong to. */
  readonly latest = new Map<string, { text: string; analysis: SourceAnalysis }>();
}

/**
 * Reads a Python file and finds its models, their layers and costs. It never runs Python and never throws: what cannot be
 * evaluated is listed as unknown with a reason.
 */
export function analyzeSource(
  file: string,
  reader: FileReader,
  options: AnalysisOptions = {},
  memory: AnalysisMemory = new AnalysisMemory(),
): SourceAnalysis {
  try {
    return analyzeFile(file, reader, options, memory);
  } catch (error) {
    // Code nested beyond the depth of the stack; the models of the text before stay shown.
    const before = memory.latest.get(file)?.analysis;
    const range = { file, from: 0, to: 0, line: 1 };
    const reason = error instanceof RangeError ? 'nested too deeply' : `not analysed: ${String(error)}`;
    return { ...(before ?? nothing(file)), unknown: [{ range, reason }], incomplete: true };
  }
}

function nothing(file: string): SourceAnalysis {
  return { file, models: [], calls: [], definitions: [], unknown: [], files: [file], incomplete: false };
}

function analyzeFile(
  file: string,
  reader: FileReader,
  options: AnalysisOptions,
  memory: AnalysisMemory,
): SourceAnalysis {
  const files = new Files(memory.parser, reader, options.searchPaths ?? []);
  const parsed = files.open(file);
  if (parsed === undefined) return nothing(file);
  const found = findModels(new Evaluation(files, parsed, options, memory));
  const fresh = presented(parsed, files, found);
  const before = memory.latest.get(file);
  const kept = before === undefined ? fresh : withKept(before.analysis, before.text, fresh, parsed);
  // While a name is typed, a text can be whole for a moment and mean nothing known: what was there before is still remembered.
  const passing = fresh.incomplete || fresh.unknown.length > 0;
  memory.latest.set(file, { text: parsed.text, analysis: passing ? kept : fresh });
  return fresh.incomplete ? kept : fresh;
}

class Evaluation {
  readonly directives: readonly Directive[];

  constructor(
    readonly files: Files,
    readonly parsed: ParsedFile,
    readonly options: AnalysisOptions,
    readonly memory: AnalysisMemory,
  ) {
    this.directives = directivesOf(parsed);
  }

  /** Evaluates a candidate, or takes what is known of it while nothing it looked at has changed. */
  evaluate(candidate: Candidate): Evaluated {
    const inputs = this.inputsFor(candidate.name);
    const { inputs: given, stepLimit, searchPaths } = this.options;
    const key = JSON.stringify([
      this.parsed.file,
      candidate.foundBy,
      candidate.name,
      inputs,
      given,
      stepLimit,
      searchPaths,
    ]);
    const known = this.memory.evaluated.get(key);
    if (known !== undefined && known.candidate.placed.chunk === candidate.placed.chunk && this.holds(known))
      return known;
    const evaluated = evaluateModel(this.files, this.parsed, candidate, this.options, inputs);
    this.memory.evaluated.set(key, evaluated);
    return evaluated;
  }

  private holds({ touched }: Evaluated): boolean {
    return touched.holds((file) => {
      const parsed = this.files.open(file);
      return parsed === undefined ? undefined : indexOf(parsed);
    });
  }

  private inputsFor(name: string): Directive['inputs'] {
    const own = this.directives.find(({ definition, inputs }) => definition === name && inputs !== undefined);
    const general = this.directives.find(({ definition, inputs }) => definition === undefined && inputs !== undefined);
    return (own ?? general)?.inputs;
  }
}

function findModels(evaluation: Evaluation): Evaluated[] {
  const { parsed, options, memory, directives } = evaluation;
  const named = options.entries ?? [];
  const fromComments = directives.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  if (named.length > 0 || fromComments.length > 0) {
    const foundBy = named.length > 0 ? 'option' : 'comment';
    return (named.length > 0 ? named : fromComments).map((text) =>
      evaluation.evaluate(namedCandidate(memory.parser, parsed, text, foundBy)),
    );
  }
  const { factories, classes } = definitionCandidates(parsed);
  const models: Evaluated[] = [];
  const names = new Set<string>();
  const add = (candidates: readonly Candidate[]): void => {
    for (const candidate of candidates) {
      if (models.length >= maximumModels || names.has(candidate.name)) continue;
      const evaluated = evaluation.evaluate(candidate);
      if (evaluated.collected === undefined || evaluated.collected.layers.length === 0) continue;
      names.add(candidate.name);
      models.push(evaluated);
    }
  };
  add(callCandidates(parsed));
  add(factories);
  const used = (): Set<string> => usedClasses(parsed, models);
  let known = used();
  const open: Candidate[] = [];
  // The last class of a file is usually the whole model; the ones before are its parts.
  for (const candidate of [...classes].reverse()) {
    if (known.has(candidate.name)) continue;
    const count = models.length;
    add([candidate]);
    if (models.length > count) known = used();
    else open.push(candidate);
  }
  for (const candidate of open) {
    if (known.has(candidate.name) || names.has(candidate.name)) continue;
    const site = callSiteCandidate(parsed, candidate.name, candidate.placed);
    if (site === undefined) continue;
    const count = models.length;
    add([site]);
    if (models.length > count) known = used();
  }
  return models.sort((a, b) => positionOf(a) - positionOf(b));
}

function positionOf({ candidate: { placed } }: Evaluated): number {
  return placed.chunk.start + placed.statement.from;
}

/** Names of the file's classes that the models found so far are made of. */
function usedClasses(parsed: ParsedFile, models: readonly Evaluated[]): Set<string> {
  const used = new Set<string>();
  const places = new Map<string, string>();
  for (const { chunk, statement } of indexOf(parsed).definitions)
    if (statement.kind === 'class') places.set(`${chunk.start}:${statement.from}`, statement.name);
  for (const { collected } of models)
    for (const { chunk, from } of collected?.uses ?? []) {
      const name = chunk.file === parsed.file ? places.get(`${chunk.start}:${from}`) : undefined;
      if (name !== undefined) used.add(name);
    }
  return used;
}
