import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { StartError } from './errors.ts';
import { contentHash } from './hash.ts';
import { CACHE_FOLDER, DIST_FOLDER, PLUGIN_FOLDER, PROJECT_FOLDER } from './paths.ts';

/** What the built plugin depends on. */
const PLUGIN_SOURCES = [
  'src',
  '.config',
  'webpack.config.ts',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
];
const LOCK = 'package-lock.json';
const TAIL_LINES = 30;

/** Folder of an installed package, wherever npm put it. */
export function packageFolder(name: string): string {
  return dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ ok: boolean; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('exit', (code) => resolve({ ok: code === 0, output }));
  });
}

/**
 * Builds the plugin into dist/ where its sources changed since the last time.
 * @param say is told when it takes a while
 * @throws StartError with the compiler's last lines
 */
export async function ensurePluginBuilt(say: (line: string) => void = () => {}): Promise<string> {
  const hash = `${contentHash(PLUGIN_FOLDER, PLUGIN_SOURCES)}-${contentHash(PROJECT_FOLDER, [LOCK])}`;
  const marker = join(CACHE_FOLDER, 'plugin-built');
  const built = existsSync(marker) && readFileSync(marker, 'utf8') === hash;
  if (built && existsSync(join(DIST_FOLDER, 'module.js'))) return DIST_FOLDER;
  say('Building the Grafana plugin, once (half a minute) …');
  mkdirSync(CACHE_FOLDER, { recursive: true });
  rmSync(marker, { force: true });
  const webpack = join(PROJECT_FOLDER, 'node_modules', 'webpack', 'bin', 'webpack.js');
  const args = [webpack, '-c', './webpack.config.ts', '--env', 'production', '--no-color'];
  const { ok, output } = await run(process.execPath, args, PLUGIN_FOLDER);
  if (!ok) {
    const tail = output.trim().split('\n').slice(-TAIL_LINES).join('\n');
    throw new StartError(
      `The Grafana plugin could not be built. Run npm run build in grafana-plugin to see all of it:\n${tail}`,
    );
  }
  writeFileSync(marker, hash);
  return DIST_FOLDER;
}

/** Grafana 13 gives plugins React 19, Grafana 12 React 18. */
export type ReactMajor = '18' | '19';

/**
 * Bundles the host page, with the libraries it shares with the plugin, where it changed since the last time.
 * @returns the folder of main.js
 */
export async function ensureHostBundled(
  react: ReactMajor = '19',
  say: (line: string) => void = () => {},
): Promise<string> {
  const hash = `${contentHash(PLUGIN_FOLDER, ['e2e/host'])}-${contentHash(PROJECT_FOLDER, [LOCK])}`;
  const folder = join(CACHE_FOLDER, 'preview-host', `${hash}-react${react}`);
  if (existsSync(join(folder, 'main.js'))) return folder;
  say('Bundling the preview page, once …');
  const alias: Record<string, string> = {
    // What @grafana/runtime lets a host set but does not export.
    '#grafana-runtime': join(packageFolder('@grafana/runtime'), 'dist', 'esm'),
    ...(react === '18' && { react: 'react-18', 'react-dom': 'react-dom-18' }),
  };
  try {
    const source = join(PLUGIN_FOLDER, 'e2e', 'host');
    await build({
      entryPoints: [join(source, 'main.tsx'), ...globSync(join(source, '*.svg'))],
      outdir: folder,
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      jsx: 'automatic',
      alias,
      define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      loader: { '.woff2': 'file', '.woff': 'empty', '.ttf': 'empty', '.svg': 'copy' },
      logLevel: 'silent',
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    const message = error instanceof Error ? error.message : String(error);
    throw new StartError(`The preview page could not be bundled: ${message}`);
  }
  return folder;
}
