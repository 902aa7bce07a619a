/**
 * A process for the crash test: it runs cycles in which servers get into trouble and out of it, and prints each
 * announced event on a line of its own, until it is killed.
 * Arguments: data directory, first origin step.
 */
import { writeSync } from 'node:fs';
import { Registry } from 'prom-client';
import { DEFAULT_RISK_CONFIG } from '../../src/risk/config.ts';
import { createRiskStage } from '../../src/risk/index.ts';
import { chunkOf, FakeFleet, silentLogger } from './fixtures.ts';

const [dataDir, firstOrigin] = process.argv.slice(2);
const STANDARD_OUTPUT = 1;
/** Cycles a server stays in trouble, and out of it. */
const PERIOD = 4;

const names = Array.from({ length: 8 }, (_, i) => `host${i}`);
const engine = await createRiskStage({
  fleet: new FakeFleet(names),
  clock: { now: () => Date.now() },
  config: DEFAULT_RISK_CONFIG,
  dataDir,
  registry: new Registry(),
  logger: silentLogger,
  calibration: null,
});
engine.onAlertEvent(({ id, type, alert }) => {
  writeSync(STANDARD_OUTPUT, `${JSON.stringify({ id, type, server: alert.server })}\n`);
});
for (let origin = Number(firstOrigin); ; origin += 1) {
  const scenes = names.map((_, i) => {
    const isBad = Math.floor((origin + i) / PERIOD) % 2 === 0;
    return isBad ? { now: { disk_usage_pct: 99 } } : {};
  });
  engine.assess(chunkOf(origin, scenes));
  await engine.endCycle(origin);
  writeSync(STANDARD_OUTPUT, `${JSON.stringify({ origin })}\n`);
}
