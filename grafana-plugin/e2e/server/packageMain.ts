/** npm run package: the plugin as a zip file, ready to be signed or to be loaded without a signature. */
import { join } from 'node:path';
import { ensurePluginBuilt } from './build.ts';
import { packPlugin } from './package.ts';
import { PROJECT_FOLDER } from './paths.ts';

try {
  const dist = await ensurePluginBuilt((line) => process.stdout.write(`${line}\n`));
  const { file, files, setting } = packPlugin(dist, join(PROJECT_FOLDER, 'data', 'package'));
  process.stdout.write(
    [
      `${file} (${files.length} files)`,
      'Unpack it in the plugins folder of Grafana, then restart Grafana. It is not signed; either allow that in grafana.ini:',
      '  [plugins]',
      `  ${setting}`,
      'or sign dist/ before packing: GRAFANA_ACCESS_POLICY_TOKEN=… npx @grafana/sign-plugin (in grafana-plugin).',
      '',
    ].join('\n'),
  );
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
