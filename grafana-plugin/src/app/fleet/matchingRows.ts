import type { DataFrame, Field } from '@grafana/data';
import type { CustomTransformOperator } from '@grafana/scenes';
import { map } from 'rxjs';
import { FLEET_FIELD } from '../../shared/frames';
import type { UrlFilters } from '../scenes/UrlFilters';
import { matches } from './match';

function textAt(field: Field | undefined, row: number): string | null {
  const value: unknown = field?.values[row];
  return typeof value === 'string' ? value : null;
}

/** The rows of a fleet frame that the filters let through. */
export function filteredFrame(frame: DataFrame, filters: UrlFilters['state']): DataFrame {
  const field = (name: string) => frame.fields.find((one) => one.name === name);
  const server = field(FLEET_FIELD.server);
  if (server === undefined) return frame;
  const [profile, level] = [field(FLEET_FIELD.profile), field(FLEET_FIELD.level)];
  const [mode, cause] = [field(FLEET_FIELD.mode), field(FLEET_FIELD.cause)];
  const rows = Array.from({ length: frame.length }, (_, row) => row).filter((row) =>
    matches(
      {
        server: textAt(server, row) ?? '',
        profile: textAt(profile, row) ?? '',
        level: textAt(level, row),
        mode: textAt(mode, row),
        cause: textAt(cause, row),
      },
      filters,
    ),
  );
  if (rows.length === frame.length) return frame;
  return {
    ...frame,
    length: rows.length,
    fields: frame.fields.map((one) => ({
      ...one,
      state: undefined,
      values: rows.map((row) => one.values[row]),
    })),
  };
}

/** Narrows what a panel shows to what the page's filters let through. */
export function onlyMatching(filters: UrlFilters): CustomTransformOperator {
  return () => (source) =>
    source.pipe(map((frames) => frames.map((frame) => filteredFrame(frame, filters.state))));
}
