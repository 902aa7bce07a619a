import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useRefresh, useTimeZone } from '../scenes/useRefresh';
import { TEST_IDS } from '../testIds';
import { DriftCard } from './DriftCard';
import { ModelList } from './ModelList';
import type { ModelsView } from './ModelsView';
import { PastTrainings } from './PastTrainings';
import { ReportCardTable } from './ReportCardTable';
import { RunningModel } from './RunningModel';
import { TrainingCard } from './TrainingCard';

/** What forecasts, how exact it has been, and how it is trained. */
export const ModelsPage = ({ model }: { readonly model: ModelsView }) => {
  const styles = useStyles2(getStyles);
  const timeZone = useTimeZone(model);
  useRefresh(model);
  return (
    <div className={styles.page} data-testid={TEST_IDS.models}>
      <RunningModel timeZone={timeZone} />
      <ReportCardTable timeZone={timeZone} />
      <DriftCard timeZone={timeZone} />
      <ModelList timeZone={timeZone} />
      <TrainingCard timeZone={timeZone} />
      <PastTrainings timeZone={timeZone} />
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
});
