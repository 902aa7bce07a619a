import { Button, type ButtonVariant, type IconName } from '@grafana/ui';
import type { ReactNode } from 'react';
import { isAdministrator, isEditor } from '../roles';

interface Props {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly variant?: ButtonVariant;
  readonly fill?: 'solid' | 'outline';
  readonly size?: 'sm' | 'md';
  readonly icon?: IconName;
  readonly 'aria-label'?: string;
}

/** A button that those who may not use it see disabled, with the reason. Grafana's route refuses them in any case. */
const RoleButton = ({
  mayUse,
  reason,
  disabled = false,
  ...props
}: Props & { mayUse: boolean; reason: string }) => (
  <Button {...props} disabled={disabled || !mayUse} tooltip={mayUse ? undefined : reason} />
);

export const AdminButton = (props: Props) => (
  <RoleButton {...props} mayUse={isAdministrator()} reason="Only administrators of Grafana may do this." />
);

export const EditorButton = (props: Props) => (
  <RoleButton
    {...props}
    mayUse={isEditor()}
    reason="Only editors and administrators of Grafana may do this."
  />
);
