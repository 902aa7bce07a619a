import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Text, useStyles2 } from '@grafana/ui';
import { pageUrl } from '../../shared/routes';
import { RULES_PATH } from '../alerts/links';
import { PageLink } from '../components/PageLink';

interface Props {
  readonly isConnected: boolean;
  readonly uid: string | undefined;
}

/** Where to go once Argus is connected. */
export const NextSteps = ({ isConnected, uid }: Props) => {
  const styles = useStyles2(getStyles);
  return (
    <section>
      <Text element="h3" variant="h5">
        {isConnected ? 'Connected. What next' : 'What next'}
      </Text>
      <ul className={styles.list}>
        <li>
          <PageLink href={pageUrl('fleet')}>Open the fleet</PageLink>: who needs someone now, and why. While
          no server sends anything, it says how to send data.
        </li>
        <li>
          <PageLink href="/dashboards?tag=argus">Dashboards of Argus</PageLink>: fleet, one server, and the
          health of Argus itself, to copy and change.
        </li>
        <li>
          <PageLink href={RULES_PATH}>Alert rules</PageLink> on the metrics of Argus in Grafana alerting, once
          Prometheus scrapes its /metrics.
        </li>
        {uid === undefined ? null : (
          <li>
            <PageLink href={`/connections/datasources/edit/${encodeURIComponent(uid)}`}>
              All settings of the data source
            </PageLink>
            : certificates, time limit, name, permissions.
          </li>
        )}
      </ul>
    </section>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({
    paddingLeft: theme.spacing(3),
    margin: theme.spacing(1, 0, 0),
    '& li': { marginBottom: theme.spacing(0.5) },
  }),
});
