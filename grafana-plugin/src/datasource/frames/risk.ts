import { type DataFrame, type Field, type FieldConfig, FieldType } from '@grafana/data';
import type { Fleet, FleetServer } from '../../data/fleet';
import type { ServerRisk } from '../../data/history';
import { PROBABILITY_FIELD, RISK_FIELD } from '../../shared/frames';
import { LEVELS } from '../../shared/levels';
import { RISK_PARTS, type RiskPartName } from '../../shared/metrics';
import * as show from './fieldConfigs';
import { numbers, table, times, words } from './table';

const MS_PER_SECOND = 1000;
const POINTS = { custom: { lineWidth: 1, fillOpacity: 0, showPoints: 'auto' } };

export interface RiskFrameOptions {
  readonly refId: string;
  readonly parts: boolean;
}

const PROBABILITY_30M = show.probability('Fails within 30 min');
const PROBABILITY_8H = show.probability('Fails within 8 h');

function levelName({ alert }: FleetServer): string | null {
  return LEVELS.find(({ name }) => name === alert.level)?.name ?? null;
}

function part(name: RiskPartName, label: string) {
  const config: FieldConfig = { displayNameFromDS: label, min: 0, decimals: 1, noValue: '–' };
  return numbers<FleetServer>(name, config, ({ parts }) => parts?.[name]);
}

/** One table, a row a server, as things are now. */
export function riskTable({ refId, parts }: RiskFrameOptions, { servers, timestamp }: Fleet): DataFrame {
  const nowMs = Date.parse(timestamp);
  const columns = [
    words<FleetServer>(RISK_FIELD.server, show.SERVER, ({ name }) => name),
    words<FleetServer>(RISK_FIELD.profile, show.PROFILE, ({ profile }) => profile),
    words<FleetServer>(RISK_FIELD.level, show.LEVEL, levelName),
    numbers<FleetServer>(RISK_FIELD.risk, show.RISK, (server) => server.risk_score),
    ...(parts ? RISK_PARTS.map(({ name, label }) => part(name, label)) : []),
    times<FleetServer>(RISK_FIELD.time, show.time('Time'), () => nowMs),
  ];
  return table({ refId, name: 'Risk', argus: { argus: 'risk', asOfMs: nowMs } }, columns, servers);
}

/** One table, a row a server, as things are now. */
export function probabilityTable(refId: string, { servers, timestamp }: Fleet): DataFrame {
  const nowMs = Date.parse(timestamp);
  const columns = [
    words<FleetServer>(PROBABILITY_FIELD.server, show.SERVER, ({ name }) => name),
    words<FleetServer>(PROBABILITY_FIELD.profile, show.PROFILE, ({ profile }) => profile),
    numbers<FleetServer>(
      PROBABILITY_FIELD.probability30m,
      PROBABILITY_30M,
      (server) => server.failure_probability_30m,
    ),
    numbers<FleetServer>(
      PROBABILITY_FIELD.probability8h,
      PROBABILITY_8H,
      (server) => server.failure_probability_8h,
    ),
    times<FleetServer>(PROBABILITY_FIELD.time, show.time('Time'), () => nowMs),
  ];
  const argus = { argus: 'probability', asOfMs: nowMs } as const;
  return table({ refId, name: 'Failure probability', argus }, columns, servers);
}

interface ServerSeries {
  readonly server: string;
  readonly times: readonly number[];
  readonly stepMs: number | undefined;
}

interface SeriesField {
  readonly name: string;
  /** After the server's name in legends; empty where the panel's title says it. */
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly config: FieldConfig;
}

function seriesFrame(
  refId: string,
  argus: 'risk' | 'probability',
  { server, times: at, stepMs }: ServerSeries,
  series: readonly SeriesField[],
): DataFrame {
  const fields = series.map(({ name, label, values, config }): Field => {
    const displayNameFromDS = label === '' ? server : `${server} ${label}`;
    return {
      name,
      type: FieldType.number,
      labels: { server },
      values: [...values],
      config: { ...config, ...POINTS, ...show.SERVER_OF_SERIES, displayNameFromDS },
    };
  });
  const time: Field = {
    name: RISK_FIELD.time,
    type: FieldType.time,
    config: { interval: stepMs },
    values: [...at],
  };
  const custom = { argus, server };
  return {
    refId,
    name: server,
    fields: [time, ...fields],
    length: at.length,
    meta: { custom, preferredVisualisationType: 'graph' },
  };
}

/** Lines take the panel's colours; only tables and gauges colour by level. */
const { color: _byLevel, ...RISK_LINE } = show.RISK;

function riskFields(
  risk: readonly (number | null)[],
  parts: Readonly<Record<string, readonly (number | null)[]>>,
  withParts: boolean,
): SeriesField[] {
  const shown = withParts ? RISK_PARTS.filter(({ name }) => Object.hasOwn(parts, name)) : [];
  return [
    { name: RISK_FIELD.risk, label: '', values: risk, config: RISK_LINE },
    ...shown.map(({ name, label }) => ({
      name,
      label,
      values: parts[name] ?? [],
      config: { min: 0, decimals: 1 },
    })),
  ];
}

function probabilityFields(
  in30m: readonly (number | null)[],
  in8h: readonly (number | null)[],
): SeriesField[] {
  return [
    {
      name: PROBABILITY_FIELD.probability30m,
      label: 'within 30 min',
      values: in30m,
      config: PROBABILITY_30M,
    },
    { name: PROBABILITY_FIELD.probability8h, label: 'within 8 h', values: in8h, config: PROBABILITY_8H },
  ];
}

function pastOf(server: string, { timestamps, step_seconds }: ServerRisk): ServerSeries {
  return {
    server,
    times: timestamps.map((time) => Date.parse(time)),
    stepMs: step_seconds * MS_PER_SECOND,
  };
}

function momentOf({ name }: FleetServer, nowMs: number): ServerSeries {
  return { server: name, times: [nowMs], stepMs: undefined };
}

/** A server's risk over time. */
export function riskSeries({ refId, parts }: RiskFrameOptions, server: string, past: ServerRisk): DataFrame {
  return seriesFrame(refId, 'risk', pastOf(server, past), riskFields(past.risk_score, past.parts, parts));
}

/** A server's present risk as a series of one point. */
export function riskPoint({ refId, parts }: RiskFrameOptions, server: FleetServer, nowMs: number): DataFrame {
  const values = Object.fromEntries(
    Object.entries(server.parts ?? {}).map(([name, value]) => [name, [value]]),
  );
  const fields = riskFields([server.risk_score], values, parts);
  return seriesFrame(refId, 'risk', momentOf(server, nowMs), fields);
}

/** A server's failure probabilities over time. */
export function probabilitySeries(refId: string, server: string, past: ServerRisk): DataFrame {
  const fields = probabilityFields(past.failure_probability_30m, past.failure_probability_8h);
  return seriesFrame(refId, 'probability', pastOf(server, past), fields);
}

/** A server's present failure probabilities as series of one point. */
export function probabilityPoint(refId: string, server: FleetServer, nowMs: number): DataFrame {
  const fields = probabilityFields([server.failure_probability_30m], [server.failure_probability_8h]);
  return seriesFrame(refId, 'probability', momentOf(server, nowMs), fields);
}
