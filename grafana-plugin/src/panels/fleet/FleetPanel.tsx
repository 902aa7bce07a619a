import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelProps } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { PanelMessage } from '../../shared/PanelMessage';
import { QueryStandIn } from '../../shared/QueryStandIn';
import { TEST_ID } from '../testIds';
import { FleetLegend } from './FleetLegend';
import { FleetMap } from './FleetMap';
import { FleetSummary } from './FleetSummary';
import { FLEET_DEFAULTS, type FleetOptions } from './options';
import { byRisk, chosenServers, countByLevel, groupServers, levelKey, readServers } from './servers';

const LEGEND_HEIGHT = 28;
const NOTE_HEIGHT = 20;
/** Smaller panels show the map alone. */
const MIN_LEGEND_WIDTH = 200;
const MIN_LEGEND_HEIGHT = 110;
const MIN_HEADING_HEIGHT = 150;
const NO_VARIABLES = (text: string) => text;

/** A risk map of all servers. */
export const FleetPanel = (props: PanelProps<FleetOptions>) => {
  const { data, width, height, replaceVariables = NO_VARIABLES } = props;
  const options = useMemo(() => ({ ...FLEET_DEFAULTS, ...props.options }), [props.options]);
  const styles = useStyles2(getStyles);
  const [only, setOnly] = useState<string | undefined>(undefined);
  const all = useMemo(() => readServers(data.series), [data.series]);
  const filter = replaceVariables(options.filter);
  const chosen = useMemo(
    () => chosenServers(all ?? [], filter, options.levels),
    [all, filter, options.levels],
  );
  const counts = useMemo(() => countByLevel(chosen), [chosen]);
  // A small panel has no room for groups: those at most risk come first instead.
  const groupBy = height >= MIN_HEADING_HEIGHT ? options.groupBy : 'none';
  const { groups, left } = useMemo(() => {
    const seen =
      only !== undefined && counts.has(only) ? chosen.filter((one) => levelKey(one) === only) : chosen;
    const kept = [...seen].sort(byRisk).slice(0, Math.max(1, options.maxServers));
    return { groups: groupServers(kept, { ...options, groupBy }), left: seen.length - kept.length };
  }, [chosen, counts, only, options, groupBy]);

  if (all === undefined || all.length === 0 || chosen.length === 0)
    return <Nothing data={data} known={all?.length} />;
  const withLegend = options.legend && width >= MIN_LEGEND_WIDTH && height >= MIN_LEGEND_HEIGHT;
  return (
    <div className={styles.panel} style={{ width, height }} data-testid={TEST_ID.fleetPanel}>
      <FleetSummary groups={groups} />
      <FleetMap
        groups={groups}
        width={width}
        height={height - (withLegend ? LEGEND_HEIGHT : 0) - (left > 0 ? NOTE_HEIGHT : 0)}
        colorBy={options.colorBy}
        headings={groupBy !== 'none'}
      />
      {left > 0 && (
        <div className={styles.note}>
          {left.toLocaleString('en')} more servers, those at least risk, are not shown. Filter them, or raise
          “Servers at most”.
        </div>
      )}
      {withLegend && <FleetLegend counts={counts} colorBy={options.colorBy} only={only} onOnly={setOnly} />}
    </div>
  );
};

interface NothingProps extends Pick<PanelProps, 'data'> {
  readonly known: number | undefined;
}

const Nothing = ({ data, known }: NothingProps) => (
  <QueryStandIn data={data} what="The fleet" pending={<PanelMessage title="Loading the fleet…" />}>
    <NothingToDraw data={data} known={known} />
  </QueryStandIn>
);

const NothingToDraw = ({ data, known }: NothingProps) => {
  if (known !== undefined && known > 0)
    return (
      <PanelMessage title="No server fits the filter" icon="filter">
        {known.toLocaleString('en')} {known === 1 ? 'server is' : 'servers are'} known. Change the panel’s
        name or level filter to see them.
      </PanelMessage>
    );
  if (known === undefined && data.series.some(({ length }) => length > 0))
    return (
      <PanelMessage title="No servers in this data" icon="apps">
        This panel draws fleet queries of the Argus data source.
      </PanelMessage>
    );
  return (
    <PanelMessage title="No servers" icon="apps">
      No server sends its metrics yet, or none is within the query’s filters.
    </PanelMessage>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ display: 'flex', flexDirection: 'column', position: 'relative' }),
  note: css({
    ...theme.typography.bodySmall,
    height: NOTE_HEIGHT,
    color: theme.colors.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  }),
});
