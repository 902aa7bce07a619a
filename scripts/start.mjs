// npm start: a simulated fleet over OTLP, the backend, and a live table. No Docker.
process.argv.splice(2, 0, 'demo');
await import('./argus.mjs');
