import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { ClipboardButton, LinkButton, Text, useStyles2 } from '@grafana/ui';
import { CONFIG_URL } from '../../shared/routes';
import { Card } from '../components/Card';
import { isAdministrator } from '../roles';
import { TEST_IDS } from '../testIds';

const COLLECTOR = `exporters:
  otlp/argus:
    endpoint: ARGUS_HOST:4317
    tls:
      insecure: true

service:
  pipelines:
    metrics:
      receivers: [hostmetrics]
      exporters: [otlp/argus]`;

const SIMULATE = 'argus simulate --endpoint http://ARGUS_HOST:4317 --servers 20 --history 24h';

/** What to do while no server has sent anything. */
export const FirstRun = () => {
  const styles = useStyles2(getStyles);
  return (
    <Card
      title="No server has sent anything yet"
      description="Argus is running and reachable. It forecasts every server that sends it metrics over OpenTelemetry."
      testId={TEST_IDS.firstRun}
      actions={
        isAdministrator() ? (
          <LinkButton variant="secondary" icon="cog" href={CONFIG_URL}>
            Configuration
          </LinkButton>
        ) : undefined
      }
    >
      <ol className={styles.steps}>
        <li>
          <Text element="h3" variant="h6">
            Point an OpenTelemetry Collector at Argus
          </Text>
          <p>
            Add this to the Collector of each server; the host metrics receiver measures what is forecast.
          </p>
          <Snippet text={COLLECTOR} />
        </li>
        <li>
          <Text element="h3" variant="h6">
            Or look around with a simulated fleet
          </Text>
          <Snippet text={SIMULATE} />
        </li>
        <li>
          <Text element="h3" variant="h6">
            Wait for the first forecast
          </Text>
          <p>
            A server appears here within a minute of its first metrics. It is warming up until enough
            five-minute steps have been measured; its row says how far it is.
          </p>
        </li>
      </ol>
    </Card>
  );
};

const Snippet = ({ text }: { readonly text: string }) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.snippet}>
      <pre className={styles.code}>{text}</pre>
      <ClipboardButton variant="secondary" size="sm" icon="copy" getText={() => text}>
        Copy
      </ClipboardButton>
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  steps: css({
    paddingLeft: theme.spacing(3),
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    maxWidth: 760,
    '& p': { margin: theme.spacing(0.5, 0), color: theme.colors.text.secondary },
  }),
  snippet: css({
    display: 'flex',
    alignItems: 'flex-start',
    gap: theme.spacing(1),
    marginTop: theme.spacing(0.5),
  }),
  code: css({ flex: 1, minWidth: 0, margin: 0, overflowX: 'auto' }),
});
