import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Badge, type BadgeColor, Combobox, Text, useStyles2 } from '@grafana/ui';
import { useId, useState } from 'react';
import { useTrainingStats } from '../../data/adminHooks';
import type { Drift, DriftProfile, DriftStatus } from '../../data/drift';
import { ArgusError } from '../../data/errors';
import { useDrift } from '../../data/watchHooks';
import { formatDuration, NOT_KNOWN } from '../../shared/format';
import { Card } from '../components/Card';
import { counted, formatMoment, percent } from '../components/format';
import { Meter } from '../components/Meter';
import { QueryState } from '../components/QueryState';
import { TEST_IDS } from '../testIds';
import { DriftTable } from './DriftTable';
import { driftProfileLabel, rowsOf, SIGNALS, STATUS_LABELS, signalLabel, worstProfile } from './drift';
import { figureTable } from './figureTable';
import { outcomeLabel } from './PastTrainings';

const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3600;
/** A score is at most 1. */
const SCORE_SCALE = 1;
const SIGNAL_SCALE = 2;

const DRIFT_TRIGGER = 'drift';

const LOOKS: Readonly<
  Record<
    DriftStatus,
    { readonly icon: 'clock-nine' | 'check' | 'exclamation-triangle'; readonly color: BadgeColor }
  >
> = {
  learning: { icon: 'clock-nine', color: 'blue' },
  quiet: { icon: 'check', color: 'green' },
  drifting: { icon: 'exclamation-triangle', color: 'orange' },
};

function withoutDrift(error: Error) {
  if (!(error instanceof ArgusError) || error.kind !== 'unsupported') return undefined;
  return (
    <Text color="secondary">This version of the backend does not watch for drift; update Argus for it.</Text>
  );
}

/** Whether the world is still as the model knows it, and on what evidence. */
export const DriftCard = ({ timeZone }: { readonly timeZone: string }) => {
  const drift = useDrift();
  return (
    <Card
      title="Drift"
      description="Whether servers still behave as they did when the model came into use. A drift that lasts asks for a training."
      testId={TEST_IDS.drift}
    >
      <QueryState query={drift} what="the drift" onError={withoutDrift}>
        {(data) => <State drift={data} timeZone={timeZone} />}
      </QueryState>
    </Card>
  );
};

interface StateProps {
  readonly drift: Drift;
  readonly timeZone: string;
}

const State = ({ drift, timeZone }: StateProps) => {
  const styles = useStyles2(getStyles);
  const [chosen, setChosen] = useState<string>();
  const profile = drift.profiles.find(({ profile: name }) => name === chosen) ?? worstProfile(drift);
  return (
    <div className={styles.parts}>
      <div>
        <div className={styles.head}>
          <StatusMark status={drift.status} since={drift.since} timeZone={timeZone} />
          <span>{drift.message}</span>
        </div>
        {drift.score === null ? null : <Score drift={drift} score={drift.score} />}
        <p className={styles.small}>
          {referenceSentence(drift, timeZone)} <LastRetraining timeZone={timeZone} />
        </p>
      </div>
      {profile === undefined || drift.status === 'learning' ? null : (
        <Evidence drift={drift} profile={profile} onChoose={setChosen} />
      )}
    </div>
  );
};

const StatusMark = ({
  status,
  since,
  timeZone,
}: {
  readonly status: DriftStatus;
  readonly since: string | null;
  readonly timeZone: string;
}) => {
  const text = since === null ? STATUS_LABELS[status] : `Drifting since ${formatMoment(since, timeZone)}`;
  return <Badge text={text} {...LOOKS[status]} />;
};

const Score = ({ drift, score }: { readonly drift: Drift; readonly score: number }) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.score}>
      <span>
        Score <strong>{score.toFixed(2)}</strong>
      </span>
      <Meter value={score} limit={drift.fires_at} scale={SCORE_SCALE} />
      <span className={styles.small}>
        Drift from {drift.fires_at} on, held for {holdOf(drift)}; over below {drift.ends_below}
      </span>
    </div>
  );
};

function holdOf({ hold_minutes: fleet, profile_hold_minutes: profile }: Drift): string {
  const minutes = (count: number) => formatDuration(count * SECONDS_PER_MINUTE);
  return profile === undefined || profile === fleet
    ? minutes(fleet)
    : `${minutes(fleet)}, by one profile alone for ${minutes(profile)}`;
}

