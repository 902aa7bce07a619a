import { css } from '@emotion/css';
import type { GrafanaTheme2, PanelProps } from '@grafana/data';
import { FilterPill, useStyles2 } from '@grafana/ui';
import { useMemo, useState } from 'react';
import { PanelMessage } from '../../shared/PanelMessage';
import { QueryStandIn } from '../../shared/QueryStandIn';
import { EXPLANATION_DEFAULTS, type ExplanationOptions } from './options';
import { clientOfPanel, dataSourceUid, type ExplainedServer, readExplained } from './read';
import { ExplanationView } from './view/ExplanationView';
import { ExplanationPending, ServerExplanation } from './view/ServerExplanation';

/** Smaller panels show score, sentence and parts alone. */
const MIN_WIDTH = 320;
const MIN_HEIGHT = 260;

/** Why a server's risk is what it is. */
export const ExplanationPanel = ({
  data,
  width,
  height,
  timeZone,
  options,
}: PanelProps<ExplanationOptions>) => {
  const styles = useStyles2(getStyles);
  const [chosen, choose] = useState<string | undefined>(undefined);
  const uid = dataSourceUid(data);
  const client = useMemo(() => clientOfPanel(uid), [uid]);
  const servers = useMemo(() => readExplained(data.series), [data.series]);
  const one = servers.find(({ server }) => server === chosen) ?? servers[0];
  if (one === undefined) return <Nothing data={data} />;
  const view = {
    timeZone,
    show: { ...EXPLANATION_DEFAULTS.show, ...options.show },
    compact: width < MIN_WIDTH || height < MIN_HEIGHT,
    linked: true,
  };
  return (
    <div className={styles.panel} style={{ width, height }}>
      {servers.length > 1 && <Chooser servers={servers} chosen={one.server} onChoose={choose} />}
      {one.explanation !== undefined ? (
        <ExplanationView {...view} key={one.server} client={client} explanation={one.explanation} />
      ) : client !== undefined ? (
        <ServerExplanation
          {...view}
          key={one.server}
          client={client}
          server={one.server}
          version={one.originMs ?? cycleOf(data)}
        />
      ) : (
        <PanelMessage title="No explanation in this data" icon="info-circle">
          The frame names a server, but its data does not come from an Argus data source that could explain
          it.
        </PanelMessage>
      )}
    </div>
  );
};

const CYCLE_MS = 300_000;

/** Forecasts change every five minutes, however often a dashboard is refreshed. */
function cycleOf({ request }: PanelProps['data']): number {
  return Math.floor((request?.startTime ?? 0) / CYCLE_MS);
}

interface ChooserProps {
  readonly servers: readonly ExplainedServer[];
  readonly chosen: string;
  readonly onChoose: (server: string) => void;
}

const Chooser = ({ servers, chosen, onChoose }: ChooserProps) => {
  const styles = useStyles2(getStyles);
  return (
    <fieldset className={styles.chooser} aria-label="Server">
      {servers.map(({ server }) => (
        <FilterPill
          key={server}
          label={server}
          selected={server === chosen}
          onClick={() => onChoose(server)}
        />
      ))}
    </fieldset>
  );
};

const Nothing = ({ data }: Pick<PanelProps, 'data'>) => (
  <QueryStandIn data={data} what="The explanation" pending={<ExplanationPending slow={false} />}>
    <PanelMessage title="No server to explain" icon="info-circle">
      Choose “Explanation” and one server in a query of the Argus data source.
    </PanelMessage>
  </QueryStandIn>
);

const getStyles = (theme: GrafanaTheme2) => ({
  panel: css({ overflow: 'auto', display: 'flex', flexDirection: 'column', gap: theme.spacing(1) }),
  chooser: css({
    border: 0,
    padding: 0,
    minWidth: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
    maxHeight: 64,
    overflowY: 'auto',
    flexShrink: 0,
  }),
});
