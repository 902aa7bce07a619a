import { FloatingCard } from '../../shared/FloatingCard';
import { formatRisk } from '../../shared/format';
import { LevelGlyph } from '../../shared/LevelGlyph';
import { profileLabel } from '../../shared/metrics';
import { serverFacts, stateText } from './describe';
import type { FleetServer } from './servers';

export interface ServerCardProps {
  readonly server: FleetServer;
  readonly x: number;
  readonly y: number;
}

/** What is known of the server under the pointer. */
export const ServerCard = ({ server, x, y }: ServerCardProps) => {
  const { name, profile, risk, level, cause, reason } = server;
  const score = risk === null ? '' : ` · ${formatRisk(risk)}`;
  return (
    <FloatingCard
      x={x}
      y={y}
      title={name}
      subtitle={profileLabel(profile)}
      rows={[
        {
          name: 'Risk',
          value: (
            <span style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
              <LevelGlyph level={level?.name} size={12} />
              {`${stateText(server)}${score}`}
            </span>
          ),
        },
        ...serverFacts(server),
      ]}
      footer={sentence(cause === '' ? reason : cause)}
    />
  );
};

/** The backend's causes are parts of a sentence. */
function sentence(text: string): string | undefined {
  return text === '' ? undefined : text.charAt(0).toUpperCase() + text.slice(1);
}
