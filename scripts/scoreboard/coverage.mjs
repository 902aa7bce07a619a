// Coverage of the 80% bands by series, and what their correction costs: serving replayed over the past.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const INPUTS = [
  'backend/bench/coverage.ts',
  'backend/bench/support',
  'backend/src/forecast/conformal.ts',
  'backend/src/forecast/conformalState.ts',
  'backend/src/forecast/awaited.ts',
  'models/bundles/default/manifest.json',
];
/** Real machines taken in the quick form: every Nth. */
const QUICK_EVERY_VM = 40;
/** Servers that nothing was trained, calibrated or tuned on. */
const FLEET = { servers: 40, days: 21, fromServer: 70_000 };

function result({ error_corrected, error_corrected_within_ties, error_uncorrected, winkler_ratio, series }) {
  const note = `${series} series; ${error_uncorrected.toFixed(3)} before the correction; ${error_corrected_within_ties.toFixed(3)} where values exactly on an edge count whichever way is nearer`;
  return { figures: { error_corrected, winkler_ratio }, note };
}

export const coverageReal = {
  inputs: INPUTS,
  data: ['bitbrains'],
  command: 'ARGUS_BITBRAINS=DATA/bitbrains npm run bench coverage',
  run(context) {
    const folder = context.dataFolder('bitbrains', '2013-08.parquet', '2013-09.parquet');
    const some = context.quick ? { ARGUS_COVERAGE_EVERY_VM: `${QUICK_EVERY_VM}` } : {};
    return result(context.bench('coverage', { ARGUS_BITBRAINS: folder, ...some }));
  },
};

export const coverageGenerated = {
  inputs: [...INPUTS, 'backend/src/simulate'],
  data: [],
  command: `argus generate --servers ${FLEET.servers} --days ${FLEET.days} --from-server ${FLEET.fromServer} --seed SEED --out DIR, then ARGUS_COVERAGE_DATA=DIR npm run bench coverage`,
  run(context) {
    if (context.quick) return result(context.bench('coverage'));
    const folder = join(context.scratch, `coverage-${context.seed}`);
    if (!existsSync(join(folder, 'chunk_manifest.json'))) {
      context.argus(
        ...['generate', '--out', folder, '--servers', `${FLEET.servers}`, '--days', `${FLEET.days}`],
        ...['--from-server', `${FLEET.fromServer}`, '--seed', `${context.seed}`],
      );
    }
    return result(context.bench('coverage', { ARGUS_COVERAGE_DATA: folder }));
  },
};
