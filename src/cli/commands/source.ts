import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { RunError } from '../../runs/errors';
import { installedPackages } from '../../runs/installedPackages';
import { analyzeSource } from '../../source/analyze';
import type {
  FileReader,
  LayerInstance,
  Shape,
  SourceAnalysis,
  SourceModel,
  UnknownPoint,
} from '../../source/sourceModel';
import { perform, type CommonOptions } from '../action';
import { environmentOption, packagesOption, type EnvironmentOptions } from '../environmentOptions';
import { print, printJson, si, table } from '../output';

interface Options extends CommonOptions, EnvironmentOptions {
  readonly entry?: string[];
  readonly input?: number[][];
}

export function sourceCommand(): Command {
  return new Command('source')
    .description('read a Python model file, without running it: its layers, their shapes and what they cost')
    .argument('<file>', 'Python file with PyTorch or Keras models')
    .option('--entry <name...>', 'function, class or call to evaluate, such as resnet18 or "Net(10)"; all by default')
    .addOption(inputOption())
    .addOption(environmentOption())
    .addOption(packagesOption())
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise source model.py --entry resnet18 --input 1,3,224,224')
    .action(async (file: string, options: Options) =>
      perform(options, async () => {
        const path = resolve(file).replaceAll('\\', '/');
        if (!existsSync(path)) throw new RunError(`There is no file ${file}.`, 'Give the path of a Python file.');
        const { entry: entries, input: inputs, environment, packages: more } = options;
        const packages = installedPackages(path, environment, more);
        const analysis = analyzeSource(path, disk, { entries, inputs, packages });
        if (options.json) return printJson(summary(analysis));
        printModels(analysis, packages.folders);
      }),
    );
}

/** `--input 1,3,224,224` (or with x), repeated for several arguments of the model. */
function inputOption(): Option {
  return new Option('--input <sizes>', 'shape of an input with batch, such as 1,3,224,224; repeat for more').argParser(
    (text: string, before: number[][] | undefined) => {
      const sizes = text.split(/[x,]/).map(Number);
      if (sizes.some((size) => !Number.isInteger(size) || size < 1))
        throw new InvalidArgumentError('Write sizes such as 1,3,224,224.');
      return [...(before ?? []), sizes];
    },
  );
}

const disk: FileReader = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // A path that is no readable file is how the search for imports goes on.
      return undefined;
    }
  },
};

/** The line of the analysed file that makes a layer, also when the layer's own call stands in an imported file. */
function lineOf({ madeAt }: LayerInstance, file: string): number | null {
  return (madeAt.find((range) => range.file === file) ?? madeAt[0])?.line ?? null;
}

function summary({ file, models, unknown }: SourceAnalysis): unknown {
  return {
    models: models.map((model) => ({
      entry: model.entry,
      framework: model.framework,
      input: model.inputs === null ? null : model.inputs.length === 1 ? model.inputs[0] : model.inputs,
      inputFrom: model.inputNote,
      output: model.output,
      totals: { macs: model.totals.macs, params: model.totals.params },
      layers: model.layers.map((layer) => ({
        path: layer.path,
        op: layer.op,
        line: lineOf(layer, file),
        input: layer.input,
        output: layer.output,
        macs: layer.macs,
        params: layer.params,
      })),
      ...(model.failure === undefined ? {} : { failure: model.failure }),
    })),
    unknown: unknown.map(({ range, reason }) => ({ file: range.file, line: range.line, reason })),
  };
}

function shapeText(shape: Shape | null): string {
  return shape === null ? '-' : shape.map((size) => size ?? '?').join('x');
}

function countText(value: number | null): string {
  return value === null ? '?' : si(value);
}

function printModels(analysis: SourceAnalysis, folders: readonly string[]): void {
  const { models, unknown, file } = analysis;
  if (models.length === 0)
    print('No model was found. Name one with --entry, such as --entry Net or --entry "Net(10)".');
  for (const model of models) printModel(model, file);
  if (unknown.length === 0) return;
  print('Not evaluated:');
  const isInstalled = ({ range }: UnknownPoint): boolean =>
    folders.some((folder) => range.file.startsWith(`${folder}/`));
  for (const { range, reason } of unknown.filter((point) => !isInstalled(point)))
    print(`  ${range.file === file ? '' : `${range.file} `}line ${range.line}: ${reason}`);
  const inside = unknown.filter(isInstalled).length;
  if (inside > 0) print(`  ${inside} places in installed packages, which --json lists`);
}

function printModel(model: SourceModel, file: string): void {
  const inputs = model.inputs?.map((shape) => shapeText(shape)).join(', ') ?? 'unknown';
  print(`${model.entry}, input ${inputs}${model.inputNote === '' ? '' : ` (${model.inputNote})`}`);
  if (model.failure !== undefined) print(`  ${model.failure}`);
  print(
    table(model.layers, [
      { title: 'layer', value: ({ path }) => path },
      { title: 'op', value: ({ op }) => op },
      { title: 'line', value: (layer) => String(lineOf(layer, file) ?? '-'), right: true },
      { title: 'input', value: ({ input }) => shapeText(input) },
      { title: 'output', value: ({ output }) => shapeText(output) },
      { title: 'MACs', value: ({ macs }) => countText(macs), right: true },
      { title: 'parameters', value: ({ params }) => countText(params), right: true },
    ]),
  );
  const { totals } = model;
  const params = totals.params === null ? '?' : totals.params.toLocaleString('en');
  print(`${totals.layers} layers, ${countText(totals.macs)} MACs, ${params} parameters\n`);
}
