import { Button, type ButtonVariant } from '@grafana/ui';
import type { ReactNode } from 'react';
import { isAdministrator } from '../roles';

interface Props {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly variant?: ButtonVariant;
  readonly fill?: 'solid' | 'outline';
  readonly size?: 'sm' | 'md';
}

/** A button for administrators: others see it disabled, with the reason. Grafana's route refuses them in any case. */
export const AdminButton = ({ children, disabled = false, ...props }: Props) => {
  const isAdmin = isAdministrator();
  return (
    <Button
      {...props}
      disabled={disabled || !isAdmin}
      tooltip={isAdmin ? undefined : 'Only administrators of Grafana may do this.'}
    >
      {children}
    </Button>
  );
};
