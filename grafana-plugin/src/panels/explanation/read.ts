import type { DataFrame, PanelData } from '@grafana/data';
import { getDataSourceSrv } from '@grafana/runtime';
import { safeParse } from 'valibot';
import { DATA_SOURCE_TYPE } from '../../constants';
import type { ArgusClient } from '../../data/client';
import { type Explanation, explanationSchema } from '../../data/explanation';
import { clientOf } from '../../data/instance';
import { argusMeta } from '../../shared/chart/fromFrames';

/** A server that a frame is about, with its explanation where the data source brought it along. */
export interface ExplainedServer {
  readonly server: string;
  readonly explanation: Explanation | undefined;
  /** End of the newest step its forecast knows, where the frame says it: explanations change with it. */
  readonly originMs: number | undefined;
}

/** The servers of all frames that name one, each once. */
export function readExplained(frames: readonly DataFrame[]): ExplainedServer[] {
  const found = new Map<string, ExplainedServer>();
  for (const frame of frames) {
    const meta = argusMeta(frame);
    const explanation = decode(meta.explanation);
    const server = explanation?.server_name ?? meta.server;
    if (server === undefined) continue;
    const before = found.get(server);
    found.set(server, {
      server,
      explanation: explanation ?? before?.explanation,
      originMs: meta.originMs ?? before?.originMs,
    });
  }
  return [...found.values()];
}

function decode(value: unknown): Explanation | undefined {
  if (value === undefined || value === null) return undefined;
  const result = safeParse(explanationSchema, value);
  return result.success ? result.output : undefined;
}

/** Uid of the data source of ours that the panel's queries go to. */
export function dataSourceUid({ request }: Pick<PanelData, 'request'>): string | undefined {
  return request?.targets
    .map(({ datasource }) => datasource)
    .find((source) => source?.type === DATA_SOURCE_TYPE)?.uid;
}

/** A client of that data source; undefined where the data comes from elsewhere. */
export function clientOfPanel(uid: string | undefined): ArgusClient | undefined {
  if (uid === undefined) return undefined;
  const instance = getDataSourceSrv().getInstanceSettings(uid);
  return instance?.type === DATA_SOURCE_TYPE ? clientOf(instance) : undefined;
}
