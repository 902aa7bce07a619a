import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { CascadeConfig } from '../cascade/config.ts';
import { DEFAULT_CASCADE_CONFIG } from '../cascade/config.ts';
import type { CascadeView } from '../cascade/types.ts';
import type { Clock } from '../catalog/time.ts';
import type { FleetView } from '../fleet/types.ts';
import { type AlertFileWriter, type AlertHistory, AlertLog, diskWriter } from './alertLog.ts';
import { Alerts } from './alerts.ts';
import { Assessor } from './assessor.ts';
import { type Calibration, UNCALIBRATED } from './calibration.ts';
import { minimumAlertLevel, type RiskConfig } from './config.ts';
import { RiskEngine } from './engine.ts';
import type { RiskLogger } from './logger.ts';
import { createRiskMetrics, type RiskMetrics } from './metrics.ts';
import { RuleBook } from './rules.ts';

export interface RiskStageOptions {
  readonly fleet: FleetView;
  readonly clock: Clock;
  readonly config: RiskConfig;
  /** Alert events are kept in its folder `alerts`; null: in memory only. */
  readonly dataDir: string | null;
  readonly registry: Registry;
  readonly logger: RiskLogger;
  /** The model's table, or null until one is loaded. */
  readonly calibration: Calibration | null;
  /** Servers that deviate together, and how much that counts; none where left out. */
  readonly cascades?: Pick<CascadeView, 'active' | 'membershipOf'>;
  readonly cascadeConfig?: CascadeConfig;
  /** What appends to alert files, for tests of full disks. */
  readonly writer?: AlertFileWriter;
}

const NO_CASCADES: Pick<CascadeView, 'active' | 'membershipOf'> = {
  active: () => [],
  membershipOf: () => undefined,
};

interface OpenedLog {
  readonly log: AlertLog | null;
  readonly history: Pick<AlertHistory, 'active' | 'events' | 'unannounced'>;
}

const IN_MEMORY: OpenedLog = { log: null, history: { active: [], events: [], unannounced: [] } };

/** Opens the alert files; a folder that cannot be used costs the memory of restarts, not the alerts. */
async function openLog(options: RiskStageOptions, metrics: RiskMetrics): Promise<OpenedLog> {
  const { dataDir, clock, config, logger } = options;
  if (dataDir === null) return IN_MEMORY;
  const folder = join(dataDir, 'alerts');
  try {
    const opened = await AlertLog.open(
      { ...config.alerts, folder, nowMs: clock.now() },
      options.writer ?? diskWriter,
    );
    for (const file of opened.history.repaired) {
      logger.warn(
        { folder, file },
        'An alert file held damaged lines; they were set aside in *.damaged-<time>.',
      );
    }
    return opened;
  } catch (error) {
    metrics.logErrors.inc();
    logger.error(
      { err: error, folder },
      'Alert files cannot be opened; alerts are kept in memory only until the next start. Make the folder writable.',
    );
    return IN_MEMORY;
  }
}

/**
 * Builds the risk stage; open alerts of the last run go on.
 * The forecast stage calls `assess` with each chunk and `endCycle` when a cycle is complete.
 */
export async function createRiskStage(options: RiskStageOptions): Promise<RiskEngine> {
  const { fleet, clock, config, logger } = options;
  const metrics = createRiskMetrics(options.registry);
  const { log, history } = await openLog(options, metrics);
  const alerts = new Alerts({
    clock,
    logger,
    metrics,
    log,
    history,
    settings: { ...config.alerts, minimumLevel: minimumAlertLevel(config) },
  });
  const cascades = options.cascades ?? NO_CASCADES;
  const { weight } = options.cascadeConfig ?? DEFAULT_CASCADE_CONFIG;
  const assessor = new Assessor(new RuleBook(config), options.calibration ?? UNCALIBRATED, {
    cascades,
    weight,
  });
  return new RiskEngine({ fleet, assessor, alerts, cascades, metrics });
}
