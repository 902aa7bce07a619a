import {
  SceneObjectBase,
  type SceneObjectState,
  SceneObjectUrlSyncConfig,
  type SceneObjectUrlValues,
} from '@grafana/scenes';

export interface FilterValues {
  /** Server states: levels, warming_up, stale. Empty: what needs attention, or all where a text is given. */
  readonly levels: readonly string[];
  readonly profiles: readonly string[];
  /** Part of a server's name, cause or message. */
  readonly search: string;
  /** Alerts: at most this long until the expected breach. */
  readonly lead: string;
  /** Alerts: '' all, 'unmuted', or 'unjudged'. */
  readonly only: string;
}

type State = SceneObjectState & FilterValues;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export const NO_FILTERS: FilterValues = { levels: [], profiles: [], search: '', lead: '', only: '' };

function texts(value: SceneObjectUrlValues[string]): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** What a page's lists are narrowed to. Kept in the URL: it can be shared, and the browser's back button undoes it. */
export class UrlFilters extends SceneObjectBase<State> {
  protected override _urlSync = new SceneObjectUrlSyncConfig(this, {
    keys: ['level', 'profile', 'search', 'lead', 'only'],
  });

  constructor(state: Partial<FilterValues> = {}) {
    super({ ...NO_FILTERS, ...state });
  }

  getUrlState(): SceneObjectUrlValues {
    const { levels, profiles, search, lead, only } = this.state;
    return {
      level: [...levels],
      profile: [...profiles],
      search: search === '' ? null : search,
      lead: lead === '' ? null : lead,
      only: only === '' ? null : only,
    };
  }

  /** @param values only those that have changed; null: no longer in the URL */
  updateFromUrl(values: SceneObjectUrlValues): void {
    const changed: Partial<Mutable<FilterValues>> = {};
    if (values.level !== undefined) changed.levels = texts(values.level);
    if (values.profile !== undefined) changed.profiles = texts(values.profile);
    if (values.search !== undefined) changed.search = texts(values.search)[0] ?? '';
    if (values.lead !== undefined) changed.lead = texts(values.lead)[0] ?? '';
    if (values.only !== undefined) changed.only = texts(values.only)[0] ?? '';
    this.setState(changed);
  }

  /** A choice: the back button undoes it. */
  choose(values: Partial<FilterValues>): void {
    this._urlSync.performBrowserHistoryAction(() => this.setState(values));
  }

  /** Text being typed: the URL follows, without an entry in the history for each letter. */
  type(search: string): void {
    this.setState({ search });
  }

  toggleLevel(level: string): void {
    const { levels } = this.state;
    this.choose({
      levels: levels.includes(level) ? levels.filter((one) => one !== level) : [...levels, level],
    });
  }

  clear(): void {
    this.choose(NO_FILTERS);
  }
}

export function hasFilters({ levels, profiles, search, lead, only }: FilterValues): boolean {
  return levels.length > 0 || profiles.length > 0 || search !== '' || lead !== '' || only !== '';
}
