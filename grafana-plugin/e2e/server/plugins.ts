import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { StartError } from './errors.ts';

/** A route of plugin.json, by which Grafana's proxy decides where a request goes and who may send it. */
export interface PluginRoute {
  readonly path: string;
  readonly method?: string;
  readonly url?: string;
  readonly reqRole?: string;
  readonly reqAction?: string;
  readonly headers?: readonly { readonly name: string; readonly content: string }[];
}

export interface PluginInclude {
  readonly type: string;
  readonly name: string;
  readonly path?: string;
  readonly uid?: string;
  readonly role?: string;
  readonly addToNav?: boolean;
  readonly defaultNav?: boolean;
  readonly icon?: string;
}

export interface PluginJson {
  readonly id: string;
  readonly type: 'app' | 'datasource' | 'panel';
  readonly name: string;
  readonly info: {
    readonly version: string;
    readonly logos: { readonly small: string; readonly large: string };
    readonly screenshots?: readonly { readonly name: string; readonly path: string }[] | null;
  };
  readonly includes?: readonly PluginInclude[];
  readonly routes?: readonly PluginRoute[];
}

/** What Grafana tells the browser about an installed plugin. */
export interface PluginMeta extends PluginJson {
  /** Where its module.js is, from the root. */
  readonly module: string;
  readonly baseUrl: string;
  readonly signature: 'unsigned';
}

export interface BuiltPlugins {
  /** Folder of each plugin's files by its id. */
  readonly folders: ReadonlyMap<string, string>;
  readonly app: PluginMeta;
  readonly dataSources: readonly PluginMeta[];
  readonly panels: readonly PluginMeta[];
}

/** A nested plugin has an address of its own, as if it lay beside the app. */
function metaOf(dist: string, file: string): PluginMeta {
  const json = JSON.parse(readFileSync(join(dist, file), 'utf8')) as PluginJson;
  const baseUrl = `public/plugins/${json.id}`;
  const { small, large } = json.info.logos;
  const logos = { small: `${baseUrl}/${small}`, large: `${baseUrl}/${large}` };
  const info = { ...json.info, logos };
  return { ...json, info, baseUrl, module: `${baseUrl}/module.js`, signature: 'unsigned' };
}

/**
 * Reads the built plugin's descriptions, its own and those of the plugins nested in it.
 * @throws StartError where the folder holds no built app
 */
export function readPlugins(dist: string): BuiltPlugins {
  const files = globSync('**/plugin.json', { cwd: dist }).map((file) => relative(dist, join(dist, file)));
  if (!files.includes('plugin.json')) {
    throw new StartError(`${dist} holds no built plugin: run npm run build in grafana-plugin.`);
  }
  const metas = files.map((file) => metaOf(dist, file));
  const folders = new Map(metas.map(({ id }, index) => [id, join(dist, dirname(files[index] ?? ''))]));
  const app = metas.find((meta) => meta.type === 'app');
  if (app === undefined) throw new StartError(`${dist}/plugin.json describes no app.`);
  return {
    folders,
    app,
    dataSources: metas.filter((meta) => meta.type === 'datasource'),
    panels: metas.filter((meta) => meta.type === 'panel'),
  };
}