function referenceSentence(
  { reference, window_hours: hours, model, status }: Drift,
  timeZone: string,
): string {
  if (reference.since === null) return 'Nothing has been measured to compare with yet.';
  const learned = formatDuration(reference.hours * SECONDS_PER_HOUR);
  if (status === 'learning') {
    return `Learning since ${formatMoment(reference.since, timeZone)}, from ${learned} of measurements so far.`;
  }
  const of = model === null ? '' : ` of model ${model}`;
  return `The last ${hours} h are held against ${learned} since ${formatMoment(reference.since, timeZone)}, the beginning${of}.`;
}

/** The last training that a drift has asked for, and what came of it; nothing where there was none. */
const LastRetraining = ({ timeZone }: { readonly timeZone: string }) => {
  const { data } = useTrainingStats();
  const last = data?.trainings.find(({ trigger }) => trigger === DRIFT_TRIGGER);
  if (data === undefined) return null;
  if (last === undefined) return <>No drift has asked for a training yet.</>;
  return (
    <>
      The last training that a drift asked for began {formatMoment(last.started_at, timeZone)}:{' '}
      {outcomeLabel(last.outcome).toLowerCase()}. {last.reason}
    </>
  );
};

/** From where on a signal speaks for drift. */
function limitOf({ limits }: Drift, { signals }: DriftProfile, name: string): number | undefined {
  return signals[name]?.limit ?? limits.find(({ signal }) => signal === name)?.threshold;
}

interface EvidenceProps {
  readonly drift: Drift;
  readonly profile: DriftProfile;
  readonly onChoose: (profile: string) => void;
}

function profileOption({ profile, score, status }: DriftProfile) {
  const told = score === null ? '' : `, ${score.toFixed(2)}${status === 'drifting' ? ' (drifting)' : ''}`;
  return { value: profile, label: `${driftProfileLabel(profile)}${told}` };
}

const Evidence = ({ drift, profile, onChoose }: EvidenceProps) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <>
      <div>
        <div className={styles.chooser}>
          <label htmlFor={id}>Evidence for</label>
          <Combobox
            id={id}
            options={drift.profiles.map(profileOption)}
            value={profile.profile}
            onChange={({ value }) => onChoose(value)}
            width={36}
          />
          <span className={styles.small}>{counted(profile.servers, 'server')}</span>
        </div>
        <Signals drift={drift} profile={profile} />
      </div>
      <DriftTable
        rows={rowsOf(drift, profile.profile)}
        limitOf={(signal) => limitOf(drift, profile, signal)}
        of={driftProfileLabel(profile.profile)}
      />
    </>
  );
};

const Signals = ({ drift, profile }: { readonly drift: Drift; readonly profile: DriftProfile }) => {
  const styles = useStyles2(getStyles);
  return (
    <table className={styles.signals}>
      <thead>
        <tr>
          <th scope="col">Signal</th>
          <th scope="col">Now</th>
          <th scope="col">Limit</th>
          <th scope="col">Weight</th>
          <th scope="col" className={styles.meter} aria-label="Now against the limit" />
        </tr>
      </thead>
      <tbody>
        {drift.limits.map(({ signal, threshold, weight }) => {
          const reading = profile.signals[signal] ?? null;
          const value = reading?.value ?? null;
          const limit = reading?.limit ?? threshold;
          return (
            <tr key={signal}>
              <th scope="row" title={SIGNALS[signal]?.meaning}>
                {signalLabel(signal)}
              </th>
              <td>{value === null ? NOT_KNOWN : percent(value, 1)}</td>
              <td title={limit > threshold ? `${percent(threshold)}, but it varies by more here` : undefined}>
                {percent(limit)}
              </td>
              <td>{weight}</td>
              <td className={styles.meter}>
                <Meter value={value} limit={limit} scale={Math.max(value ?? 0, limit * SIGNAL_SCALE)} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  parts: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  head: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  score: css({
    display: 'grid',
    gridTemplateColumns: 'auto minmax(120px, 360px) minmax(0, 1fr)',
    alignItems: 'center',
    gap: theme.spacing(1.5),
    margin: theme.spacing(1.5, 0, 1),
    '@media (max-width: 700px)': { gridTemplateColumns: '1fr' },
  }),
  small: css({ color: theme.colors.text.secondary, margin: theme.spacing(0.5, 0, 0) }),
  chooser: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1),
  }),
  signals: css({ ...figureTable(theme), maxWidth: 820 }),
  meter: css({ '&&': { width: '50%' } }),
});
