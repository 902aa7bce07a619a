import { css } from '@emotion/css';
import { type GrafanaTheme2, locationUtil } from '@grafana/data';
import { Text, TextLink, useStyles2 } from '@grafana/ui';
import { pageUrl } from '../../shared/routes';
import { rulesUrl } from '../alerts/links';

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
          <TextLink href={pageUrl('fleet')}>Open the fleet</TextLink>: who needs someone now, and why. While
          no server sends anything, it says how to send data.
        </li>
        <li>
          <TextLink href={locationUtil.assureBaseUrl('/dashboards?tag=argus')}>Dashboards of Argus</TextLink>:
          fleet, one server, and the health of Argus itself, to copy and change.
        </li>
        <li>
          <TextLink href={rulesUrl()}>Alert rules</TextLink> on the metrics of Argus in Grafana alerting, once
          Prometheus scrapes its /metrics.
        </li>
        {uid === undefined ? null : (
          <li>
            <TextLink
              href={locationUtil.assureBaseUrl(`/connections/datasources/edit/${encodeURIComponent(uid)}`)}
            >
              All settings of the data source
            </TextLink>
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
