import { APP_ID, APP_URL } from '../constants';

/** Paths of the app's pages, below /a/argus-app. */
export const PAGE = {
  fleet: 'fleet',
  server: 'servers',
  alerts: 'alerts',
  models: 'models',
  replay: 'replay',
} as const;

/** Grafana's router decodes a path twice, and browsers turn a backslash into a slash: neither may be in a segment. */
const ESCAPES: Readonly<Record<string, string>> = { '~': '~~', '%': '~p', '\\': '~b', '.': '~d' };
const ESCAPED = /~([~pbd])/g;
const UNESCAPED = new Map(Object.entries(ESCAPES).map(([character, code]) => [code, character]));

function escaped(characters: RegExp, text: string): string {
  return text.replace(characters, (character) => ESCAPES[character] ?? character);
}

/** One segment of a path that any name survives in, also "a%2Fb", ".." and "<script>". */
function segmentOf(server: string): string {
  const text = escaped(/[~%\\]/g, server);
  return encodeURIComponent(/^\.{1,2}$/.test(text) ? escaped(/\./g, text) : text);
}

/** Page of one server. The name may hold any character. */
export function serverUrl(server: string): string {
  return `${APP_URL}/${PAGE.server}/${segmentOf(server)}`;
}

/** @param parameter the part of the path that names the server, as the router has decoded it */
export function serverOfParameter(parameter: string): string {
  return parameter.replace(ESCAPED, (code) => UNESCAPED.get(code) ?? code);
}

export function pageUrl(page: Exclude<keyof typeof PAGE, 'server'>): string {
  return `${APP_URL}/${PAGE[page]}`;
}

/** Where an administrator tells the app its backend. */
export const CONFIG_URL = `/plugins/${APP_ID}?page=configuration`;
