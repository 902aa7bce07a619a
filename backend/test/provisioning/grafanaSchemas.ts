/** What may stand in Grafana's provisioning files, as far as these use it: a misspelt key would be ignored in silence. */

type Schema = Readonly<Record<string, unknown>>;

/** An object with these properties and no others. */
function only(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}
const listOf = (items: Schema): Schema => ({ type: 'array', items, minItems: 1 });
const oneOf = (...values: readonly (string | number)[]): Schema => ({ enum: values });

const text: Schema = { type: 'string', minLength: 1 };
const flag: Schema = { type: 'boolean' };
const whole: Schema = { type: 'integer', minimum: 0 };
const duration: Schema = { type: 'string', pattern: '^[1-9][0-9]*(s|m|h|d)$' };
const uid: Schema = { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,40}$' };
const time: Schema = { type: 'string', pattern: '^([01][0-9]|2[0-4]):[0-5][0-9]$' };

const file = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema =>
  only({ apiVersion: oneOf(1), ...properties }, optional);

const apps = file({ apps: listOf(only({ type: text, org_id: whole, disabled: flag })) });

const datasource = only(
  {
    ...{ name: text, uid, type: text, access: oneOf('proxy'), url: text, isDefault: flag, editable: flag },
    jsonData: only({ httpMethod: oneOf('POST', 'GET'), timeInterval: duration }, ['timeInterval']),
    secureJsonData: only({ apiKey: text, adminKey: text }, ['adminKey']),
  },
  ['isDefault', 'editable', 'jsonData', 'secureJsonData'],
);

const dashboards = file({
  providers: listOf(
    only({
      name: text,
      folder: text,
      type: oneOf('file'),
      allowUiUpdates: flag,
      options: only({ path: text }),
    }),
  ),
});

const range = only({ from: whole, to: whole });
const query = only({
  refId: oneOf('A'),
  relativeTimeRange: range,
  datasourceUid: oneOf('prometheus'),
  model: only({ refId: oneOf('A'), instant: { const: true }, expr: text }),
});
const threshold = only({
  refId: oneOf('C'),
  relativeTimeRange: range,
  datasourceUid: oneOf('__expr__'),
  model: only({
    refId: oneOf('C'),
    type: oneOf('threshold'),
    expression: oneOf('A'),
    conditions: listOf(
      only({
        evaluator: only({
          type: oneOf('gt', 'gte', 'lt', 'lte'),
          params: { type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 1 },
        }),
      }),
    ),
  }),
});
const rule = only(
  {
    uid,
    title: text,
    condition: oneOf('C'),
    data: { type: 'array', items: [query, threshold], minItems: 2, maxItems: 2 },
    for: duration,
    keep_firing_for: duration,
    noDataState: oneOf('OK', 'NoData', 'Alerting'),
    execErrState: oneOf('OK', 'Error', 'Alerting'),
    labels: only(
      {
        severity: oneOf('critical', 'warning', 'degraded'),
        lead: oneOf('now', 'later'),
        component: oneOf('argus'),
      },
      ['component'],
    ),
    annotations: only({
      summary: text,
      description: text,
      runbook: { type: 'string', pattern: '^docs/.*#' },
    }),
  },
  ['keep_firing_for'],
);
const rules = file({
  groups: listOf(only({ orgId: whole, name: text, folder: text, interval: duration, rules: listOf(rule) })),
});

const contactPoints = file({
  contactPoints: listOf(
    only({
      orgId: whole,
      name: text,
      receivers: listOf(
        only({ uid, type: oneOf('webhook'), settings: only({ url: text }), disableResolveMessage: flag }, [
          'disableResolveMessage',
        ]),
      ),
    }),
  ),
});

const waits = { group_wait: duration, group_interval: duration, repeat_interval: duration };
const route = only(
  {
    receiver: text,
    object_matchers: listOf({
      type: 'array',
      items: [text, oneOf('=', '!=', '=~', '!~'), text],
      minItems: 3,
      maxItems: 3,
    }),
    group_by: listOf(text),
    ...waits,
    continue: flag,
    mute_time_intervals: listOf(text),
  },
  [...Object.keys(waits), 'continue', 'mute_time_intervals'],
);
const policies = file({
  policies: listOf(
    only({ orgId: whole, receiver: text, group_by: listOf(text), ...waits, routes: listOf(route) }),
  ),
  muteTimes: listOf(
    only({
      orgId: whole,
      name: text,
      time_intervals: listOf(
        only({ weekdays: listOf(text), times: listOf(only({ start_time: time, end_time: time })) }, [
          'weekdays',
          'times',
        ]),
      ),
    }),
  ),
});

/** By path within provisioning/grafana. */
export const SCHEMAS: Readonly<Record<string, Schema>> = {
  'plugins/argus.yaml': apps,
  'datasources/argus.yaml': file({ datasources: listOf(datasource) }),
  'datasources/prometheus.yaml': file({ datasources: listOf(datasource) }),
  'dashboards/argus.yaml': dashboards,
  'alerting/argus.yaml': rules,
  'alerting/contact-points.yaml': contactPoints,
  'alerting/policies.yaml': policies,
};
