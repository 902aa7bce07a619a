// npm run soak -- [--servers N] [--days D] [--seed S] [--out DIR] [--report FILE] [--resume] [--only-report] [--no-check]: a long life of
// Argus in little time; writes its report, and fails where a promise is not kept.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root, runtimeEnvironment } from './setup.mjs';

const node = ensureInstalled();
const main = join(root, 'backend', 'bench', 'soak', 'main.ts');
const child = spawn(node, [main, ...process.argv.slice(2)], { env: runtimeEnvironment, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
