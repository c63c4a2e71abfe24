import type { JSX } from 'preact';
import type { CompressionRequest, SearchKind } from '../../../src/protocol/runs';
import { Button, Select, TextField } from '../../ui/controls';
import { t } from '../../ui/text';
import { usePage, type ModelPage } from '../modelPage';
import { change, type FormDraft } from '../viewState';
import { deviceName } from '../words';
import { readBudget, type Resource } from './budget';
import { numberProblem, requestOf } from './request';
import { SearchSummary } from './SearchSummary';
import { UnfinishedRuns } from './UnfinishedRuns';

const noData = '';

/** What a search is asked for; every value has one that suits, so that one press starts it. */
export function SearchForm(): JSX.Element | null {
  const page = usePage();
  const now = page.plan.model.value?.now;
  const { form } = page.view.value;
  const request = requestOf(page, form);
  if (!now) return null;
  const set = (part: FormDraft): void => change(page.view, { form: { ...form, ...part } });
  const budget = readBudget(request.budget.resource, request.budget.text, now);
  const problems = {
    maxDrop: numberProblem(request.maxDrop, 0),
    searchEpochs: numberProblem(request.searchEpochs, 1),
    epochs: numberProblem(request.epochs, 0),
    seed: numberProblem(request.seed, 0),
  };
  const ready = !budget.problem && Object.values(problems).every((problem) => problem === undefined);
  return (
    <form
      class="search-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void page.runs.begin(request);
      }}
    >
      <div class="fields">
        <h2>{t('Budget')}</h2>
        <Select
          label={t('Of what')}
          value={request.budget.resource}
          options={[
            { value: 'latency', label: t('Latency') },
            { value: 'macs', label: t('MACs') },
            { value: 'params', label: t('Parameters') },
            { value: 'bytes', label: t('Bytes of weights') },
          ]}
          onChange={(resource) => set({ budget: { text: request.budget.text, resource: resource as Resource } })}
        />
        <TextField
          label={t('At most')}
          value={request.budget.text}
          problem={budget.problem}
          onInput={(text) => set({ budget: { resource: request.budget.resource, text } })}
        />
        <DeviceField page={page} request={request} set={set} />
        <h2>{t('Task')}</h2>
        <DataField page={page} data={request.data} set={set} />
        <NumberField
          label={t('Largest drop, points')}
          value={request.maxDrop}
          problem={problems.maxDrop}
          onNumber={(maxDrop) => set({ maxDrop })}
        />
        <h2>{t('Method')}</h2>
        <Select
          wide
          label={t('Search')}
          value={request.search ?? 'haloc'}
          hint={searchHint(request.search ?? 'haloc')}
          options={[
            { value: 'haloc', label: t('HALOC: by gradient descent') },
            { value: 'knapsack', label: t('Knapsack: exact, layers apart') },
            { value: 'greedy', label: t('Greedy') },
            { value: 'uniform', label: t('Uniform: one share for all layers') },
          ]}
          onChange={(search) => set({ search: search as SearchKind })}
        />
        <NumberField
          label={t('Seed')}
          value={request.seed}
          problem={problems.seed}
          onNumber={(seed) => set({ seed })}
        />
        <NumberField
          label={t('Search, epochs')}
          value={request.searchEpochs}
          problem={problems.searchEpochs}
          onNumber={(searchEpochs) => set({ searchEpochs })}
        />
        <NumberField
          label={t('Fine-tuning, epochs')}
          value={request.epochs}
          problem={problems.epochs}
          onNumber={(epochs) => set({ epochs })}
        />
      </div>
      <div class="beside-form">
        <SearchSummary request={request} budget={budget} />
        <div class="actions">
          <Button
            disabled={!ready || !page.start.trusted}
            title={page.start.trusted ? undefined : t('A search runs the model and needs a trusted workspace.')}
            onClick={() => void page.runs.begin(request)}
          >
            {t('Start Search')}
          </Button>
        </div>
        <UnfinishedRuns />
      </div>
    </form>
  );
}

interface PartProps {
  readonly page: ModelPage;
  readonly set: (part: FormDraft) => void;
}

function DeviceField({ page, request, set }: PartProps & { readonly request: CompressionRequest }): JSX.Element {
  const own = request.device ?? page.start.device;
  const devices = [own, page.start.device, { provider: 'cpu' as const, threads: 1 }];
  for (const { provider, available } of page.store.devices.value) {
    if (available && provider !== 'cpu') devices.push({ provider, threads: 1 });
  }
  const byKey = new Map(devices.map((device) => [`${device.provider}/${device.threads}`, device]));
  const missing = page.store.devices.value.filter(({ available }) => !available);
  return (
    <Select
      label={t('Device')}
      value={`${own.provider}/${own.threads}`}
      options={[...byKey].map(([value, device]) => ({ value, label: deviceName(device) }))}
      hint={
        missing.length === 0
          ? undefined
          : t('Not here: {0}', missing.map(({ provider }) => provider.toUpperCase()).join(', '))
      }
      onChange={(value) => set({ device: byKey.get(value) })}
    />
  );
}

function DataField({ page, data, set }: PartProps & { readonly data?: string }): JSX.Element {
  const names = [...new Set([...(data ? [data] : []), ...page.start.dataSets])];
  const choose = async (): Promise<void> => {
    const answer = await page.client.request('chooseData', {});
    if (answer) set({ data: answer.data });
  };
  return (
    <div class="data-field">
      <Select
        label={t('Data')}
        value={data ?? noData}
        options={[
          ...names.map((name) => ({ value: name, label: name })),
          { value: noData, label: t('None: accuracy is not verified') },
        ]}
        onChange={(value) => set({ data: value === noData ? undefined : value })}
      />
      <Button secondary onClick={() => void choose()}>
        {t('Choose...')}
      </Button>
    </div>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly problem?: string;
  readonly onNumber: (value: number | undefined) => void;
}

/** What is no number is kept as NaN, so that it can be marked. */
function NumberField({ label, value, problem, onNumber }: NumberFieldProps): JSX.Element {
  const shown = value === undefined || Number.isNaN(value) ? '' : String(value);
  return (
    <TextField
      label={label}
      value={shown}
      problem={problem}
      onInput={(text) => onNumber(text.trim() === '' ? NaN : Number(text))}
    />
  );
}

function searchHint(search: SearchKind): string {
  switch (search) {
    case 'haloc':
      return t('Trains probabilities of ranks together with the weights. Best result, minutes.');
    case 'knapsack':
      return t('Least sum of errors within the budget. Seconds.');
    case 'greedy':
      return t('Step by step where the budget gains most for the error. Seconds.');
    case 'uniform':
      return t('The baseline that others are compared with.');
    case 'evbmf':
      return t('Ranks estimated from the noise in the weights. A baseline.');
  }
}
