import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { Explanation } from '../../../data/explanation';
import { formatRisk } from '../../../shared/format';
import { LevelGlyph } from '../../../shared/LevelGlyph';
import { levelOf } from '../../../shared/levels';
import { ServerLink } from '../../../shared/ServerLink';

export interface HeadlineProps {
  readonly explanation: Explanation;
  readonly linked: boolean;
  readonly compact: boolean;
}

/** Score, level and the explanation in a sentence; what to do stands out. */
export const Headline = ({ explanation, linked, compact }: HeadlineProps) => {
  const styles = useStyles2(getStyles);
  const { server_name, risk, prediction, mode } = explanation;
  const score = risk?.score ?? prediction?.risk_score;
  const level = levelOf(score);
  const { text, action } = splitSentence(explanation);
  return (
    <div className={compact ? styles.small : undefined}>
      <div className={styles.line}>
        <LevelGlyph level={level?.name} size={18} />
        <span className={styles.score}>{formatRisk(score)}</span>
        <span>{level?.label ?? 'No score'}</span>
        {linked && <ServerLink server={server_name} className={styles.server} />}
        {mode === 'baseline' && <span className={styles.mode}>forecast by baselines</span>}
      </div>
      {text !== '' && <p className={styles.text}>{text}</p>}
      {action !== '' && <p className={styles.action}>{action}</p>}
    </div>
  );
};

/** The sentence without its last part, what to do, where the two are known apart. */
export function splitSentence({ sentence, sentence_parts }: Explanation): { text: string; action: string } {
  const whole = sentence ?? '';
  const action = sentence_parts?.action ?? '';
  if (action === '') return { text: upperFirst(whole), action };
  const text = whole.endsWith(action) ? whole.slice(0, -action.length).trim() : whole;
  return { text: upperFirst(text), action: whole.endsWith(action) ? action : '' };
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const getStyles = (theme: GrafanaTheme2) => ({
  line: css({ display: 'flex', alignItems: 'center', flexWrap: 'wrap', columnGap: theme.spacing(1) }),
  score: css({
    ...theme.typography.h3,
    margin: 0,
    fontVariantNumeric: 'tabular-nums',
  }),
  server: css({
    color: theme.colors.text.link,
    overflowWrap: 'anywhere',
    '&:hover': { textDecoration: 'underline' },
  }),
  small: css({ ...theme.typography.bodySmall }),
  mode: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  text: css({ margin: theme.spacing(0.5, 0, 0), maxWidth: '90ch', overflowWrap: 'anywhere' }),
  action: css({
    margin: theme.spacing(0.5, 0, 0),
    maxWidth: '90ch',
    fontWeight: theme.typography.fontWeightMedium,
    overflowWrap: 'anywhere',
  }),
});
