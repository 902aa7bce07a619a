import { LinkButton } from '@grafana/ui';
import { queryString } from '../../data/client';
import { useArgusClient } from '../../data/clientContext';
import type { TimeSpan } from '../../data/history';
import { ianaZone } from '../components/ianaZone';

const FORMATS = [
  { format: 'csv', label: 'CSV' },
  { format: 'parquet', label: 'Parquet' },
] as const;

/** Every alert of a time range as a file: a row an alert with its whole life. The browser saves it as it is sent. */
export const ExportLinks = ({
  span: { fromMs, toMs },
  timeZone,
}: {
  readonly span: TimeSpan;
  readonly timeZone: string;
}) => {
  const { baseUrl } = useArgusClient();
  const range = {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    time_zone: ianaZone(timeZone),
  };
  return FORMATS.map(({ format, label }) => (
    <LinkButton
      key={format}
      size="sm"
      variant="secondary"
      icon="download-alt"
      // A target keeps Grafana from taking it for a page of its own.
      target="_self"
      download
      href={`${baseUrl}/api/historical/export/incidents${queryString({ ...range, format })}`}
      aria-label={`Export the alerts of the time range as ${label}`}
    >
      {label}
    </LinkButton>
  ));
};
