import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { packageFolder } from './build.ts';
import { HttpError } from './errors.ts';
import { sendFile } from './files.ts';
import type { BuiltPlugins } from './plugins.ts';

/** Grafana's own files that its packages do not bring, and what stands in for them. */
const STAND_INS: Readonly<Record<string, string>> = {
  'fonts/inter/Inter-Regular.woff2': 'fonts/inter/inter-latin-400-normal.woff2',
  'fonts/inter/Inter-Medium.woff2': 'fonts/inter/inter-latin-500-normal.woff2',
  'fonts/inter/Inter-Italic.woff2': 'fonts/inter/inter-latin-400-italic.woff2',
  'fonts/inter/Inter-MediumItalic.woff2': 'fonts/inter/inter-latin-500-italic.woff2',
  'build/img/icons/unicons/spinner.svg': 'preview/spinner.svg',
  'build/img/icons/unicons/angle-double-left.svg': 'preview/angle-double-left.svg',
};

/** A plugin's files; a rebuilt plugin keeps their names, so a browser must ask for them again. */
function sendPluginFile(response: ServerResponse, path: string, { folders }: BuiltPlugins): void {
  const [, id = '', file = ''] = /^plugins\/([^/]+)\/(.*)$/.exec(path) ?? [];
  const folder = folders.get(id);
  if (folder === undefined) throw new HttpError(404, 'Not found');
  sendFile(response, folder, file);
}

/**
 * Answers with a file of the page, from where @grafana/ui and the plugins look for it.
 * @param asked path below /public/, decoded
 * @throws HttpError 404
 */
export function sendPublic(
  response: ServerResponse,
  asked: string,
  host: string,
  plugins: BuiltPlugins,
): void {
  const path = STAND_INS[asked] ?? asked;
  const folders: readonly (readonly [prefix: string, folder: string])[] = [
    ['preview/', host],
    ['build/img/icons/', join(packageFolder('@grafana/ui'), 'dist', 'public', 'img', 'icons')],
    ['fonts/inter/', join(packageFolder('@fontsource/inter'), 'files')],
  ];
  const found = folders.find(([prefix]) => path.startsWith(prefix));
  if (found === undefined) sendPluginFile(response, path, plugins);
  else sendFile(response, found[1], path.slice(found[0].length), true);
}
