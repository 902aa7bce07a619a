import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { LevelGlyph } from '../../shared/LevelGlyph';
import { stateLabel } from './states';

interface Props {
  /** A level, or warming_up or stale. */
  readonly state: string;
  readonly size?: number;
}

/** A level by shape, colour and word, so that none of them alone carries the meaning. */
export const LevelMark = ({ state, size }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.mark}>
      <LevelGlyph level={state} size={size} />
      {stateLabel(state)}
    </span>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  mark: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.75), whiteSpace: 'nowrap' }),
});
