import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { InteractiveTable, useStyles2 } from '@grafana/ui';
import { useCallback, useMemo } from 'react';
import type { ActiveAlert } from '../../data/alerts';
import type { Incident } from '../../data/history';
import { ActiveAlertDetail, PastAlertDetail } from './AlertDetail';
import { activeColumns, pastColumns } from './alertColumns';
import { type AlertGroup, groupedAlerts } from './groupAlerts';

const PAGE_SIZE = 25;

interface Shown {
  readonly timeZone: string;
  /** On the page of one server its name says nothing. */
  readonly hideServer?: boolean;
}

function shownColumns<Column extends { id: string }>(columns: Column[], hideServer: boolean): Column[] {
  return hideServer ? columns.filter(({ id }) => id !== 'server_name') : columns;
}

/** Alerts that are open, the most urgent first; those of a cascade's members under its own. */
export const ActiveAlertTable = ({
  alerts,
  timeZone,
  hideServer = false,
}: Shown & { readonly alerts: readonly ActiveAlert[] }) => {
  const styles = useStyles2(getStyles);
  const columns = useMemo(() => shownColumns(activeColumns(timeZone), hideServer), [timeZone, hideServer]);
  const data = useMemo(() => [...groupedAlerts(alerts)], [alerts]);
  const detail = useCallback(
    (group: AlertGroup) => <ActiveAlertDetail group={group} timeZone={timeZone} />,
    [timeZone],
  );
  return (
    <div className={styles.table}>
      <InteractiveTable
        columns={columns}
        data={data}
        getRowId={({ alert }) => alert.id}
        renderExpandedRow={detail}
        pageSize={PAGE_SIZE}
        autoResetPage={false}
      />
    </div>
  );
};

/** Alerts that have ended, the newest first. */
export const PastAlertTable = ({
  incidents,
  timeZone,
  hideServer = false,
}: Shown & { readonly incidents: readonly Incident[] }) => {
  const styles = useStyles2(getStyles);
  const columns = useMemo(() => shownColumns(pastColumns(timeZone), hideServer), [timeZone, hideServer]);
  const data = useMemo(() => [...incidents], [incidents]);
  const detail = useCallback(
    (incident: Incident) => <PastAlertDetail incident={incident} timeZone={timeZone} />,
    [timeZone],
  );
  return (
    <div className={styles.table}>
      <InteractiveTable
        columns={columns}
        data={data}
        getRowId={({ alert_id }) => alert_id}
        renderExpandedRow={detail}
        pageSize={PAGE_SIZE}
        autoResetPage={false}
      />
    </div>
  );
};

const getStyles = (_theme: GrafanaTheme2) => ({
  table: css({ overflowX: 'auto', '& td': { verticalAlign: 'top' } }),
});
