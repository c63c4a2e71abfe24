import type { Evaluated } from './evaluateModel';
import { Files } from './evaluate/workspace';
import { Evaluation, findModels } from './findModels';
import { ofEntry, withKept } from './keep';
import { presented } from './present';
import type { AnalysisOptions, FileReader, SourceAnalysis } from './sourceModel';
import { Parser, type ParsedFile } from './syntax/parse';

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
    return new Analysis(file, reader, options, memory).whole();
  } catch (error) {
    return failed(file, memory, error);
  }
}

/**
 * The same in steps: first the analysis of one model alone, `options.first` or the first that is found, then the same again
 * after each further model, at last that of all. Whoever has somebody waiting takes the first and goes on when there is time;
 * steps of an older text must not go on once a newer one is analysed with the same memory.
 */
export function* analyzeInSteps(
  file: string,
  reader: FileReader,
  options: AnalysisOptions = {},
  memory: AnalysisMemory = new AnalysisMemory(),
): Generator<SourceAnalysis, SourceAnalysis> {
  try {
    return yield* new Analysis(file, reader, options, memory).steps();
  } catch (error) {
    return failed(file, memory, error);
  }
}

/** After code nested beyond the depth of the stack; the models of the text before stay shown. */
function failed(file: string, memory: AnalysisMemory, error: unknown): SourceAnalysis {
  const before = memory.latest.get(file)?.analysis;
  const range = { file, from: 0, to: 0, line: 1 };
  const reason = error instanceof RangeError ? 'nested too deeply' : `not analysed: ${String(error)}`;
  return { ...(before ?? nothing(file)), unknown: [{ range, reason }], incomplete: true };
}

function nothing(file: string): SourceAnalysis {
  return { file, models: [], calls: [], definitions: [], unknown: [], files: [file], incomplete: false };
}

/** One analysis of one text. */
class Analysis {
  private readonly files: Files;
  private readonly parsed: ParsedFile | undefined;
  /** The analysis before this one, with its text. */
  private readonly before: { text: string; analysis: SourceAnalysis } | undefined;
  /** All that was evaluated, models or not. */
  private readonly tried: Evaluated[] = [];

  constructor(
    private readonly file: string,
    reader: FileReader,
    private readonly options: AnalysisOptions,
    private readonly memory: AnalysisMemory,
  ) {
    this.files = new Files(memory.parser, reader, options.searchPaths ?? [], options.packages);
    this.parsed = this.files.open(file);
    this.before = memory.latest.get(file);
  }

  whole(): SourceAnalysis {
    const steps = this.search();
    for (;;) {
      const { done, value } = steps.next();
      if (done) return this.result(value);
      this.tried.push(value);
    }
  }

  *steps(): Generator<SourceAnalysis, SourceAnalysis> {
    const steps = this.search();
    let alone: SourceAnalysis | undefined;
    for (;;) {
      const { done, value } = steps.next();
      if (done) return this.result(value);
      this.tried.push(value);
      // What fails while it is typed may be known from before; otherwise another model is looked for.
      if (alone === undefined && (isUsable(value) || this.isKept(value))) alone = this.result([value], value);
      if (alone !== undefined) yield alone;
    }
  }

  private search(): Generator<Evaluated, Evaluated[]> {
    const { files, parsed, options, memory } = this;
    return parsed === undefined ? noModels() : findModels(new Evaluation(files, parsed, options, memory));
  }

  private isKept({ candidate }: Evaluated): boolean {
    const known = this.before?.analysis.models.some(
      ({ entry, layers }) => entry === candidate.name && layers.length > 0,
    );
    return known === true && this.parsed?.incomplete === true;
  }

  /** What was found, with what is kept from before the text became unfinished; of all models or of one alone. */
  private result(models: readonly Evaluated[], only?: Evaluated): SourceAnalysis {
    const { parsed, before, file } = this;
    if (parsed === undefined) return nothing(file);
    const fresh = presented(
      parsed,
      this.files,
      models.filter((one) => one !== only || isUsable(one)),
      // Where nothing gave a model, the reasons tell why.
      models.length === 0 ? this.tried : [],
    );
    const known = before && (only ? ofEntry(before.analysis, only.candidate.name) : before.analysis);
    const kept = before && known ? withKept(known, before.text, fresh, parsed) : fresh;
    // While a name is typed, a text can be whole for a moment and mean nothing known: what was there before is still remembered.
    const passing = fresh.incomplete || models.some(({ unknown }) => unknown.length > 0);
    this.memory.latest.set(file, { text: parsed.text, analysis: passing ? kept : fresh });
    return fresh.incomplete ? kept : fresh;
  }
}

function* noModels(): Generator<Evaluated, Evaluated[]> {
  return [];
}

/** Whether it has layers whose costs can be shown. */
function isUsable({ collected }: Evaluated): boolean {
  return collected?.layers.some(({ facts }) => facts.kind !== 'elementwise') ?? false;
}
