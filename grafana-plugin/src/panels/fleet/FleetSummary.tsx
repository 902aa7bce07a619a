import { LEVELS } from '../../shared/levels';
import { countByLevel, type FleetGroup, NO_SCORE } from './servers';

/** The map as a table, for those who cannot see it. */
export const FleetSummary = ({ groups }: { groups: readonly FleetGroup[] }) => (
  <table className="sr-only">
    <caption>Servers by group and level</caption>
    <thead>
      <tr>
        <th scope="col">Group</th>
        {LEVELS.map(({ name, label }) => (
          <th key={name} scope="col">
            {label}
          </th>
        ))}
        <th scope="col">No score</th>
      </tr>
    </thead>
    <tbody>
      {groups.map(({ key, label, servers }) => {
        const counts = countByLevel(servers);
        return (
          <tr key={key}>
            <th scope="row">{label}</th>
            {[...LEVELS.map(({ name }) => name), NO_SCORE].map((name) => (
              <td key={name}>{counts.get(name) ?? 0}</td>
            ))}
          </tr>
        );
      })}
    </tbody>
  </table>
);
