import {
  CoreApp,
  type DataFrame,
  type DataQueryRequest,
  type DataQueryResponse,
  type DataSourceInstanceSettings,
  dateTime,
  LoadingState,
  type ScopedVars,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { type Answers, BASE_URL, type TestBackend, testBackend } from '../data/testBackend';
import {
  activeAlertsAnswer,
  fleetAnswer,
  forecastAnswer,
  manyPredictions,
  NOW,
  ODD_NAME,
  ORIGIN,
  prediction,
  target,
  warmingUpAnswer,
} from '../data/testFixtures';
import { ArgusDataSource } from './datasource';
import type { ArgusDataSourceOptions, ArgusQuery } from './types';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
}));

const settings = { url: BASE_URL, jsonData: {} } as DataSourceInstanceSettings<ArgusDataSourceOptions>;

/** Variables of the dashboard, replaced as Grafana does: `$name` by what the format makes of the value. */
function templates(variables: Readonly<Record<string, string | string[]>> = {}) {
  const replace = (text = '', _scoped?: ScopedVars, format?: unknown) =>
    text.replace(/\$(\w+)/g, (whole, name) => {
      const value = variables[name];
      if (value === undefined) return whole;
      return typeof format === 'function' ? format(value) : String(value);
    });
  return {
    replace,
    containsTemplate: (text = '') => /\$\w+/.test(text),
    getVariables: () => [],
    updateTimeRange: () => {},
  };
}

function request(targets: readonly Partial<ArgusQuery>[], to = Date.parse(ORIGIN) + 28_800_000) {
  const range = {
    from: dateTime(Date.parse(ORIGIN) - 600_000),
    to: dateTime(to),
    raw: { from: 'now-24h', to: 'now+8h' },
  };
  return {
    requestId: 'Q1',
    app: CoreApp.Dashboard,
    interval: '1m',
    intervalMs: 60_000,
    scopedVars: {},
    startTime: 0,
    timezone: 'utc',
    range,
    targets: targets.map((query, i) => ({ refId: String.fromCharCode(65 + i), ...query })),
  } as DataQueryRequest<ArgusQuery>;
}

async function ask(
  answers: Answers,
  targets: readonly Partial<ArgusQuery>[],
  variables?: Readonly<Record<string, string | string[]>>,
): Promise<DataQueryResponse> {
  backend = testBackend(answers);
  return lastValueFrom(new ArgusDataSource(settings, templates(variables)).query(request(targets)));
}

const forecastPath = (name: string) => `/servers/${encodeURIComponent(name)}/forecast`;
const notices = (frame: DataFrame | undefined) => (frame?.meta?.notices ?? []).map(({ text }) => text);
const column = (frame: DataFrame | undefined, name: string) =>
  frame?.fields.find((field) => field.name === name)?.values;

