/** Pickers that the editors of queries, variables and annotations share. */
import { Field, Input, MultiCombobox, RadioButtonGroup } from '@grafana/ui';
import { type FocusEvent, type KeyboardEvent, useCallback, useId } from 'react';
import type { ArgusClient } from '../../data/client';
import { DATA_SOURCE_TEST_ID } from '../testIds';
import { LEVEL_OPTIONS, METRIC_OPTIONS, PROFILE_OPTIONS, serverOptions, variableOptions } from './options';

/** Widths in units of the theme's spacing. */
const WIDE = 40;
const MEDIUM = 32;
const NARROW = 12;

interface ListProps {
  readonly value: readonly string[] | undefined;
  readonly onChange: (value: string[]) => void;
}

export interface ServersPickerProps extends ListProps {
  readonly client: ArgusClient;
  readonly placeholder?: string;
}

/** Names of servers from the fleet, variables, or any name typed. */
export function ServersPicker({ client, value, onChange, placeholder = 'All' }: ServersPickerProps) {
  const id = useId();
  const options = useCallback((search: string) => serverOptions(client, search), [client]);
  return (
    <Field label="Servers" noMargin>
      <MultiCombobox
        id={id}
        data-testid={DATA_SOURCE_TEST_ID.servers}
        width={WIDE}
        options={options}
        value={[...(value ?? [])]}
        onChange={(chosen) => onChange(chosen.map((option) => option.value))}
        createCustomValue
        isClearable
        placeholder={placeholder}
      />
    </Field>
  );
}

const WORDS = {
  metrics: { label: 'Metrics', options: METRIC_OPTIONS },
  levels: { label: 'Levels', options: LEVEL_OPTIONS },
  profiles: { label: 'Profiles', options: PROFILE_OPTIONS },
} as const;

interface WordsPickerProps extends ListProps {
  readonly kind: keyof typeof WORDS;
}

/** Several of a few words, or variables. */
export function WordsPicker({ kind, value, onChange }: WordsPickerProps) {
  const id = useId();
  const { label, options } = WORDS[kind];
  return (
    <Field label={label} noMargin>
      <MultiCombobox
        id={id}
        data-testid={DATA_SOURCE_TEST_ID[kind]}
        width={MEDIUM}
        options={[...variableOptions(), ...options]}
        value={[...(value ?? [])]}
        onChange={(chosen) => onChange(chosen.map((option) => option.value))}
        createCustomValue
        isClearable
        placeholder="All"
      />
    </Field>
  );
}

function onEnter(act: (text: string) => void) {
  return (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') act(event.currentTarget.value);
  };
}

function onLeave(act: (text: string) => void) {
  return (event: FocusEvent<HTMLInputElement>) => act(event.currentTarget.value);
}

interface SearchInputProps {
  readonly value: string | undefined;
  readonly onChange: (value: string | undefined) => void;
}

/** Part of a name; taken over on Enter and when the field is left. */
export function SearchInput({ value, onChange }: SearchInputProps) {
  const id = useId();
  const take = (text: string) => {
    if (text.trim() !== (value ?? '')) onChange(text.trim() || undefined);
  };
  return (
    <Field label="Name contains" noMargin>
      <Input
        id={id}
        key={value}
        data-testid={DATA_SOURCE_TEST_ID.search}
        width={MEDIUM}
        defaultValue={value}
        placeholder="Any"
        onBlur={onLeave(take)}
        onKeyDown={onEnter(take)}
      />
    </Field>
  );
}

interface LimitInputProps {
  readonly value: number | undefined;
  readonly placeholder: string;
  readonly onChange: (value: number | undefined) => void;
}

/** A whole number from 1 on, or nothing. */
export function LimitInput({ value, placeholder, onChange }: LimitInputProps) {
  const id = useId();
  const take = (text: string) => {
    const limit = Math.floor(Number(text));
    const next = Number.isFinite(limit) && limit >= 1 ? limit : undefined;
    if (next !== value) onChange(next);
  };
  return (
    <Field label="At most" noMargin>
      <Input
        id={id}
        key={value}
        data-testid={DATA_SOURCE_TEST_ID.limit}
        type="number"
        min={1}
        width={NARROW}
        defaultValue={value}
        placeholder={placeholder}
        onBlur={onLeave(take)}
        onKeyDown={onEnter(take)}
      />
    </Field>
  );
}

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly description?: string }[];
  readonly onChange: (value: T) => void;
}

/** One of two or three words, all of them seen. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Field label={label} noMargin useFieldset>
      <RadioButtonGroup options={[...options]} value={value} onChange={onChange} />
    </Field>
  );
}
