import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { useId, useState } from 'react';
import type { Cascade } from '../../data/cascade';
import { useCascades } from '../../data/watchHooks';
import { ServerLink } from '../../shared/ServerLink';
import { Card } from '../components/Card';
import { CONNECTION_KINDS, ErrorNotice } from '../components/ErrorNotice';
import { counted, formatMoment, percent } from '../components/format';
import { LevelMark } from '../components/LevelMark';
import { TEST_IDS } from '../testIds';
import { CascadeMembers } from './CascadeMembers';
import { cascadeTitle, commonOf, commonShares, leadOf, movesOf } from './cascadeTexts';

const ACTIVE = { state: 'active' } as const;

/** What servers deviate together now; nothing while none do, or where the backend does not look for it. */
export const CascadeCards = ({ timeZone }: { readonly timeZone: string }) => {
  const { data, error, refetch, isFetching } = useCascades(ACTIVE);
  if (data === undefined) {
    // What keeps the fleet from being shown is said there.
    if (error === null || error.kind === 'unsupported' || CONNECTION_KINDS.includes(error.kind)) return null;
    return (
      <ErrorNotice error={error} what="the cascades" onRetry={() => void refetch()} isRetrying={isFetching} />
    );
  }
  return data.cascades.map((cascade) => (
    <CascadeCard key={cascade.id} cascade={cascade} timeZone={timeZone} />
  ));
};

interface Props {
  readonly cascade: Cascade;
  readonly timeZone: string;
}

const CascadeCard = ({ cascade, timeZone }: Props) => {
  const styles = useStyles2(getStyles);
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <Card
      title={`Cascade: ${cascadeTitle(cascade)} since ${formatMoment(cascade.started_at, timeZone)}`}
      description={movesOf(cascade)}
      testId={TEST_IDS.cascades}
      actions={cascade.level === null ? undefined : <LevelMark state={cascade.level} size={18} />}
    >
      <dl className={styles.facts}>
        <div>
          <dt>Led by</dt>
          <dd>
            <ServerLink server={cascade.leader.server_name} className={styles.link} />, {leadOf(cascade)}
          </dd>
          <dd className={styles.second}>{percent(cascade.leader.confidence)} sure; look there first</dd>
        </div>
        <div>
          <dt>In common</dt>
          <dd>{commonOf(cascade.common)}</dd>
          <dd className={styles.second}>{commonShares(cascade.common)}</dd>
        </div>
      </dl>
      <Button
        size="sm"
        variant="secondary"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen ? 'angle-down' : 'angle-right'} /> {counted(cascade.members.length, 'member')}
      </Button>
      <div id={id}>{isOpen ? <CascadeMembers cascade={cascade} timeZone={timeZone} /> : null}</div>
    </Card>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  facts: css({
    display: 'flex',
    flexWrap: 'wrap',
    columnGap: theme.spacing(6),
    rowGap: theme.spacing(1),
    margin: theme.spacing(0, 0, 1.5),
    '& dt': { ...theme.typography.bodySmall, color: theme.colors.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  }),
  second: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary }),
  link: css({
    color: theme.colors.text.link,
    fontWeight: theme.typography.fontWeightMedium,
    '&:hover': { textDecoration: 'underline' },
  }),
});
