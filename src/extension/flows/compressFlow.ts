import type * as vscode from 'vscode';
import type { CompressionRequest, SearchKind } from '../../protocol/runs';
import { budgetExamples } from '../../protocol/budgetText';
import type { App } from '../app';
import { defaultRequest, knownData } from '../compression';
import { t } from '../l10n';
import { askPick, askText } from './ask';
import { noData, pickDataStep } from './dataPicker';
import { describeData } from './dataSpec';
import { pickModelStep } from './modelPicker';
import { back, runSteps, type Position, type Step } from './steps';
import { budgetProblem, maxDropProblem, wholeProblem } from './validate';

interface Answers {
  readonly model?: vscode.Uri;
  readonly request?: CompressionRequest;
  /** Whether the search is to be set too. */
  readonly adjust?: boolean;
}

export interface Wish {
  readonly model: vscode.Uri;
  readonly request: CompressionRequest;
}

type Ask = Step<Answers>;

/**
 * Asks what a compression needs, step by step; undefined when the user gives up.
 * @param searchOnly only the plan is looked for: nothing is fine-tuned
 */
export async function askCompression(
  app: App,
  title: string,
  given: vscode.Uri | undefined,
  searchOnly: boolean,
): Promise<Wish | undefined> {
  const start: Answers = given ? { model: given, request: await initialRequest(app, given, searchOnly) } : {};
  const first: Ask[] = given ? [] : [modelStep(app, title, searchOnly)];
  const answers = await runSteps(start, ({ request, adjust }) => [
    ...first,
    dataStep(app, title),
    resourceStep(title),
    amountStep(title),
    ...(request?.data && !searchOnly ? [maxDropStep(title)] : []),
    startStep(title, searchOnly),
    ...(adjust ? [searchStep(title), ...(request?.data ? epochSteps(title, searchOnly) : [])] : []),
  ]);
  return answers?.model && answers.request && { model: answers.model, request: answers.request };
}

async function initialRequest(app: App, model: vscode.Uri, searchOnly: boolean): Promise<CompressionRequest> {
  const request = await defaultRequest(app, model);
  return searchOnly ? { ...request, epochs: 0, maxDrop: undefined } : request;
}

function modelStep(app: App, title: string, searchOnly: boolean): Ask {
  return async (state, position) => {
    const model = await pickModelStep(app, title, t('Model to make faster'), position);
    if (model === undefined || model === back) return model;
    return { ...state, model, request: await initialRequest(app, model, searchOnly) };
  };
}

function dataStep(app: App, title: string): Ask {
  return async (state, position) => {
    const known = state.model ? knownData(app, state.model) : [];
    const data = await pickDataStep(title, known, position);
    return typeof data === 'string' ? changed(state, { data: data === noData ? undefined : data }) : data;
  };
}

function resourceStep(title: string): Ask {
  return async (state, position) => {
    const budget = state.request?.budget;
    const resource = await askPick({
      ...position,
      title,
      placeholder: t('What the budget is on'),
      items: [
        {
          label: t('Latency'),
          detail: t('Time of one forward pass, measured on this device'),
          value: 'latency' as const,
        },
        { label: t('MACs'), detail: t('Multiply-accumulates'), value: 'macs' as const },
        { label: t('Parameters'), detail: t('Number of weights'), value: 'params' as const },
        { label: t('Bytes'), detail: t('Size of the weights'), value: 'bytes' as const },
      ],
      active: budget?.resource,
    });
    return typeof resource === 'string' ? changed(state, { budget: { resource, text: budget?.text ?? '' } }) : resource;
  };
}

function amountStep(title: string): Ask {
  return async (state, position) => {
    const { resource, text } = state.request?.budget ?? { resource: 'latency' as const, text: '' };
    const amount = await askText({
      ...position,
      title,
      prompt: t('A share of what the model costs now, or an amount: {0}', budgetExamples[resource]),
      value: budgetProblem(resource, text) ? '0.5x' : text,
      problem: (typed) => budgetProblem(resource, typed),
    });
    return typeof amount === 'string' ? changed(state, { budget: { resource, text: amount } }) : amount;
  };
}

function maxDropStep(title: string): Ask {
  return async (state, position) => {
    const answer = await askText({
      ...position,
      title,
      prompt: t('Points of accuracy (or dB) that may be lost'),
      value: String(state.request?.maxDrop ?? 1),
      problem: maxDropProblem,
    });
    return typeof answer === 'string' ? changed(state, { maxDrop: Number(answer.replace(',', '.')) }) : answer;
  };
}

function startStep(title: string, searchOnly: boolean): Ask {
  return async (state, position) => {
    const { request } = state;
    const answer = await askPick({
      ...position,
      title,
      placeholder: t('Ready'),
      items: [
        {
          label: searchOnly ? t('Start the Search') : t('Start'),
          iconPath: undefined,
          detail: request && summary(request),
          value: false,
        },
        { label: t('Adjust the Search...'), detail: t('Method and epochs'), value: true },
      ],
    });
    return typeof answer === 'boolean' ? { ...state, adjust: answer } : answer;
  };
}

/** What is about to be done, in one line. */
function summary({ data, budget, search, searchEpochs, epochs }: CompressionRequest): string {
  const way = data
    ? t('{0} search for {1} epochs, fine-tuned for {2}', search ?? '', searchEpochs ?? 0, epochs ?? 0)
    : t('ranks from the weights alone');
  return `${budget.text} ${budget.resource}, ${data ? describeData(data).label : t('no data')}, ${way}`;
}

function searchStep(title: string): Ask {
  return async (state, position) => {
    const search = await askPick<SearchKind>({
      ...position,
      title,
      placeholder: t('How the plan is found'),
      items: [
        {
          label: 'HALOC',
          detail: t('Ranks and weights trained together, with measured latency in the loss'),
          value: 'haloc',
        },
        { label: 'Knapsack', detail: t('Exact, for the error that each rank makes by itself'), value: 'knapsack' },
        { label: 'Greedy', detail: t('Lowers the rank that costs least, again and again'), value: 'greedy' },
        { label: 'Uniform', detail: t('The same share of every layer'), value: 'uniform' },
      ],
      active: state.request?.search,
    });
    return typeof search === 'string' ? changed(state, { search }) : search;
  };
}

function epochSteps(title: string, searchOnly: boolean): Ask[] {
  const step =
    (prompt: string, key: 'searchEpochs' | 'epochs', least: number): Ask =>
    async (state: Answers, position: Position) => {
      const answer = await askText({
        ...position,
        title,
        prompt,
        value: String(state.request?.[key] ?? least),
        problem: (text) => wholeProblem(text, least),
      });
      return typeof answer === 'string' ? changed(state, { [key]: Number(answer) }) : answer;
    };
  return [
    step(t('Passes over the data while searching'), 'searchEpochs', 1),
    ...(searchOnly ? [] : [step(t('Passes over the data to fine-tune'), 'epochs', 0)]),
  ];
}

function changed(state: Answers, change: Partial<CompressionRequest>): Answers {
  return { ...state, request: state.request && { ...state.request, ...change } };
}
