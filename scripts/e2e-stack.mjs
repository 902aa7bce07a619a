// npm run e2e:stack: Collector, gateway, two instances of Argus, Prometheus and Alertmanager, and what can befall them.
process.env.E2E_STORY = '1';
process.argv.splice(2, 0, 'backend/test/app/stack.test.ts');
await import('./test.mjs');
