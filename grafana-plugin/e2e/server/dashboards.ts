import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpError } from './errors.ts';
import type { PluginMeta } from './plugins.ts';

export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly tags?: readonly string[];
}

/** The dashboards that ship with the app, as if provisioned. */
export class Dashboards {
  private readonly byUid: ReadonlyMap<string, DashboardJson>;

  constructor(dist: string, app: PluginMeta) {
    const included = (app.includes ?? []).filter(({ type }) => type === 'dashboard');
    const read = included.map(
      ({ path = '' }) => JSON.parse(readFileSync(join(dist, path), 'utf8')) as DashboardJson,
    );
    this.byUid = new Map(read.map((dashboard) => [dashboard.uid, dashboard]));
  }

  list(): readonly DashboardJson[] {
    return [...this.byUid.values()];
  }

  /** Found as `/api/search` answers. */
  search(): readonly Record<string, unknown>[] {
    return this.list().map(({ uid, title, tags = [] }) => ({
      uid,
      title,
      tags,
      type: 'dash-db',
      url: `/d/${uid}`,
    }));
  }

  get(uid: string): Record<string, unknown> {
    const dashboard = this.byUid.get(uid);
    if (dashboard === undefined) throw new HttpError(404, 'Dashboard not found');
    return { dashboard, meta: { url: `/d/${uid}`, provisioned: true, canEdit: false, canSave: false } };
  }
}
