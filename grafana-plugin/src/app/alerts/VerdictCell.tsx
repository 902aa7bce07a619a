import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import type { Annotation, AnnotationKind } from '../../data/annotations';
import { NOT_KNOWN } from '../../shared/format';
import { isEditor } from '../roles';
import { useVerdicts } from './Verdicts';
import { VERDICTS, verdictOf } from './verdicts';

const EDITORS_ONLY = 'Only editors and administrators of Grafana may judge alerts.';

interface Props {
  readonly alertId: string;
  readonly server: string;
}

/** A verdict by its shape and word. */
export const VerdictMark = ({ kind }: { readonly kind: AnnotationKind }) => {
  const styles = useStyles2(getStyles);
  const verdict = verdictOf(kind);
  return verdict === undefined ? null : (
    <span className={styles.mark} title={verdict.effect}>
      <Icon name={verdict.icon} aria-hidden />
      {verdict.label}
    </span>
  );
};

/** In a row: the verdict with its undo, or, for those who may, a button for each. */
export const VerdictCell = ({ alertId, server }: Props) => {
  const styles = useStyles2(getStyles);
  const { isReady, byAlert } = useVerdicts();
  const given = byAlert.get(alertId);
  if (given !== undefined) return <Given alertId={alertId} server={server} given={given} />;
  if (!isReady || !isEditor()) return <span className={styles.none}>{NOT_KNOWN}</span>;
  return <Choices alertId={alertId} server={server} given={undefined} hasWords={false} />;
};

interface GivenProps extends Props {
  readonly given: Annotation;
}

const Given = ({ alertId, server, given }: GivenProps) => {
  const styles = useStyles2(getStyles);
  const { judge, busyAlert } = useVerdicts();
  return (
    <span className={styles.given}>
      <VerdictMark kind={given.kind} />
      {isEditor() ? (
        <Button
          size="sm"
          fill="text"
          variant="secondary"
          disabled={busyAlert === alertId}
          aria-label={`Undo the verdict on ${server}`}
          onClick={() => judge({ alertId, server, kind: null, earlier: given })}
        >
          Undo
        </Button>
      ) : null}
    </span>
  );
};

interface ChoicesProps extends Props {
  readonly given: Annotation | undefined;
  readonly hasWords: boolean;
}

const Choices = ({ alertId, server, given, hasWords }: ChoicesProps) => {
  const styles = useStyles2(getStyles);
  const { isReady, judge, busyAlert } = useVerdicts();
  const mayJudge = isEditor();
  return (
    <fieldset className={styles.choices} aria-label={`Verdict on ${server}`}>
      {VERDICTS.map(({ kind, label, icon, effect }) => {
        const isGiven = given?.kind === kind;
        return (
          <Button
            key={kind}
            size="sm"
            variant={isGiven ? 'primary' : 'secondary'}
            fill="outline"
            icon={icon}
            aria-label={`${label}: ${server}`}
            aria-pressed={isGiven}
            tooltip={mayJudge ? `${label}. ${effect}` : EDITORS_ONLY}
            disabled={!mayJudge || !isReady || busyAlert === alertId}
            onClick={() => judge({ alertId, server, kind: isGiven ? null : kind, earlier: given })}
          >
            {hasWords ? label : undefined}
          </Button>
        );
      })}
    </fieldset>
  );
};

/** In the detail of an alert: every verdict by its word, the given one pressed. */
export const VerdictChoices = ({ alertId, server }: Props) => {
  const { byAlert } = useVerdicts();
  return <Choices alertId={alertId} server={server} given={byAlert.get(alertId)} hasWords />;
};

const getStyles = (theme: GrafanaTheme2) => ({
  none: css({ color: theme.colors.text.secondary }),
  mark: css({ display: 'inline-flex', alignItems: 'center', gap: theme.spacing(0.5), whiteSpace: 'nowrap' }),
  given: css({ display: 'inline-flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(0.5) }),
  choices: css({
    border: 0,
    margin: 0,
    padding: 0,
    display: 'inline-flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
    minWidth: 128,
  }),
});
