import type { JSX } from 'preact';
import type { SiteSummary } from '../../../src/protocol/model';
import { Button, TextField } from '../../ui/controls';
import { Slider } from '../../ui/Slider';
import { t } from '../../ui/text';
import { useState } from 'preact/hooks';
import { usePage } from '../modelPage';
import { timeAt, type Known } from '../whatIf';
import { timeText } from '../words';

interface RankControlProps {
  readonly known: Known;
  readonly site: SiteSummary;
  readonly excluded: boolean;
}

/** Tries a rank: by slider, by typing, or by one of the ranks that the device likes; and pins it. */
export function RankControl({ known, site, excluded }: RankControlProps): JSX.Element {
  const { plan } = usePage();
  const { name } = known.layer;
  const rank = plan.ranks.value.get(name)?.rank;
  const pinned = plan.pinned.value[name];
  const candidates = known.staircase?.candidates ?? [];
  const tried = plan.tried(name);
  const at = (value: number): string => {
    const time = timeAt(known, value);
    return time ? t('rank {0}, {1}', value, timeText(time)) : t('rank {0}', value);
  };
  return (
    <section class="rank-control" aria-labelledby="rank-title">
      <div class="row">
        <h3 id="rank-title">{t('Rank')}</h3>
        <RankField key={name} rank={rank} site={site} onRank={(value) => plan.try(name, value)} />
        <span class="quiet">{t('of {0}', site.fullRank)}</span>
        <span class="grow" />
        {pinned !== undefined && pinned === rank && tried === undefined ? (
          <Button secondary onClick={() => plan.pin(name, undefined)}>
            {t('Unpin')}
          </Button>
        ) : (
          <Button
            secondary
            disabled={rank === undefined || excluded}
            title={t('Every search keeps this rank')}
            onClick={() => plan.pin(name, rank)}
          >
            {rank === undefined ? t('Pin') : t('Pin {0}', rank)}
          </Button>
        )}
      </div>
      <Slider
        label={t('Rank of {0}', name)}
        min={1}
        max={site.fullRank}
        value={rank ?? site.fullRank}
        valueText={rank === undefined ? t('full, kept as it is') : at(rank)}
        stops={candidates}
        beyond={site.breakEvenRank}
        onInput={(value) => plan.try(name, value)}
      />
      <div class="chips" role="group" aria-label={t('Ranks this device likes')}>
        {candidates.map((candidate) => (
          <button
            key={candidate}
            type="button"
            class="chip"
            aria-pressed={candidate === rank}
            title={at(candidate)}
            onClick={() => plan.try(name, candidate)}
          >
            {candidate}
          </button>
        ))}
        <button type="button" class="chip" aria-pressed={rank === undefined} onClick={() => plan.try(name, null)}>
          {t('keep')}
        </button>
        {rank !== undefined && rank > site.breakEvenRank && (
          <span class="warn">{t('Above rank {0} it takes more MACs than the layer.', site.breakEvenRank)}</span>
        )}
      </div>
    </section>
  );
}

interface RankFieldProps {
  readonly rank: number | undefined;
  readonly site: SiteSummary;
  readonly onRank: (rank: number) => void;
}

/** The rank as a number that can be typed. What is no rank of the layer is marked and changes nothing. */
function RankField({ rank, site, onRank }: RankFieldProps): JSX.Element {
  const [typed, setTyped] = useState<string>();
  const shown = rank === undefined ? t('full') : String(rank);
  const valid = (text: string): boolean => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= site.fullRank;
  const invalid = typed !== undefined && !valid(typed);
  return (
    <TextField
      quiet
      class="rank-field"
      label={t('Rank, 1 to {0}', site.fullRank)}
      value={invalid ? typed : shown}
      problem={invalid ? t('1 to {0}', site.fullRank) : undefined}
      onInput={(text) => {
        setTyped(text === shown ? undefined : text);
        if (valid(text)) onRank(Number(text));
      }}
    />
  );
}
