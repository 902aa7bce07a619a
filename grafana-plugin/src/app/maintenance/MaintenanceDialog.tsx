import { Button, Field, Input, Modal, MultiCombobox, RadioButtonGroup } from '@grafana/ui';
import { useId, useMemo, useState } from 'react';
import { useAddWindow } from '../../data/annotationHooks';
import { useServers } from '../../data/hooks';
import { PROFILES } from '../../shared/metrics';
import { CommandFailure } from '../components/CommandResult';
import { ianaZone } from '../components/ianaZone';
import { WhenFields } from './WhenFields';
import {
  emptyForm,
  orderOf,
  problemsOf,
  type When,
  type Whom,
  type WindowForm,
  type WindowProblems,
} from './windowForm';

const WHOM: { value: Whom; label: string }[] = [
  { value: 'servers', label: 'Servers' },
  { value: 'profiles', label: 'Profiles' },
  { value: 'all', label: 'Every server' },
];
const WHEN: { value: When; label: string }[] = [
  { value: 'once', label: 'Once' },
  { value: 'weekly', label: 'Each week' },
];
const PROFILE_OPTIONS = PROFILES.map(({ name, label }) => ({ value: name as string, label }));
const LONGEST_TEXT = 2000;
const NO_PROBLEMS: WindowProblems = {};

interface Props {
  /** Servers it begins with. */
  readonly servers: readonly string[];
  readonly timeZone: string;
  readonly onClose: () => void;
}

/** Asks for whom and when alerts are to be muted. */
export const MaintenanceDialog = ({ servers, timeZone, onClose }: Props) => {
  const [form, setForm] = useState<WindowForm>(() => emptyForm(servers, Date.now(), timeZone));
  const add = useAddWindow();
  const [isTried, setTried] = useState(false);
  const mistakes = problemsOf(form);
  const problems = isTried ? mistakes : NO_PROBLEMS;
  const change = (changes: Partial<WindowForm>) => setForm({ ...form, ...changes });
  const plan = () => {
    setTried(true);
    if (Object.keys(mistakes).length > 0) return;
    add.mutate(orderOf(form, ianaZone(form.timeZone)), { onSuccess: onClose });
  };
  return (
    <Modal title="Plan maintenance" isOpen onDismiss={onClose}>
      <p>
        Alerts of these servers are still opened and kept, but shown as muted, and the time is left out of
        training.
      </p>
      <CommandFailure command={add} failed="The maintenance was not planned" />
      <WhomFields form={form} problem={problems.servers ?? problems.profiles} onChange={change} />
      <Field label="When">
        <RadioButtonGroup
          options={WHEN}
          value={form.when}
          onChange={(when) => change({ when })}
          aria-label="When"
        />
      </Field>
      <WhenFields form={form} problems={problems} onChange={change} />
      <Field label="Comment">
        <Input
          aria-label="Comment"
          value={form.text}
          maxLength={LONGEST_TEXT}
          placeholder="Why, for those who see the muted alerts"
          onChange={(event) => change({ text: event.currentTarget.value })}
        />
      </Field>
      <Modal.ButtonRow>
        <Button variant="secondary" fill="outline" onClick={onClose}>
          Not now
        </Button>
        <Button disabled={Object.keys(problems).length > 0 || add.isPending} onClick={plan}>
          {add.isPending ? 'Planning…' : 'Plan maintenance'}
        </Button>
      </Modal.ButtonRow>
    </Modal>
  );
};

interface WhomProps {
  readonly form: WindowForm;
  readonly problem: string | undefined;
  readonly onChange: (changes: Partial<WindowForm>) => void;
}

const WhomFields = ({ form, problem, onChange }: WhomProps) => {
  const id = useId();
  return (
    <>
      <Field label="For">
        <RadioButtonGroup
          options={WHOM}
          value={form.whom}
          onChange={(whom) => onChange({ whom })}
          aria-label="For"
        />
      </Field>
      {form.whom === 'servers' ? (
        <Field label="Servers" invalid={problem !== undefined} error={problem}>
          <ServerChooser
            id={`${id}-servers`}
            chosen={form.servers}
            onChange={(servers) => onChange({ servers })}
          />
        </Field>
      ) : null}
      {form.whom === 'profiles' ? (
        <Field label="Profiles" invalid={problem !== undefined} error={problem}>
          <MultiCombobox
            id={`${id}-profiles`}
            options={PROFILE_OPTIONS}
            value={[...form.profiles]}
            onChange={(chosen) => onChange({ profiles: chosen.map(({ value }) => value) })}
          />
        </Field>
      ) : null}
    </>
  );
};

interface ChooserProps {
  readonly id: string;
  readonly chosen: readonly string[];
  readonly onChange: (servers: readonly string[]) => void;
}

/** Names that are known, and any other that is typed: a server may be maintained before it has sent anything. */
const ServerChooser = ({ id, chosen, onChange }: ChooserProps) => {
  const { data } = useServers();
  const options = useMemo(() => {
    const names = new Set([...chosen, ...(data?.servers.map(({ name }) => name) ?? [])]);
    return [...names].sort().map((name) => ({ value: name, label: name }));
  }, [data, chosen]);
  return (
    <MultiCombobox
      id={id}
      options={options}
      value={[...chosen]}
      createCustomValue
      placeholder="Choose or type names"
      onChange={(list) => onChange(list.map(({ value }) => value))}
    />
  );
};