describe('a forecast query', () => {
  const query: Partial<ArgusQuery> = {
    queryType: 'forecast',
    servers: ['ppdb001'],
    metrics: ['cpu_used_pct'],
  };
  const answers = { [forecastPath('ppdb001')]: { data: forecastAnswer('ppdb001') } };

  test('joins what was measured and what is expected on one axis into the future', async () => {
    const { data, state } = await ask(answers, [query]);
    expect(state).toBe(LoadingState.Done);
    expect(data).toHaveLength(1);
    const [frame] = data as DataFrame[];
    const times = column(frame, 'time') ?? [];
    expect(times).toHaveLength(5);
    expect(times.at(-1)).toBe(Date.parse(ORIGIN) + 2 * 300_000);
    expect(column(frame, 'actual')).toEqual([18, null, null, null, null]);
    expect(column(frame, 'yhat')).toEqual([null, null, 20, 20, 20]);
    expect(column(frame, 'yhat_lower')).toEqual([null, null, 10, 10, 10]);
    expect(column(frame, 'yhat_upper')).toEqual([null, null, 30, 30, 30]);
  });

  test('carries unit, thresholds, labels, a link and what a panel has to know', async () => {
    const { data } = await ask(answers, [query]);
    const [frame] = data as DataFrame[];
    const yhat = frame?.fields.find(({ name }) => name === 'yhat');
    expect(yhat?.labels).toEqual({ server: 'ppdb001', metric: 'cpu_used_pct' });
    expect(yhat?.config).toMatchObject({ unit: 'percent', displayNameFromDS: 'Expected' });
    expect(yhat?.config.thresholds?.steps.map(({ value }) => value)).toEqual([-Infinity, 85, 95]);
    expect(yhat?.config.links?.[0]?.url).toContain('/a/argus-app/servers/');
    expect(frame?.meta?.custom).toMatchObject({
      argus: 'forecast',
      originMs: Date.parse(ORIGIN),
      server: 'ppdb001',
      metric: 'cpu_used_pct',
      forecaster: 'model',
      thresholds: { warning: 85, critical: 95 },
    });
  });

  test('draws the band by itself in Grafana’s own panel: the upper edge is filled down to the lower', async () => {
    const { data } = await ask(answers, [query]);
    const [frame] = data as DataFrame[];
    const upper = frame?.fields.find(({ name }) => name === 'yhat_upper');
    const lower = frame?.fields.find(({ name }) => name === 'yhat_lower');
    expect(upper?.config.custom.fillBelowTo).toBe(lower?.config.displayNameFromDS);
  });

  test('leaves history out where it is not wanted', async () => {
    const bare = { ...forecastAnswer('ppdb001'), history: undefined };
    const { data } = await ask({ [forecastPath('ppdb001')]: { data: bare } }, [{ ...query, history: false }]);
    expect(column(data[0], 'time')).toHaveLength(3);
    expect(column(data[0], 'actual')).toBeUndefined();
    expect(backend.paths()).toEqual(['/servers/ppdb001/forecast']);
  });

  test('asks for every value of a variable, whatever the names', async () => {
    const all = Object.fromEntries(
      ['ppdb001', ODD_NAME].map((name) => [forecastPath(name), { data: forecastAnswer(name) }]),
    );
    const { data } = await ask(all, [{ ...query, servers: ['$server'] }], { server: ['ppdb001', ODD_NAME] });
    expect(data.map((frame: DataFrame) => frame.fields[1]?.labels?.server)).toEqual(['ppdb001', ODD_NAME]);
    expect(data[1].fields[2].config.displayNameFromDS).toBe(`${ODD_NAME} expected`);
  });

  test('takes those at most risk where “All” or nothing is chosen', async () => {
    const many = {
      '/predictions/current': { data: fleetAnswer(manyPredictions(1_000)) },
      '*': (url: URL) => ({ data: forecastAnswer(decodeURIComponent(url.pathname.split('/')[2] ?? '')) }),
    };
    const { data } = await ask(many, [{ ...query, servers: ['$server'] }], { server: '$__all' });
    expect(data).toHaveLength(10);
    expect(data[0].meta.custom.server).toBe('pp0000');
    expect(notices(data[0])).toEqual([expect.stringContaining('Showing 10 of 1000 servers')]);
  });

  test('never asks for more than 50 servers', async () => {
    const names = Array.from({ length: 1_000 }, (_, i) => `s${i}`);
    const every = {
      '*': (url: URL) => ({ data: forecastAnswer(url.pathname.split('/')[2] ?? '') }),
    };
    const { data } = await ask(every, [{ ...query, servers: ['$server'] }], { server: names });
    expect(data).toHaveLength(50);
    expect(backend.requests).toHaveLength(50);
    expect(notices(data[0])[0]).toMatch(/Showing 50 of 1000 servers/);
  });

  test('says which metric is not forecast, and shows the others', async () => {
    const half = forecastAnswer('ppdb001', { targets: { cpu_used_pct: target({ p50: [null, 20, null] }) } });
    const { data } = await ask({ [forecastPath('ppdb001')]: { data: half } }, [
      { ...query, metrics: ['cpu_used_pct', 'swap_used_pct'] },
    ]);
    expect(column(data[0], 'yhat')).toEqual([null, null, null, 20, null]);
    expect(notices(data[0])).toEqual([expect.stringContaining('Swap used is not forecast for ppdb001')]);
  });

  test('shows the other servers where one has no forecast yet', async () => {
    const detail = 'There is no forecast of "new" now. Warming up: 3 of 36 steps.';
    const { data, errors } = await ask(
      {
        ...answers,
        [forecastPath('new')]: { status: 503, body: { detail, code: 'ARGUS_FORECAST_NOT_READY' } },
      },
      [{ ...query, servers: ['ppdb001', 'new'] }],
    );
    expect(errors).toBeUndefined();
    expect(data).toHaveLength(1);
    expect(notices(data[0])).toEqual([expect.stringContaining('Warming up: 3 of 36 steps')]);
  });

  test('tells where the forecast lies outside the time range', async () => {
    backend = testBackend(answers);
    const past = request([query], Date.parse(ORIGIN) - 1);
    const { data } = await lastValueFrom(new ArgusDataSource(settings, templates()).query(past));
    expect(notices(data[0])).toEqual([expect.stringContaining('now+8h')]);
  });

  const kept = {
    step_seconds: 300,
    timestamps: ['2026-07-04T11:00:00.000Z', '2026-07-05T10:50:00.000Z', ORIGIN],
    series: [
      {
        metric: 'cpu_used_pct',
        unit: '%',
        actual: [1, null, 3],
        forecasts: [
          {
            lead: '1h',
            lead_seconds: 3600,
            p10: [0, 1, 2],
            p50: [1, 2, 3],
            p90: [2, 3, 4],
            coverage: 0.8,
            mean_absolute_error: 1,
          },
        ],
      },
    ],
  };

  test('shows what had been forecast for the past, up to the origin', async () => {
    const past = { ...answers, '/historical/server/ppdb001/series': { data: kept } };
    const { data } = await ask(past, [{ ...query, pastLead: '1h' }]);
    expect(column(data[0], 'time')?.slice(0, 3)).toEqual(
      ['2026-07-04T11:00:00.000Z', '2026-07-05T10:50:00.000Z', '2026-07-05T10:55:00.000Z'].map(Date.parse),
    );
    expect(column(data[0], 'actual')?.slice(0, 3)).toEqual([1, 18, null]);
    expect(column(data[0], 'past_yhat')).toEqual([1, 2, null, null, null, null]);
    expect(column(data[0], 'past_yhat_lower')?.slice(0, 2)).toEqual([0, 1]);
    expect(backend.paths()[1]).toMatch(/series\?metric=cpu_used_pct&lead=1h&from=.*&to=2026-07-05T11%3A00/);
  });

  test('shows the last 24 hours and says so where the backend keeps no history', async () => {
    const { data, errors } = await ask(answers, [{ ...query, pastLead: '1h' }]);
    expect(errors).toBeUndefined();
    expect(column(data[0], 'actual')?.[0]).toBe(18);
    expect(notices(data[0])).toEqual([expect.stringContaining('only the last 24 hours')]);
  });

  test('shows nothing where there are no servers', async () => {
    const { data, errors } = await ask({ '/predictions/current': { data: fleetAnswer({}) } }, [
      { ...query, servers: [] },
    ]);
    expect(errors).toBeUndefined();
    expect(data).toEqual([]);
  });
});

