import { Button, type ButtonVariant, type IconName } from '@grafana/ui';
import type { ReactNode } from 'react';
import { isEditor } from '../roles';

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

/** A button for editors: viewers see it disabled, with the reason. Grafana's route refuses them in any case. */
export const EditorButton = ({ children, disabled = false, ...props }: Props) => {
  const mayUse = isEditor();
  return (
    <Button
      {...props}
      disabled={disabled || !mayUse}
      tooltip={mayUse ? undefined : 'Only editors and administrators of Grafana may do this.'}
    >
      {children}
    </Button>
  );
};
