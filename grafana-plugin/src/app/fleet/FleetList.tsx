import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { EmptyState, InteractiveTable, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import type { FleetServer } from '../../data/fleet';
import { Card } from '../components/Card';
import { ClearFilters } from '../components/filters';
import { counted } from '../components/format';
import type { UrlFilters } from '../scenes/UrlFilters';
import { TEST_IDS } from '../testIds';
import { FleetFilterBar } from './FleetFilterBar';
import { FLEET_COLUMNS } from './fleetColumns';
import { fleetRows } from './fleetRows';
import { listedLevels } from './match';

const PAGE_SIZE = 25;

interface Props {
  readonly servers: readonly FleetServer[];
  readonly filters: UrlFilters;
}

/** The servers that need someone now, or those that are looked for. */
export const FleetList = ({ servers, filters }: Props) => {
  const values = filters.useState();
  const { levels, profiles, search } = values;
  const rows = useMemo(
    () => fleetRows(servers, { levels, profiles, search, lead: '', only: '' }),
    [servers, levels, profiles, search],
  );
  const styles = useStyles2(getStyles);
  const isAttention = levels.length === 0 && search.trim() === '';
  const title = isAttention ? 'Needs someone now' : 'Servers';
  const shown = `${counted(rows.length, 'server')} of ${servers.length.toLocaleString('en-US')}`;
  return (
    <Card
      title={title}
      description={isAttention ? `${shown}: those above healthy, worst first.` : `${shown}, worst first.`}
      testId={TEST_IDS.fleetTable}
    >
      <FleetFilterBar servers={servers} filters={filters} />
      {rows.length === 0 ? (
        <Nothing filters={filters} isAttention={isAttention} />
      ) : (
        <div className={styles.table}>
          <InteractiveTable
            columns={FLEET_COLUMNS}
            data={rows}
            getRowId={({ server }) => server}
            pageSize={PAGE_SIZE}
            autoResetPage={false}
          />
        </div>
      )}
    </Card>
  );
};

const Nothing = ({
  filters,
  isAttention,
}: {
  readonly filters: UrlFilters;
  readonly isAttention: boolean;
}) => {
  const values = filters.useState();
  if (isAttention && values.profiles.length === 0) {
    return (
      <EmptyState variant="completed" message="No server is above healthy">
        Choose a level above, or search, to see the others.
      </EmptyState>
    );
  }
  return (
    <EmptyState variant="not-found" message="No server matches" button={<ClearFilters filters={filters} />}>
      {listedLevels(values).length > 0 ? 'Other levels may have some.' : 'Look for another name or cause.'}
    </EmptyState>
  );
};

const getStyles = (_theme: GrafanaTheme2) => ({
  table: css({ overflowX: 'auto', '& td': { verticalAlign: 'top' } }),
});
