// npm run e2e:stack: Collector, gateway, two instances of Argus, Prometheus and Alertmanager, and what can befall them.
// npm run e2e:stack -- --shipped-waits: the time from a change on a machine to the webhook, with no wait shortened.
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { 'shipped-waits': { type: 'boolean', default: false } } });
const file = values['shipped-waits'] ? 'stack/shippedWaits.ts' : 'stack.test.ts';
if (values['shipped-waits']) process.env.TEST_TIMEOUT_MS = '2400000';
process.env.E2E_STORY = '1';
process.argv.splice(2, Number.POSITIVE_INFINITY, `backend/test/app/${file}`);
await import('./test.mjs');
