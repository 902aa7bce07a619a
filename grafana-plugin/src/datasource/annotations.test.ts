import type { AnnotationQuery } from '@grafana/data';
import { lastValueFrom } from 'rxjs';
import { ODD_NAME } from '../data/testFixtures';
import { annotationSupport } from './annotations';
import { type AlertRow, alertTable } from './frames/alerts';
import type { ArgusQuery } from './types';

jest.mock('@grafana/runtime', () => ({ getTemplateSrv: () => ({ getVariables: () => [] }) }));

const NOW_MS = 2_000_000;
const support = annotationSupport(() => NOW_MS);

const alert: AlertRow = {
  id: '1',
  openedMs: 1_000_000,
  resolvedMs: 1_500_000,
  server: 'ppdb001',
  profile: 'database',
  level: 'critical',
  risk: 90,
  message: 'Memory used reaches 95 %',
  causeMetric: 'mem_used_pct',
  leadSeconds: 600,
};

async function eventsOf(changes: Partial<AlertRow>) {
  const frame = alertTable('A', [{ ...alert, ...changes }]);
  const events = support.processEvents?.({} as AnnotationQuery<ArgusQuery>, [frame]);
  if (events === undefined) throw new Error('Events are not made.');
  return (await lastValueFrom(events)) ?? [];
}

test('an alert is a region from its opening to its end, with the word of its level', async () => {
  expect(await eventsOf({})).toEqual([
    {
      id: '1',
      time: 1_000_000,
      timeEnd: 1_500_000,
      isRegion: true,
      title: 'Critical: ppdb001',
      text: 'Memory used reaches 95 %',
      tags: ['Critical', 'ppdb001', 'Database'],
    },
  ]);
});

test('one that is open reaches to the present', async () => {
  const [event] = await eventsOf({ resolvedMs: null });
  expect(event).toMatchObject({ timeEnd: NOW_MS, title: 'Critical: ppdb001 (open)' });
});

test('text that looks like HTML stays text', async () => {
  const [event] = await eventsOf({ message: `${ODD_NAME} & more` });
  expect(event?.text).not.toMatch(/[<>"]/);
});

test('asks for alerts of the time range, warning and worse where nothing is chosen', () => {
  const prepared = support.prepareQuery?.({} as AnnotationQuery<ArgusQuery>);
  expect(prepared).toMatchObject({ queryType: 'alerts', timing: 'range', levels: ['warning', 'critical'] });
});

test('keeps what was chosen', () => {
  const target = { refId: 'Anno', servers: ['$server'], levels: [] };
  const prepared = support.prepareQuery?.({ ...({} as AnnotationQuery<ArgusQuery>), target });
  expect(prepared).toMatchObject({ servers: ['$server'], levels: [] });
});
