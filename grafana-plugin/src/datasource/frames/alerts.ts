import { type DataFrame, FieldType } from '@grafana/data';
import { ALERT_FIELD } from '../../shared/frames';
import * as show from './fieldConfigs';
import { numbers, table, times, words } from './table';

/** An alert, open or past, as a row and as an annotation. */
export interface AlertRow {
  readonly id: string;
  readonly openedMs: number;
  /** Null while it is open. */
  readonly resolvedMs: number | null;
  readonly server: string;
  readonly profile: string;
  /** The highest it reached. */
  readonly level: string;
  readonly risk: number;
  readonly message: string;
  readonly causeMetric: string | null;
  readonly leadSeconds: number | null;
}

/** One table, a row an alert. */
export function alertTable(refId: string, alerts: readonly AlertRow[]): DataFrame {
  const columns = [
    times<AlertRow>(ALERT_FIELD.time, show.time('Opened'), ({ openedMs }) => openedMs),
    times<AlertRow>(
      ALERT_FIELD.timeEnd,
      { ...show.time('Resolved'), noValue: 'open' },
      ({ resolvedMs }) => resolvedMs,
    ),
    words<AlertRow>(ALERT_FIELD.server, show.SERVER, ({ server }) => server),
    words<AlertRow>(ALERT_FIELD.profile, show.PROFILE, ({ profile }) => profile),
    words<AlertRow>(ALERT_FIELD.level, show.LEVEL, ({ level }) => level),
    numbers<AlertRow>(ALERT_FIELD.risk, show.RISK, ({ risk }) => risk),
    words<AlertRow>(ALERT_FIELD.message, show.text('Message'), ({ message }) => message),
    words<AlertRow>(ALERT_FIELD.causeMetric, show.metric('Cause'), ({ causeMetric }) => causeMetric),
    numbers<AlertRow>(ALERT_FIELD.lead, show.seconds('Lead time'), ({ leadSeconds }) => leadSeconds),
    { name: ALERT_FIELD.id, type: FieldType.string, config: HIDDEN, value: ({ id }: AlertRow) => id },
  ];
  return table({ refId, name: 'Alerts', argus: { argus: 'alerts' } }, columns, alerts);
}

/** The id joins rows to annotations; it tells a reader nothing. */
const HIDDEN = { displayNameFromDS: 'Id', custom: { hideFrom: { viz: true } } };
