// Stands where a pager, a chat or a ticket system will be: writes every alert that reaches it to the log.
import { createServer } from 'node:http';

const DEFAULT_PORT = 8080;
const MOST_BYTES = 1_000_000;

function report(route, { alerts = [] }) {
  for (const { status, labels = {}, annotations = {} } of alerts) {
    const { alertname, server, severity, lead } = labels;
    const summary = annotations.summary ?? '';
    process.stdout.write(
      `${JSON.stringify({ route, status, alertname, server, severity, lead, summary })}\n`,
    );
  }
}

const server = createServer(async (request, response) => {
  if (request.method === 'GET') return response.end('ready\n');
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MOST_BYTES) return response.writeHead(413).end();
  }
  try {
    report(request.url, JSON.parse(body));
    response.end();
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(Number(process.env.PORT ?? DEFAULT_PORT), () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(0));
