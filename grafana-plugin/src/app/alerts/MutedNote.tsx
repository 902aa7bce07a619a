import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import type { Annotation } from '../../data/annotations';
import { formatMoment } from '../components/format';
import { useVerdicts } from './Verdicts';
import { windowTimes } from './windowTexts';

interface Props {
  /** Id of the annotation that mutes. */
  readonly mutedBy: string | null;
  readonly timeZone: string;
}

function whyOf(annotation: Annotation | undefined, timeZone: string): string {
  if (annotation === undefined) return 'by an annotation';
  const kind = annotation.kind === 'maintenance' ? 'maintenance' : 'expected';
  const until =
    annotation.recurrence === null && annotation.to !== null
      ? `until ${formatMoment(annotation.to, timeZone)}`
      : windowTimes(annotation, timeZone);
  return `${kind}, ${until}${annotation.text === '' ? '' : `: ${annotation.text}`}`;
}

/** That nobody is told of an alert, and why. */
export const MutedNote = ({ mutedBy, timeZone }: Props) => {
  const styles = useStyles2(getStyles);
  const { byId } = useVerdicts();
  const why = whyOf(mutedBy === null ? undefined : byId.get(mutedBy), timeZone);
  return (
    <div className={styles.note}>
      <Icon name="bell-slash" size="sm" aria-hidden /> Muted: {why}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  note: css({
    ...theme.typography.bodySmall,
    color: theme.colors.text.secondary,
    marginTop: theme.spacing(0.25),
    overflowWrap: 'anywhere',
  }),
});
