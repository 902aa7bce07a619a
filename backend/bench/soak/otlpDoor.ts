/** Sends a step of the world as a Collector does: OTLP over HTTP, one request for all servers. */
import { METRICS } from '../../src/catalog/metrics.ts';
import { STEP_SECONDS, stepStartMs } from '../../src/catalog/time.ts';
import { encodeRequest } from '../../test/ingest/otlp/messages.ts';
import type { WorldServer } from './world.ts';

const MS_PER_SECOND = 1000;

/** One gauge a metric, named like Argus's own field, at the step's last second. */
export function requestOf(servers: readonly WorldServer[], step: number): Buffer {
  const timeMs = stepStartMs(step) + (STEP_SECONDS - 1) * MS_PER_SECOND;
  return encodeRequest(
    servers.map(({ attributes, simulated: { row } }) => ({
      resource: attributes,
      metrics: METRICS.flatMap(({ name }, metric) =>
        Number.isNaN(row[metric]) ? [] : [{ name, points: [{ timeMs, value: row[metric] }] }],
      ),
    })),
  );
}

/** @throws Error where the receiver does not take it */
export async function send(address: string, body: Buffer): Promise<void> {
  const answer = await fetch(`http://${address}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(body.buffer, body.byteOffset, body.byteLength),
  });
  const text = await answer.arrayBuffer();
  if (!answer.ok)
    throw new Error(`The OTLP receiver answered ${answer.status}: ${Buffer.from(text).toString()}`);
}
