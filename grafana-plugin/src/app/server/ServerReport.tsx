import { InteractiveTable, Text } from '@grafana/ui';
import { useMemo } from 'react';
import { useReportCard } from '../../data/hooks';
import type { ReportCard } from '../../data/reportCard';
import { targetLabel } from '../../shared/metrics';
import { Card } from '../components/Card';
import { QueryState } from '../components/QueryState';
import { REPORT_TOOLTIPS, serverReportColumns } from './reportColumns';

type OwnReport = NonNullable<ReportCard['server']>;

/** Who forecasts each metric of a server, why, and how exact that has been. */
export const ServerReport = ({
  server,
  timeZone,
}: {
  readonly server: string;
  readonly timeZone: string;
}) => {
  const card = useReportCard(server);
  return (
    <Card
      title="Report card of this server"
      description="Forecasts are scored when their time comes. Where a baseline has been more exact over the last day, it forecasts."
    >
      <QueryState query={card} what="the report card">
        {({ server: own }) =>
          own === undefined || own.metrics.every(({ forecaster }) => forecaster === null) ? (
            <Text color="secondary">Nothing of this server is forecast yet, so nothing can be scored.</Text>
          ) : (
            <OwnTable own={own} timeZone={timeZone} />
          )
        }
      </QueryState>
    </Card>
  );
};

const OwnTable = ({ own, timeZone }: { readonly own: OwnReport; readonly timeZone: string }) => {
  const rows = useMemo(
    () =>
      own.metrics
        .filter(({ forecaster }) => forecaster !== null)
        .map((metric) => ({ ...metric, label: targetLabel(metric.metric) })),
    [own],
  );
  const columns = useMemo(() => serverReportColumns(timeZone), [timeZone]);
  return (
    <InteractiveTable
      columns={columns}
      data={rows}
      getRowId={({ metric }) => metric}
      headerTooltips={REPORT_TOOLTIPS}
    />
  );
};
