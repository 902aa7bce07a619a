/** What the pickers of the editors offer. */
import { getTemplateSrv } from '@grafana/runtime';
import type { ComboboxOption } from '@grafana/ui';
import type { ArgusClient } from '../../data/client';
import { asArgusError } from '../../data/errors';
import { fetchServers } from '../../data/server';
import { LEVELS } from '../../shared/levels';
import { PROFILES, profileLabel, TARGETS } from '../../shared/metrics';

/** More than a list can be read through; typing narrows it. */
const MOST_OFFERED = 500;

interface Named {
  readonly name: string;
  readonly label: string;
}

function named(words: readonly Named[]): ComboboxOption[] {
  return words.map(({ name, label }) => ({ value: name, label }));
}

export const METRIC_OPTIONS = named(TARGETS);
export const LEVEL_OPTIONS = named(LEVELS);
export const PROFILE_OPTIONS = named(PROFILES);

/** Variables of the dashboard, to choose instead of a fixed name. */
export function variableOptions(): ComboboxOption[] {
  return getTemplateSrv()
    .getVariables()
    .map(({ name }) => ({ value: `$${name}`, description: 'Variable of this dashboard' }));
}

/** Servers whose name holds the text, those at most risk first. Where they cannot be read the list says why. */
export async function serverOptions(client: ArgusClient, search: string): Promise<ComboboxOption[]> {
  const wanted = search.trim().toLowerCase();
  const variables = variableOptions().filter(({ value }) => value.toLowerCase().includes(wanted));
  try {
    const { servers } = await fetchServers(client);
    const found = servers.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, MOST_OFFERED);
    const options = found.map(({ name, profile, alert }) => {
      const level = LEVELS.find((one) => one.name === alert.level)?.label ?? 'Not scored';
      return { value: name, description: `${profileLabel(profile)}, ${level.toLowerCase()}` };
    });
    return [...variables, ...options];
  } catch (thrown) {
    const { sentence } = asArgusError(thrown);
    return [
      ...variables,
      { value: '', label: 'Servers cannot be listed', description: sentence, infoOption: true },
    ];
  }
}
