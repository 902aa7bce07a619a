import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Combobox, Field, Input, useStyles2 } from '@grafana/ui';
import { useId, useMemo, useState } from 'react';
import type { ReplaySettings } from '../../data/replay';
import { profileLabel } from '../../shared/metrics';
import { Card } from '../components/Card';
import { stateLabel } from '../components/states';
import {
  EVERYWHERE,
  hasProblems,
  type Proposal,
  type ProposalProblems,
  problemsOf,
  proposalOf,
} from './proposal';
import { ThresholdTable } from './ThresholdTable';

const LEVEL_OPTIONS = ['degraded', 'warning', 'critical'].map((value) => ({
  value,
  label: stateLabel(value),
}));

interface Props {
  readonly settings: ReplaySettings;
  readonly proposal: Proposal;
  readonly isRunning: boolean;
  readonly onChange: (proposal: Proposal) => void;
  readonly onRun: () => void;
}

/** Today's settings beside those to be tried. */
export const ReplayForm = ({ settings, proposal, isRunning, onChange, onRun }: Props) => {
  const { risk, targets } = settings;
  const [scope, setScope] = useState(EVERYWHERE);
  const problems = useMemo(() => problemsOf(proposal, targets), [proposal, targets]);
  const styles = useStyles2(getStyles);
  return (
    <Card
      title="Settings to try"
      description="They begin as those in use; nothing in use changes. A field left empty has the value beside it."
      actions={
        <>
          <Button variant="secondary" disabled={isRunning} onClick={() => onChange(proposalOf(risk))}>
            As today
          </Button>
          <Button icon="history" disabled={isRunning || hasProblems(problems)} onClick={onRun}>
            {isRunning ? 'Replaying…' : 'Replay'}
          </Button>
        </>
      }
    >
      <AlertFields settings={settings} proposal={proposal} problems={problems} onChange={onChange} />
      <ScopeChooser settings={settings} scope={scope} problems={problems} onChange={setScope} />
      <div className={styles.table}>
        <ThresholdTable
          settings={settings}
          scope={scope}
          proposal={proposal}
          problems={problems.pairs[scope] ?? NO_PROBLEMS}
          onChange={onChange}
        />
      </div>
    </Card>
  );
};

const NO_PROBLEMS: Readonly<Record<string, string>> = {};

interface FieldsProps {
  readonly settings: ReplaySettings;
  readonly proposal: Proposal;
  readonly problems: ProposalProblems;
  readonly onChange: (proposal: Proposal) => void;
}

const AlertFields = ({ settings: { risk }, proposal, problems, onChange }: FieldsProps) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  const { alerts } = risk;
  return (
    <div className={styles.fields}>
      <Field label="Alerts from" description={`Today: ${stateLabel(alerts.minimumLevel).toLowerCase()}`}>
        <Combobox
          id={`${id}-level`}
          options={LEVEL_OPTIONS}
          value={proposal.minimumLevel}
          onChange={({ value }) => onChange({ ...proposal, minimumLevel: value })}
          width={20}
        />
      </Field>
      <Field
        label="Hold time, in forecasts of 5 min"
        description={`Today: ${alerts.holdCycles}`}
        invalid={problems.holdCycles !== undefined}
        error={problems.holdCycles}
      >
        <Input
          id={`${id}-hold`}
          type="number"
          min={1}
          width={20}
          value={proposal.holdCycles}
          onChange={(event) => onChange({ ...proposal, holdCycles: event.currentTarget.value })}
        />
      </Field>
      <Field
        label="Points below its level until an alert ends"
        description={`Today: ${alerts.hysteresisPoints}`}
        invalid={problems.hysteresisPoints !== undefined}
        error={problems.hysteresisPoints}
      >
        <Input
          id={`${id}-points`}
          type="number"
          min={0}
          width={20}
          value={proposal.hysteresisPoints}
          onChange={(event) => onChange({ ...proposal, hysteresisPoints: event.currentTarget.value })}
        />
      </Field>
    </div>
  );
};

interface ScopeProps {
  readonly settings: ReplaySettings;
  readonly scope: string;
  readonly problems: ProposalProblems;
  readonly onChange: (scope: string) => void;
}

const ScopeChooser = ({ settings, scope, problems, onChange }: ScopeProps) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  const mark = (name: string) => (problems.pairs[name] === undefined ? '' : ' (has a mistake)');
  const options = [
    { value: EVERYWHERE, label: `Every profile${mark(EVERYWHERE)}` },
    ...settings.effective.map(({ profile }) => ({
      value: profile,
      label: `${profileLabel(profile)}${mark(profile)}`,
    })),
  ];
  return (
    <div className={styles.scope}>
      <label htmlFor={id}>Thresholds of</label>
      <Combobox
        id={id}
        options={options}
        value={scope}
        onChange={({ value }) => onChange(value)}
        width={32}
      />
      <span className={styles.hint}>
        {scope === EVERYWHERE
          ? 'Profiles with thresholds of their own keep those.'
          : 'They go before those of every profile.'}
      </span>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  fields: css({ display: 'flex', flexWrap: 'wrap', columnGap: theme.spacing(3) }),
  scope: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  hint: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  table: css({ marginTop: theme.spacing(1), overflowX: 'auto' }),
});
