import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { FieldValidationMessage, Input, useStyles2 } from '@grafana/ui';
import type { ReplaySettings, ReplayTarget, ThresholdPair } from '../../data/replay';
import { EVERYWHERE, effectiveToday, type PairText, type Proposal, pairText, withPair } from './proposal';

interface Props {
  readonly settings: ReplaySettings;
  readonly scope: string;
  readonly proposal: Proposal;
  /** By metric. */
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (proposal: Proposal) => void;
}

const BOTH = ['warning', 'critical'] as const;

/** The thresholds of each metric: today's, and those to be tried. */
export const ThresholdTable = ({ settings, scope, proposal, problems, onChange }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Today: warning / critical</th>
          <th scope="col">Try: warning</th>
          <th scope="col">Try: critical</th>
        </tr>
      </thead>
      <tbody>
        {settings.targets.map((target) => (
          <Row
            key={target.name}
            target={target}
            today={effectiveToday(settings, scope, target.name)}
            isEverywhere={scope === EVERYWHERE}
            pair={pairText(proposal, settings.risk, scope, target.name)}
            problem={problems[target.name]}
            onChange={(pair) => onChange(withPair(proposal, scope, target.name, pair))}
          />
        ))}
      </tbody>
    </table>
  );
};

interface RowProps {
  readonly target: ReplayTarget;
  readonly today: ThresholdPair | null | undefined;
  readonly isEverywhere: boolean;
  readonly pair: PairText;
  readonly problem: string | undefined;
  readonly onChange: (pair: PairText) => void;
}

function todayText(today: ThresholdPair | null | undefined, unit: string): string {
  if (today === undefined) return 'differ by profile';
  if (today === null) return 'none';
  return `${today.warning} / ${today.critical}${unit === '' ? '' : ` ${unit}`}`;
}

const Row = ({ target, today, pair, problem, onChange }: RowProps) => {
  const styles = useStyles2(getStyles);
  return (
    <tr>
      <th scope="row">{target.label}</th>
      <td>{todayText(today, target.unit)}</td>
      {BOTH.map((name) => (
        <td key={name}>
          <Input
            type="number"
            min={0}
            max={target.max ?? undefined}
            width={14}
            invalid={problem !== undefined}
            aria-label={`${target.label}, ${name}`}
            placeholder={today == null ? '' : String(today[name])}
            value={pair[name]}
            onChange={(event) => onChange({ ...pair, [name]: event.currentTarget.value })}
          />
          {problem !== undefined && name === 'warning' ? (
            <FieldValidationMessage className={styles.problem}>{problem}</FieldValidationMessage>
          ) : null}
        </td>
      ))}
    </tr>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    '& th, & td': {
      padding: theme.spacing(0.5, 3, 0.5, 0),
      textAlign: 'left',
      verticalAlign: 'top',
      fontWeight: theme.typography.fontWeightRegular,
      fontVariantNumeric: 'tabular-nums',
    },
    // Room for a mistake, so that nothing moves when one is told.
    '& td:nth-of-type(2)': { minWidth: 240 },
    '& tbody th, & tbody td:nth-of-type(1)': { paddingTop: theme.spacing(1.25) },
    '& thead th': { ...theme.typography.bodySmall, color: theme.colors.text.secondary },
  }),
  problem: css({ marginTop: theme.spacing(0.5) }),
});
