/** Maintenance windows as Alertmanager and Grafana tell them, in their public HTTP APIs (Alertmanager v2, Grafana). */

import { PROFILES, type ProfileName } from '../catalog/profiles.ts';
import { DAY_MS } from '../catalog/time.ts';
import type { Server } from '../fleet/types.ts';
import type { AnnotationsConfig } from './config.ts';
import type { Annotation, Scope } from './types.ts';

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 8_000_000;
const MAX_WINDOWS = 1000;
const AHEAD_MS = 7 * DAY_MS;
const LONGEST_TEXT = 2000;
const SERVER_TAG = 'server:';
const PROFILE_TAG = 'profile:';

type Fields = Readonly<Record<string, unknown>>;
type FleetServer = Pick<Server, 'name' | 'profile'>;

export interface WindowSource {
  readonly name: 'alertmanager' | 'grafana';
  /** Windows that hold now or soon. @throws where it does not answer, or not as it should */
  fetch(servers: readonly FleetServer[], nowMs: number): Promise<readonly Annotation[]>;
}

async function getJson(url: string, bearerToken: string | undefined): Promise<unknown> {
  const headers = bearerToken === undefined ? undefined : { authorization: `Bearer ${bearerToken}` };
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), ...(headers && { headers }) });
  if (!answer.ok) throw new Error(`it answered ${answer.status}`);
  let bytes = 0;
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`its answer is larger than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function listOf(answer: unknown): readonly Fields[] {
  if (!Array.isArray(answer)) throw new Error('its answer is no list');
  return answer.filter((entry) => typeof entry === 'object' && entry !== null);
}

interface Matcher {
  readonly label: string;
  matches(value: string): boolean;
}

/** @returns undefined for a matcher that cannot be understood */
function matcherOf(entry: unknown): Matcher | undefined {
  const { name, value, isRegex, isEqual } = (entry ?? {}) as Fields;
  if (typeof name !== 'string' || typeof value !== 'string') return undefined;
  const wanted = isEqual !== false;
  if (isRegex !== true) return { label: name, matches: (given) => (given === value) === wanted };
  try {
    const pattern = new RegExp(`^(?:${value})$`, 'u');
    return { label: name, matches: (given) => pattern.test(given) === wanted };
  } catch {
    return undefined;
  }
}

type AlertmanagerConfig = NonNullable<AnnotationsConfig['alertmanager']>;

/** Servers a silence is about; null where it is about something Argus does not know. */
function silencedServers(
  silence: Fields,
  servers: readonly FleetServer[],
  { serverLabel, profileLabel }: AlertmanagerConfig,
): readonly string[] | null {
  const matchers = Array.isArray(silence.matchers) ? silence.matchers.map(matcherOf) : [];
  if (matchers.length === 0) return null;
  const known: Matcher[] = [];
  for (const matcher of matchers) {
    // A silence of certain alerts only is none of a server.
    if (matcher === undefined || ![serverLabel, profileLabel].includes(matcher.label)) return null;
    known.push(matcher);
  }
  return servers
    .filter(({ name, profile }) =>
      known.every(({ label, matches }) => matches(label === serverLabel ? name : PROFILES[profile].name)),
    )
    .map(({ name }) => name);
}

function windowOf(
  source: WindowSource['name'],
  id: string,
  fromMs: number,
  toMs: number,
  text: unknown,
): Omit<Annotation, 'server_names' | 'profiles'> {
  return {
    id: `${source}-${id}`,
    kind: 'maintenance',
    alert_id: null,
    fromMs,
    toMs,
    recurrence: null,
    text: String(text ?? '').slice(0, LONGEST_TEXT),
    createdMs: fromMs,
    author: source,
  };
}

export function alertmanagerSource(config: AlertmanagerConfig): WindowSource {
  const url = `${config.url.replace(/\/+$/, '')}/api/v2/silences`;
  return {
    name: 'alertmanager',
    async fetch(servers, nowMs) {
      const silences = listOf(await getJson(url, config.bearerToken));
      return silences.slice(-MAX_WINDOWS * 10).flatMap((silence) => {
        const [fromMs, toMs] = [Date.parse(String(silence.startsAt)), Date.parse(String(silence.endsAt))];
        if (!(fromMs < nowMs + AHEAD_MS && toMs > nowMs && fromMs < toMs)) return [];
        const names = silencedServers(silence, servers, config);
        if (names === null || names.length === 0) return [];
        const window = windowOf('alertmanager', String(silence.id), fromMs, toMs, silence.comment);
        return [{ ...window, server_names: names, profiles: null }];
      });
    },
  };
}

function tagged(tags: readonly string[], prefix: string): readonly string[] {
  return tags.filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length).trim());
}

export function grafanaSource(config: NonNullable<AnnotationsConfig['grafana']>): WindowSource {
  const base = `${config.url.replace(/\/+$/, '')}/api/annotations`;
  return {
    name: 'grafana',
    async fetch(_servers, nowMs) {
      const query = new URLSearchParams({
        from: String(nowMs - AHEAD_MS),
        to: String(nowMs + AHEAD_MS),
        type: 'annotation',
        limit: String(MAX_WINDOWS),
      });
      for (const tag of config.tags) query.append('tags', tag);
      const found = listOf(await getJson(`${base}?${query}`, config.bearerToken));
      return found.flatMap((entry) => regionOf(entry, config.tags, nowMs) ?? []);
    },
  };
}

/** An annotation with a beginning and an end as a window; undefined for one that is none, or of nobody Argus knows. */
function regionOf(entry: Fields, wanted: readonly string[], nowMs: number): Annotation | undefined {
  const [fromMs, toMs] = [Number(entry.time), Number(entry.timeEnd)];
  // A point in time is a remark, not a window.
  if (!(fromMs < toMs && toMs > nowMs)) return undefined;
  const tags = (Array.isArray(entry.tags) ? entry.tags : []).map(String);
  const scope = wanted.every((tag) => tags.includes(tag)) ? scopeOf(tags) : undefined;
  return scope && { ...windowOf('grafana', String(entry.id), fromMs, toMs, entry.text), ...scope };
}

function scopeOf(tags: readonly string[]): Scope | undefined {
  const servers = tagged(tags, SERVER_TAG);
  const named = tagged(tags, PROFILE_TAG);
  const profiles = PROFILES.map(({ name }) => name).filter((name): name is ProfileName =>
    named.includes(name),
  );
  const isForAll = servers.length === 0 && named.length === 0;
  if (!isForAll && servers.length === 0 && profiles.length === 0) return undefined;
  return {
    server_names: servers.length > 0 ? servers : null,
    profiles: profiles.length > 0 ? profiles : null,
  };
}
