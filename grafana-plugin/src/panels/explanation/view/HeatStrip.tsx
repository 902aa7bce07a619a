import { css } from '@emotion/css';
import { dateTimeFormat, type GrafanaTheme2, type TimeZone } from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { type MouseEvent, useState } from 'react';
import type { ExplainedHeat } from '../../../data/explanation';
import { faded, markColor } from '../../../shared/colors';
import { FloatingCard } from '../../../shared/FloatingCard';
import { formatTime } from '../../../shared/format';
import { type HeatRow, heatPicture } from './heat';
import { Section } from './Section';
import { signed } from './waterfall';

export interface HeatStripProps {
  readonly heat: ExplainedHeat;
  readonly timeZone: TimeZone;
}

interface Pointed {
  readonly row: HeatRow;
  readonly hour: number;
  readonly x: number;
  readonly y: number;
}

const LABELLED_EVERY = 6;

/** Which metric's values of which hour raise or lower the risk. A table, so that it can be read cell by cell. */
export const HeatStrip = ({ heat, timeZone }: HeatStripProps) => {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const picture = heatPicture(heat);
  if (picture === undefined) return null;
  const { rows, strongest, faint } = picture;
  const raises = markColor(theme, 'orange');
  const lowers = markColor(theme, 'blue');
  const fill = (value: number) =>
    faded(value >= 0 ? raises : lowers, Math.min(1, Math.abs(value) / strongest));
  const hourLabel = (time: string) => dateTimeFormat(Date.parse(time), { timeZone, format: 'HH:mm' });
  const point = (row: HeatRow, hour: number) => (event: MouseEvent) =>
    setPointed({ row, hour, x: event.clientX, y: event.clientY });
  const note = faint.length === 0 ? heat.note : `${heat.note ?? ''} Next to no effect: ${faint.join(', ')}.`;
  return (
    <Section title="When, and which metric" note={note}>
      <table className={styles.table} onMouseLeave={() => setPointed(null)}>
        <colgroup>
          <col className={styles.names} />
        </colgroup>
        <thead>
          <tr>
            <td />
            {heat.hours.map((time, hour) => (
              <th key={time} scope="col" className={styles.hour}>
                <span className={hour % LABELLED_EVERY === 0 ? undefined : 'sr-only'}>{hourLabel(time)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.metric}>
              <th scope="row" className={styles.metric}>
                {row.label}
              </th>
              {row.values.map((value, hour) => (
                <td
                  key={heat.hours[hour]}
                  className={styles.cell}
                  style={{ background: fill(value) }}
                  onMouseMove={point(row, hour)}
                >
                  <span className="sr-only">{signed(value)}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className={styles.legend} aria-hidden>
        <span className={styles.swatch} style={{ background: raises }} /> raises the risk
        <span className={styles.swatch} style={{ background: lowers }} /> lowers it
      </div>
      {pointed !== null && (
        <FloatingCard
          x={pointed.x}
          y={pointed.y}
          title={pointed.row.label}
          subtitle={`Hour from ${formatTime(Date.parse(heat.hours[pointed.hour] ?? ''), timeZone)}`}
          rows={[{ name: 'Points of risk', value: signed(pointed.row.values[pointed.hour] ?? 0) }]}
        />
      )}
    </Section>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({ width: '100%', tableLayout: 'fixed', borderCollapse: 'separate', borderSpacing: 1 }),
  hour: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    fontWeight: theme.typography.fontWeightRegular,
    overflow: 'visible',
    whiteSpace: 'nowrap',
    textAlign: 'left',
    padding: 0,
  }),
  names: css({ width: 128 }),
  metric: css({
    ...theme.typography.bodySmall,
    fontWeight: theme.typography.fontWeightRegular,
    textAlign: 'left',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    paddingRight: theme.spacing(1),
  }),
  cell: css({
    height: 18,
    padding: 0,
    position: 'relative',
    boxShadow: `inset 0 0 0 1px ${theme.colors.border.weak}`,
    borderRadius: 1,
  }),
  legend: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    marginTop: theme.spacing(0.5),
  }),
  swatch: css({ width: 10, height: 10, borderRadius: 2, marginLeft: theme.spacing(0.5) }),
});
