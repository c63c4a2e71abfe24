import type { LayerInstance } from '../../source/sourceModel';
import { ms } from '../format';
import { t } from '../l10n';
import type { CallFacts } from './callFacts';
import type { ExportedModel, ModelFacts } from './evidence';
import type { WidthStep } from './widths';

/** Layers that a sentence names at most. */
const mostNames = 4;

/** That the exported model, or a plan for it, has another layer where the code has this call; `undefined` when it fits. */
export function staleText({ layers }: CallFacts, model: ExportedModel): string | undefined {
  const other = layers.find((layer) => layer.stale);
  if (!other?.exported) return undefined;
  const { name, weightDims, outputDims } = other.exported;
  const sizes = [weightDims.join('x'), outputDims.slice(1).join('x')];
  const planned = model.report?.layers.find((layer) => layer.name === name)?.rank;
  return planned === undefined
    ? t('{0} has a weight of {1} and an output of {2} here: export it again.', model.name, ...sizes)
    : t(
        'The newest plan gives this layer rank {0}, but {1} has a weight of {2} and an output of {3} here: export it again.',
        planned,
        model.name,
        ...sizes,
      );
}

/** What the exported model or its plan names and the code lacks, and the other way round. */
export function missingTexts({ model, exported }: ModelFacts): string[] {
  if (!exported) return [];
  const paths = new Set(model.layers.map(({ path }) => path));
  const present = new Set([...exported.layers].flatMap(([path, { name }]) => (paths.has(path) ? name : [])));
  const planned = (exported.report?.layers ?? []).filter(({ rank }) => rank !== undefined).map(({ name }) => name);
  const lost = planned.filter((name) => !present.has(name));
  const added = model.layers.filter(isExported).flatMap(({ path }) => (exported.layers.has(path) ? [] : [path]));
  return [
    ...(lost.length > 0
      ? [t('The newest plan for {0} names layers that the code lacks: {1}.', exported.name, names(lost))]
      : []),
    ...(added.length > 0
      ? [t('{0} lacks layers of the code: {1}. Export it again.', exported.name, names(added))]
      : []),
  ];
}

/** Whether an exporter writes a node for the layer that bears its name. */
function isExported({ kind, op, uses }: LayerInstance): boolean {
  return uses > 0 && (kind === 'convolution' || op === 'Linear' || op === 'Dense');
}

function names(all: readonly string[]): string {
  const shown = all.slice(0, mostNames).join(', ');
  return all.length > mostNames ? `${shown}, ${t('{0} more', all.length - mostNames)}` : shown;
}

/** That a width ends a little behind a full block of vectors, and how the block is known; with times where both were measured. */
export function wasteText(step: WidthStep): string {
  const { from, to, block, nowMs, ms: then } = step;
  const waste =
    nowMs === undefined || then === undefined
      ? t('{0} channels do not fill blocks of {1}; {2} do.', from, block, to)
      : t('{0} channels take {1}, {2} take {3}.', from, ms(nowMs), to, ms(then));
  return `${waste} ${originText(step)}`;
}

function originText({ block, origin, learntFrom }: WidthStep): string {
  if (origin === 'layer') return t('This layer was measured at several ranks: its times go in steps of {0}.', block);
  if (origin === 'assumed')
    return t('Blocks of {0} are an assumption: no step was measured on this device yet.', block);
  return learntFrom === 1
    ? t('A layer of this kind was measured on this device: its times go in steps of {0}.', block)
    : t('{0} layers of this kind were measured on this device: most times go in steps of {1}.', learntFrom, block);
}
