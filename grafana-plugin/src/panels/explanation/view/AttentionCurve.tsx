import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2, type TimeZone } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { ExplainedAttention } from '../../../data/explanation';
import { markColor } from '../../../shared/colors';
import { Section } from './Section';

export interface AttentionCurveProps {
  readonly attention: ExplainedAttention;
  readonly timeZone: TimeZone;
}

const MS_PER_SECOND = 1_000;

/** Where in the last hours the network looked. */
export const AttentionCurve = ({ attention, timeZone }: AttentionCurveProps) => {
  const styles = useStyles2(getStyles);
  const color = markColor(useTheme2(), 'blue');
  const { times, mean, analysis, note, reason, period_seconds } = attention;
  const most = Math.max(0, ...mean);
  if (times.length === 0 || most === 0) {
    return typeof reason === 'string' && reason !== '' ? (
      <Section title="Where the network looked">
        <p className={styles.text}>{reason}</p>
      </Section>
    ) : null;
  }
  const clock = (ms: number) => dateTimeFormat(ms, { timeZone, format: 'HH:mm' });
  const period = (time: string) => {
    const start = Date.parse(time);
    return `${clock(start)}–${clock(start + period_seconds * MS_PER_SECOND)}`;
  };
  const percent = (weight: number | undefined) => `${((weight ?? 0) * 100).toFixed(0)} %`;
  return (
    <Section title="Where the network looked" note={note}>
      {typeof analysis === 'string' && <p className={styles.text}>{analysis}</p>}
      <ol className={styles.bars} aria-label="Attention by period, oldest first">
        {times.map((time, index) => (
          <li key={time} className={styles.period} title={`${period(time)}: ${percent(mean[index])}`}>
            <span className="sr-only">{`${period(time)}: ${percent(mean[index])}`}</span>
            <span
              className={styles.bar}
              style={{ height: `${((mean[index] ?? 0) / most) * 100}%`, background: color }}
            />
          </li>
        ))}
      </ol>
      <div className={styles.ends} aria-hidden>
        <span>{clock(Date.parse(times[0] ?? ''))}</span>
        <span>{`most: ${percent(most)}`}</span>
        <span>{period(times.at(-1) ?? '').slice(-5)}</span>
      </div>
    </Section>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({ ...theme.typography.bodySmall, margin: theme.spacing(0, 0, 0.5) }),
  bars: css({
    listStyle: 'none',
    margin: 0,
    height: 64,
    display: 'flex',
    gap: 2,
    borderBottom: `1px solid ${theme.colors.border.medium}`,
  }),
  period: css({ flex: 1, height: '100%', display: 'flex', alignItems: 'flex-end' }),
  bar: css({ width: '100%', minHeight: 1, borderRadius: '2px 2px 0 0' }),
  ends: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    display: 'flex',
    justifyContent: 'space-between',
  }),
});
