import type {
  DataQueryRequest,
  DataSourceInstanceSettings,
  MetricFindValue,
  ScopedVars,
} from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { type Answers, BASE_URL, type TestBackend, testBackend } from '../data/testBackend';
import { listAnswer, ODD_NAME } from '../data/testFixtures';
import { ArgusDataSource } from './datasource';
import type { ArgusDataSourceOptions } from './types';
import type { ArgusVariableQuery } from './variables';

let backend: TestBackend;
jest.mock('@grafana/runtime', () => ({
  getBackendSrv: () => ({ fetch: (request: never) => backend.fetch(request) }),
  getTemplateSrv: () => ({ getVariables: () => [] }),
}));

const settings = { url: BASE_URL, jsonData: {} } as DataSourceInstanceSettings<ArgusDataSourceOptions>;
const templates = {
  replace: (text = '', _scoped?: ScopedVars, format?: unknown) =>
    text.replace('$profile', typeof format === 'function' ? format(['database', 'etl']) : 'database'),
  containsTemplate: () => false,
  getVariables: () => [],
  updateTimeRange: () => {},
};

function source(answers: Answers = {}) {
  backend = testBackend(answers);
  return new ArgusDataSource(settings, templates);
}

const names = (values: readonly MetricFindValue[]) => values.map(({ value }) => value);

test('servers come by name, numbers as people count', async () => {
  const argus = source({ '/servers': { data: listAnswer(['web10', 'web9', ODD_NAME]) } });
  expect(names(await argus.metricFindQuery({ queryType: 'servers' }))).toEqual([ODD_NAME, 'web9', 'web10']);
});

test('servers are narrowed by profile, also by one that is a variable, by level and text', async () => {
  const argus = source({ '/servers': { data: listAnswer(['Web1', 'db1']) } });
  const query = {
    queryType: 'servers',
    profiles: ['$profile'],
    levels: ['critical'],
    search: 'web',
  } as const;
  const values = await argus.metricFindQuery({
    ...query,
    profiles: [...query.profiles],
    levels: [...query.levels],
  });
  expect(names(values)).toEqual(['Web1']);
  expect(backend.paths()).toEqual(['/servers?profile=database&profile=etl&level=critical']);
});

test.each([
  ['metrics', 'cpu_used_pct', 9],
  ['profiles', 'database', 7],
  ['levels', 'healthy', 4],
] as const)('%s are known without asking', async (kind, first, count) => {
  const values = await source().metricFindQuery({ queryType: kind });
  expect(values).toHaveLength(count);
  expect(values[0]?.value).toBe(first);
  expect(backend.requests).toEqual([]);
});

test('no servers are no values', async () => {
  const argus = source({ '/servers': { data: listAnswer([]) } });
  expect(await argus.metricFindQuery({})).toEqual([]);
});

test('a dashboard gets them as data, or the sentence of what is wrong', async () => {
  const request = { targets: [{ refId: 'v', queryType: 'servers' }], scopedVars: {} };
  const ask = (argus: ArgusDataSource) =>
    lastValueFrom(argus.variables.query(request as DataQueryRequest<ArgusVariableQuery>));
  const { data } = await ask(source({ '/servers': { data: listAnswer(['a']) } }));
  expect(data).toEqual([{ text: 'a', value: 'a' }]);
  await expect(ask(source({ '/servers': { status: 502, body: '' } }))).rejects.toMatchObject({
    kind: 'unreachable',
  });
});
