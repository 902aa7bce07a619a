/** Programs that check the files for containers, Kubernetes and Alloy: `npm run build:deploy-tools` makes them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');

export type DeployTool = 'alloysyntax' | 'docker-compose' | 'hadolint' | 'kustomize';

const pathOf = (tool: DeployTool): string => join(ROOT, '.cache/deploy-tools', tool);

/** Why tests that need a tool are left out, or false. */
export function reasonWithoutTool(tool: DeployTool): string | false {
  const path = pathOf(tool);
  return existsSync(path)
    ? false
    : `there is no ${relative(ROOT, path)}; npm run build:deploy-tools makes it, or says why not`;
}

export interface ToolRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool in the root of the tree, with nothing of this machine's environment but PATH. */
export function runTool(tool: DeployTool, args: readonly string[], input = ''): ToolRun {
  const env = { PATH: process.env.PATH, HOME: ROOT };
  const { status, stdout, stderr } = spawnSync(pathOf(tool), args, {
    ...{ cwd: ROOT, env, input, encoding: 'utf8' },
  });
  return { status, stdout, stderr };
}
