import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Text, Tooltip, useStyles2, useTheme2 } from '@grafana/ui';
import { useState } from 'react';
import type { TimeSpan } from '../../data/history';
import { levelColor, levelFill } from '../../shared/colors';
import { formatTime } from '../../shared/format';
import { LevelGlyph } from '../../shared/LevelGlyph';
import { LEVELS } from '../../shared/levels';
import { ServerLink } from '../../shared/ServerLink';
import { counted, formatMoment } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { ATTENTION, stateLabel } from '../components/states';
import type { Bar, Lane } from './timeline';

const FEW_LANES = 12;
const GLYPH_PX = 14;
const TICKS = [0, 0.25, 0.5, 0.75, 1] as const;

interface Props {
  readonly lanes: readonly Lane[];
  readonly span: TimeSpan;
  readonly timeZone: string;
}

/** When servers alerted: a lane a server, a bar an alert. The tables below say the same in words. */
export const AlertTimeline = ({ lanes, span, timeZone }: Props) => {
  const styles = useStyles2(getStyles);
  const [isWhole, setWhole] = useState(false);
  if (lanes.length === 0) return <Text color="secondary">No alert in this time range.</Text>;
  const shown = isWhole ? lanes : lanes.slice(0, FEW_LANES);
  return (
    <>
      <div className={styles.lane} aria-hidden>
        <div />
        <div className={styles.axis}>
          {TICKS.map((tick) => (
            <span key={tick} className={styles.tick} style={tickPlace(tick)}>
              {formatTime(span.fromMs + tick * (span.toMs - span.fromMs), timeZone)}
            </span>
          ))}
        </div>
      </div>
      <ul className={styles.lanes} aria-label="Time line of alerts">
        {shown.map((lane) => (
          <LaneRow key={lane.server} lane={lane} timeZone={timeZone} />
        ))}
      </ul>
      <div className={styles.foot}>
        {ATTENTION.map((level) => (
          <LevelMark key={level} state={level} size={12} />
        ))}
        <span className={styles.key}>
          <span className={cx(styles.keyBar, styles.muted)} /> Muted
        </span>
        {lanes.length > FEW_LANES ? (
          <Button size="sm" variant="secondary" fill="text" onClick={() => setWhole(!isWhole)}>
            {isWhole ? `Only the first ${FEW_LANES}` : `All ${counted(lanes.length, 'server')}`}
          </Button>
        ) : null}
      </div>
    </>
  );
};

/** The labels at the ends stay inside. */
function tickPlace(tick: number) {
  const shift = tick === 0 ? 0 : tick === 1 ? -100 : -50;
  return { left: `${tick * 100}%`, transform: `translateX(${shift}%)` };
}

function sentenceOf({ level, fromMs, toMs, isMuted }: Bar, timeZone: string): string {
  const end = toMs === null ? 'still open' : formatMoment(toMs, timeZone);
  return `${stateLabel(level)}, ${formatMoment(fromMs, timeZone)} – ${end}${isMuted ? ', muted' : ''}`;
}

const LaneRow = ({ lane, timeZone }: { readonly lane: Lane; readonly timeZone: string }) => {
  const styles = useStyles2(getStyles);
  const told = lane.bars.map((bar) => sentenceOf(bar, timeZone)).join('; ');
  return (
    <li className={styles.lane}>
      <ServerLink server={lane.server} className={styles.name} />
      <div
        className={styles.track}
        role="img"
        aria-label={`${counted(lane.bars.length, 'alert')} of ${lane.server}: ${told}`}
      >
        {lane.bars.map((bar) => (
          <BarMark key={bar.id} bar={bar} text={sentenceOf(bar, timeZone)} />
        ))}
      </div>
    </li>
  );
};

/** A mark at the end of the range stays inside of it. */
function placeOf({ left, width }: Bar) {
  return { left: `min(${left * 100}%, calc(100% - ${GLYPH_PX}px))`, width: `${width * 100}%` };
}

const BarMark = ({ bar, text }: { readonly bar: Bar; readonly text: string }) => {
  const styles = useStyles2(getStyles);
  const theme = useTheme2();
  const level = LEVELS.find(({ name }) => name === bar.level);
  return (
    <Tooltip content={`${text}. ${bar.message}`}>
      <div className={styles.place} style={placeOf(bar)}>
        <div
          className={cx(styles.bar, bar.isMuted && styles.muted)}
          style={{
            borderColor: levelColor(theme, level),
            backgroundColor: level === undefined ? undefined : levelFill(theme, level),
          }}
        />
        <span className={styles.glyph}>
          <LevelGlyph level={bar.level} size={GLYPH_PX} />
        </span>
      </div>
    </Tooltip>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  lanes: css({ listStyle: 'none', margin: 0 }),
  lane: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(80px, 180px) minmax(0, 1fr)',
    columnGap: theme.spacing(2),
    alignItems: 'center',
  }),
  axis: css({
    position: 'relative',
    height: 20,
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    '@media (max-width: 900px)': { '& > :not(:first-of-type, :last-of-type)': { display: 'none' } },
  }),
  tick: css({ position: 'absolute', whiteSpace: 'nowrap' }),
  name: css({
    color: theme.colors.text.link,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    '&:hover': { textDecoration: 'underline' },
  }),
  track: css({
    position: 'relative',
    height: 26,
    borderTop: `1px solid ${theme.colors.border.weak}`,
    backgroundImage: `linear-gradient(to right, ${theme.colors.border.weak} 1px, transparent 1px)`,
    backgroundSize: '25% 100%',
  }),
  place: css({ position: 'absolute', top: 6, height: GLYPH_PX, minWidth: GLYPH_PX }),
  bar: css({
    position: 'absolute',
    inset: '2px 0 2px 7px',
    border: '1px solid',
    borderRadius: 2,
    opacity: 0.75,
  }),
  muted: css({
    backgroundImage: `repeating-linear-gradient(135deg, ${theme.colors.background.primary} 0 3px, transparent 3px 7px)`,
  }),
  glyph: css({ position: 'absolute', left: 0, top: 0, lineHeight: 0 }),
  foot: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(2),
    marginTop: theme.spacing(1),
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
  }),
  key: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.75) }),
  keyBar: css({
    width: 16,
    height: 10,
    borderRadius: 2,
    border: `1px solid ${theme.colors.text.secondary}`,
    backgroundColor: theme.colors.text.secondary,
  }),
});