describe('a fleet query', () => {
  const query: Partial<ArgusQuery> = { queryType: 'fleet' };

  test('is one table with a row a server, at 1,000 servers', async () => {
    const { data } = await ask({ '/predictions/current': { data: fleetAnswer(manyPredictions(1_000)) } }, [
      query,
    ]);
    expect(data).toHaveLength(1);
    expect(data[0].length).toBe(1_000);
    expect(column(data[0], 'risk')?.[0]).toBe(100);
    expect(column(data[0], 'breach_metric')?.[0]).toBe('mem_used_pct');
    expect(data[0].meta.custom).toMatchObject({ argus: 'fleet', asOfMs: Date.parse(NOW) });
  });

  test('is filtered here by level, profile and text, so that panels share one answer', async () => {
    const healthy = { level: 'healthy', score: 1 };
    const answer = fleetAnswer({
      web1: prediction(),
      WEB2: prediction(),
      web3: prediction({ alert: healthy, risk_score: 1 }),
      web4: prediction({ profile: 'generic' }),
      db1: prediction(),
    });
    const { data } = await ask(
      { '/predictions/current': { data: answer } },
      [
        { ...query, levels: ['critical'], profiles: ['$profile'], search: 'web' },
        { ...query, levels: ['critical'], profiles: ['$profile'], search: 'web', limit: 1 },
        { ...query, levels: ['healthy'] },
      ],
      { profile: ['database', 'etl'] },
    );
    expect(data.map((frame: DataFrame) => column(frame, 'server'))).toEqual([
      ['WEB2', 'web1'],
      ['WEB2'],
      ['web3'],
    ]);
    expect(backend.requests).toHaveLength(1);
  });

  test('says why it is empty while Argus warms up', async () => {
    const { data } = await ask({ '/predictions/current': { data: warmingUpAnswer } }, [query]);
    expect(data[0].length).toBe(0);
    expect(notices(data[0])[0]).toMatch(/No forecast has been made yet/);
  });
});

