import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import type { Counterfactual, Explanation } from '../../../data/explanation';
import { formatRisk } from '../../../shared/format';
import { LevelGlyph } from '../../../shared/LevelGlyph';
import { levelOf } from '../../../shared/levels';
import { Section } from './Section';

export interface CounterfactualsProps {
  readonly explanation: Explanation;
  /** Takes a scenario over into the what-if; absent where that is not offered. */
  readonly onTry?: (counterfactual: Counterfactual) => void;
}

/** What would bring the risk down, cheapest first as the backend orders them. */
export const Counterfactuals = ({ explanation, onTry }: CounterfactualsProps) => {
  const styles = useStyles2(getStyles);
  const list = explanation.counterfactuals ?? [];
  const reason = explanation.counterfactual?.reason ?? '';
  if (list.length === 0 && reason === '') return null;
  return (
    <Section title="What would bring it down">
      {list.length === 0 ? (
        <p className={styles.reason}>{reason}</p>
      ) : (
        <ul className={styles.cards}>
          {list.map((one) => (
            <Card key={one.scenario} counterfactual={one} onTry={onTry} />
          ))}
        </ul>
      )}
    </Section>
  );
};

interface CardProps {
  readonly counterfactual: Counterfactual;
  readonly onTry: CounterfactualsProps['onTry'];
}

const Card = ({ counterfactual, onTry }: CardProps) => {
  const styles = useStyles2(getStyles);
  const { scenario, action, recommendation, risk_before, risk_after, changes } = counterfactual;
  const todo = action ?? recommendation ?? '';
  return (
    <li className={styles.card}>
      <div className={styles.scenario}>{scenario}</div>
      <div className={styles.change}>
        <Score value={risk_before} />
        <Icon name="arrow-right" aria-label="becomes" />
        <Score value={risk_after} />
      </div>
      {todo !== '' && <div className={styles.action}>{todo}</div>}
      {onTry !== undefined && changes.some(({ to }) => to !== null) && (
        <Button size="sm" fill="text" variant="secondary" icon="play" onClick={() => onTry(counterfactual)}>
          Try it
        </Button>
      )}
    </li>
  );
};

/** A score with its level as shape and word. */
export const Score = ({ value }: { value: number | null }) => {
  const styles = useStyles2(getStyles);
  const level = levelOf(value);
  return (
    <span className={styles.score}>
      <LevelGlyph level={level?.name} size={12} />
      <strong>{formatRisk(value)}</strong> {level?.label.toLowerCase() ?? 'no score'}
    </span>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  cards: css({
    listStyle: 'none',
    margin: 0,
    display: 'grid',
    gap: theme.spacing(1),
    gridTemplateColumns: 'repeat(auto-fill, minmax(230px, 1fr))',
  }),
  card: css({
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: theme.spacing(0.5),
    padding: theme.spacing(1),
    background: theme.colors.background.secondary,
    borderRadius: theme.shape.radius.default,
    ...theme.typography.bodySmall,
    overflowWrap: 'anywhere',
  }),
  scenario: css({ fontWeight: theme.typography.fontWeightMedium }),
  change: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(0.75) }),
  action: css({ color: theme.colors.text.secondary }),
  score: css({
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    fontVariantNumeric: 'tabular-nums',
  }),
  reason: css({ margin: 0, color: theme.colors.text.secondary }),
});
