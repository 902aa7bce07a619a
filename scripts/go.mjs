// Programs built by Go from the module proxy, for tests: each pinned by a go.mod and go.sum in the tree.
import { spawnSync } from 'node:child_process';
import { runQuietly } from './setup.mjs';

/** Without debugging symbols and paths of this machine. */
export const BUILD_FLAGS = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags=-s -w'];

/** @throws where there is no Go */
export function requireGo() {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) throw new Error('Go is not installed');
}

/** Runs Go quietly. @throws an error that names the log */
export function go(args, logName, options) {
  const { ok, logPath } = runQuietly('go', args, logName, options);
  if (!ok) throw new Error(`go ${args[0]} failed: see ${logPath}. Is the Go module proxy reachable?`);
}