describe('queries side by side', () => {
  const fleet = { '/predictions/current': { data: fleetAnswer({ a: prediction() }) } };

  test('one that fails leaves the others alone', async () => {
    const { data, errors, state } = await ask(fleet, [
      { queryType: 'fleet' },
      { queryType: 'forecast', servers: ['nobody'] },
    ]);
    expect(data).toHaveLength(1);
    expect(state).toBe(LoadingState.Error);
    expect(errors).toMatchObject([{ refId: 'B', status: 404 }]);
  });

  test('share one request where they ask the same', async () => {
    await ask(fleet, [
      { queryType: 'fleet' },
      { queryType: 'risk', timing: 'now' },
      { queryType: 'time_to_breach' },
    ]);
    expect(backend.requests).toHaveLength(1);
  });

  test('a hidden one is not asked', async () => {
    const { data } = await ask(fleet, [{ queryType: 'fleet', hide: true }]);
    expect(data).toEqual([]);
    expect(backend.requests).toEqual([]);
  });

  test('leaving the panel ends the requests', () => {
    backend = testBackend({ '*': 'never' });
    const source = new ArgusDataSource(settings, templates());
    const subscription = source.query(request([{ queryType: 'fleet' }])).subscribe();
    subscription.unsubscribe();
    expect(backend.aborted).toHaveLength(1);
  });
});

test('a wrong key is told with what to do', async () => {
  const body = { detail: 'This API key is not known here.', code: 'ARGUS_KEY_WRONG' };
  const { errors } = await ask({ '*': { status: 403, body } }, [{ queryType: 'fleet' }]);
  expect(errors?.[0]?.message).toMatch(/not known here.*argus keys create/);
});

describe('risk over time', () => {
  const past = {
    count: 2,
    from: ORIGIN,
    to: NOW,
    step_seconds: 300,
    timestamps: [ORIGIN, NOW],
    risk_score: [12.5, null],
    parts: { cpu: [12.5, null] },
    failure_probability_30m: [0.1, null],
    failure_probability_8h: [0.2, null],
  };

  test('is one series a server, with its parts where wanted', async () => {
    const { data } = await ask({ '/historical/server/a/risk': { data: past } }, [
      { queryType: 'risk', servers: ['a'], parts: true },
    ]);
    expect(data[0].fields.map(({ name }: { name: string }) => name)).toEqual(['time', 'risk', 'cpu']);
    expect(column(data[0], 'risk')).toEqual([12.5, null]);
  });

  test('is the present value and a sentence where the backend keeps no history', async () => {
    const { data, errors } = await ask(
      { '/predictions/current': { data: fleetAnswer({ a: prediction() }) } },
      [{ queryType: 'probability', servers: ['a'] }],
    );
    expect(errors).toBeUndefined();
    expect(column(data[0], 'probability_8h')).toEqual([0.79]);
    expect(notices(data[0])[0]).toMatch(/Only the present value/);
  });
});

describe('alerts', () => {
  test('are those that are open where the backend keeps no history', async () => {
    const { data } = await ask({ '/alerts/active': { data: activeAlertsAnswer } }, [{ queryType: 'alerts' }]);
    expect(column(data[0], 'server')).toEqual(['ppdb001']);
    expect(column(data[0], 'time_end')).toEqual([null]);
    expect(notices(data[0])[0]).toMatch(/open now/);
  });

  test('are filtered by what the query chooses', async () => {
    const { data } = await ask({ '/alerts/active': { data: activeAlertsAnswer } }, [
      { queryType: 'alerts', timing: 'now', levels: ['warning'] },
    ]);
    expect(data[0].length).toBe(0);
  });
});
