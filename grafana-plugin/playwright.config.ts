import { dirname, join } from 'node:path';
import type { PluginOptions } from '@grafana/plugin-e2e';
import { defineConfig, devices } from '@playwright/test';
import { BROWSER_FLAGS } from './e2e/stage/browser.ts';

/** plugin-e2e signs in as each role once and keeps the session here. */
const signIn = join(dirname(require.resolve('@grafana/plugin-e2e')), 'auth');

const USERS = {
  viewer: { user: 'argus-viewer', password: 'argus-viewer-pw', role: 'Viewer' },
  editor: { user: 'argus-editor', password: 'argus-editor-pw', role: 'Editor' },
  admin: { user: 'argus-admin', password: 'argus-admin-pw', role: 'Admin' },
} as const;

type RoleName = keyof typeof USERS;
const ROLES: readonly RoleName[] = ['viewer', 'editor', 'admin'];

function project(role: RoleName, testMatch: string | readonly string[]) {
  return {
    name: role,
    testMatch: [...testMatch],
    dependencies: [`sign-in-${role}`],
    use: {
      ...devices['Desktop Chrome'],
      viewport: { width: 1440, height: 900 },
      storageState: `playwright/.auth/${USERS[role].user}.json`,
      user: USERS[role],
    },
  };
}

/** Run by e2e/stage/run.ts, which starts what the specs need. */
export default defineConfig<PluginOptions>({
  testDir: './e2e/specs',
  outputDir: join('..', '.cache', 'e2e-results'),
  workers: 1,
  // Limits for a busy machine; a spec takes about a second.
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: process.env.ARGUS_E2E_JSON
    ? [['list'], ['json', { outputFile: process.env.ARGUS_E2E_JSON }]]
    : [['list']],
  use: {
    baseURL: process.env.ARGUS_E2E_URL,
    trace: 'off',
    launchOptions: {
      executablePath: process.env.ARGUS_E2E_BROWSER,
      args: [...BROWSER_FLAGS],
    },
  },
  projects: [
    ...ROLES.map((role) => ({
      name: `sign-in-${role}`,
      testDir: signIn,
      testMatch: [/.*auth\.setup\.js/],
      use: { user: USERS[role] },
    })),
    project('viewer', ['*.viewer.spec.ts']),
    project('editor', ['*.editor.spec.ts']),
    project('admin', ['*.admin.spec.ts']),
  ],
});
