import { useState } from 'react';
import { EditorButton } from '../components/RoleButton';
import { MaintenanceDialog } from './MaintenanceDialog';

interface Props {
  /** Servers the dialog begins with. */
  readonly servers?: readonly string[];
  readonly timeZone: string;
}

const NONE: readonly string[] = [];

/** The button for a maintenance window, with its dialog. */
export const PlanMaintenance = ({ servers = NONE, timeZone }: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <EditorButton variant="secondary" icon="calendar-alt" onClick={() => setOpen(true)}>
        Plan maintenance
      </EditorButton>
      {isOpen ? (
        <MaintenanceDialog servers={servers} timeZone={timeZone} onClose={() => setOpen(false)} />
      ) : null}
    </>
  );
};
