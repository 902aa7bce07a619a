import { type Static, Type } from 'typebox';
import { LEVELS } from '../catalog/levels.ts';
import { RISK_PARTS, TARGET_LIST, targetIndex } from '../catalog/targets.ts';

/** One threshold pair in target units. */
export interface ThresholdSetting {
  readonly warning: number;
  readonly critical: number;
}

const ThresholdPair = Type.Object(
  {
    warning: Type.Number({ description: 'Value from which the target is past its warning threshold.' }),
    critical: Type.Number({ description: 'Value from which the target is past its critical threshold.' }),
  },
  { additionalProperties: false },
);

const ThresholdOverrides = Type.Unsafe<Readonly<Record<string, ThresholdSetting | null>>>(
  Type.Object(
    Object.fromEntries(
      TARGET_LIST.map((target) => [
        target.name,
        Type.Optional(
          Type.Union([ThresholdPair, Type.Null()], {
            description: `Thresholds of ${target.name} in ${target.unit}; null: it has none and no severity.`,
          }),
        ),
      ]),
    ),
    { additionalProperties: false, description: 'Thresholds by target, over those of the catalog.' },
  ),
);

const WeightOverrides = Type.Unsafe<Readonly<Record<string, number>>>(
  Type.Object(
    Object.fromEntries(
      RISK_PARTS.map((part) => [
        part,
        Type.Optional(Type.Number({ minimum: 0, description: `Weight of ${part}.` })),
      ]),
    ),
    {
      additionalProperties: false,
      description: 'Weights of the parts, over those of the profile; they are scaled to sum to 1.',
    },
  ),
);

const ruleFields = {
  thresholds: Type.Optional(ThresholdOverrides),
  weights: Type.Optional(WeightOverrides),
};

export const RiskConfigSchema = Type.Object(
  {
    thresholds: Type.Optional(ThresholdOverrides),
    profiles: Type.Record(Type.String(), Type.Object(ruleFields, { additionalProperties: false }), {
      default: {},
      description: 'Thresholds and weights by profile name.',
    }),
    servers: Type.Array(
      Type.Object(
        {
          pattern: Type.String({ description: 'Regular expression a server name must match.' }),
          ...ruleFields,
        },
        { additionalProperties: false },
      ),
      { default: [], description: 'Thresholds and weights by server name; the first match is used.' },
    ),
    alerts: Type.Object(
      {
        minimumLevel: Type.Union(
          [Type.Literal('degraded'), Type.Literal('warning'), Type.Literal('critical')],
          { default: 'degraded', description: 'Lowest level that opens an alert.' },
        ),
        holdCycles: Type.Integer({
          default: 2,
          minimum: 1,
          maximum: 96,
          description: 'Cycles in a row a change of level must last before an alert follows it.',
        }),
        hysteresisPoints: Type.Number({
          default: 5,
          minimum: 0,
          maximum: 20,
          description: "Points below a level's floor at which an alert leaves the level.",
        }),
        historyEvents: Type.Integer({
          default: 10_000,
          minimum: 1,
          description: 'Newest alert events kept in memory.',
        }),
        pendingEvents: Type.Integer({
          default: 10_000,
          minimum: 1,
          description: 'Alert events kept to be written later while the disk refuses them.',
        }),
        retentionMonths: Type.Integer({
          default: 13,
          minimum: 1,
          description: 'Months of alert event files kept on disk.',
        }),
      },
      { default: {}, additionalProperties: false },
    ),
  },
  { default: {}, additionalProperties: false, description: 'Risk score and alerts.' },
);

/** What one level of configuration (everywhere, a profile, a name pattern) may override. */
export interface RuleSettings {
  readonly thresholds?: Readonly<Record<string, ThresholdSetting | null>>;
  readonly weights?: Readonly<Record<string, number>>;
}

export type RiskConfig = Static<typeof RiskConfigSchema>;

/** The configuration without any override. */
export const DEFAULT_RISK_CONFIG: RiskConfig = {
  profiles: {},
  servers: [],
  alerts: {
    minimumLevel: 'degraded',
    holdCycles: 2,
    hysteresisPoints: 5,
    historyEvents: 10_000,
    pendingEvents: 10_000,
    retentionMonths: 13,
  },
};

/** A mistake that a schema cannot see. */
export interface RiskConfigProblem {
  /** Path inside the risk section: `servers/0/pattern`. */
  readonly path: string;
  readonly message: string;
}

function thresholdProblems(
  path: string,
  thresholds: RuleSettings['thresholds'],
): readonly RiskConfigProblem[] {
  const problems: RiskConfigProblem[] = [];
  for (const [name, pair] of Object.entries(thresholds ?? {})) {
    if (pair === null || pair === undefined) continue;
    const max = TARGET_LIST[targetIndex(name)]?.max ?? Number.POSITIVE_INFINITY;
    if (!(pair.warning < pair.critical)) {
      problems.push({
        path: `${path}/${name}`,
        message: `warning (${pair.warning}) must be below critical (${pair.critical}).`,
      });
    } else if (pair.warning <= 0 || pair.critical > max) {
      problems.push({
        path: `${path}/${name}`,
        message: `both thresholds must be above 0 and at most ${max}.`,
      });
    }
  }
  return problems;
}

function weightProblems(path: string, weights: RuleSettings['weights']): readonly RiskConfigProblem[] {
  const named = Object.values(weights ?? {});
  if (named.length < RISK_PARTS.length || named.some((weight) => weight > 0)) return [];
  return [{ path, message: 'at least one weight must be above 0.' }];
}

function ruleProblems(path: string, rule: RuleSettings): readonly RiskConfigProblem[] {
  return [
    ...thresholdProblems(`${path}/thresholds`, rule.thresholds),
    ...weightProblems(`${path}/weights`, rule.weights),
  ];
}

function patternProblem(index: number, pattern: string): readonly RiskConfigProblem[] {
  try {
    new RegExp(pattern, 'u');
    return [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [
      { path: `servers/${index}/pattern`, message: `"${pattern}" is no regular expression: ${reason}.` },
    ];
  }
}

/**
 * Finds what the schema cannot: unknown profiles, thresholds out of order, patterns that do not compile.
 * @param profileNames the profiles that exist
 */
export function riskConfigProblems(
  config: RiskConfig,
  profileNames: readonly string[],
): readonly RiskConfigProblem[] {
  const unknown = Object.keys(config.profiles)
    .filter((name) => !profileNames.includes(name))
    .map((name) => ({
      path: `profiles/${name}`,
      message: `"${name}" is no profile; choose one of ${profileNames.join(', ')}.`,
    }));
  return [
    ...thresholdProblems('thresholds', config.thresholds),
    ...unknown,
    ...Object.entries(config.profiles).flatMap(([name, rule]) => ruleProblems(`profiles/${name}`, rule)),
    ...config.servers.flatMap((rule, index) => [
      ...patternProblem(index, rule.pattern),
      ...ruleProblems(`servers/${index}`, rule),
    ]),
  ];
}

/** Position in LEVELS of the lowest level that opens an alert. */
export function minimumAlertLevel(config: RiskConfig): number {
  return LEVELS.findIndex((level) => level.name === config.alerts.minimumLevel);
}
