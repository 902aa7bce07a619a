import { PROFILES } from '../catalog/profiles.ts';
import { RISK_PARTS, TARGET_COUNT, TARGET_LIST } from '../catalog/targets.ts';
import type { RiskConfig, RuleSettings } from './config.ts';

/** Thresholds and weights that hold for one server, laid out for the hot loop. */
export interface ServerRules {
  /** By target, in target units; NaN where the target has no thresholds. */
  readonly warning: Float64Array;
  readonly critical: Float64Array;
  /** By part in RISK_PARTS order; they sum to 1. */
  readonly weights: Float64Array;
}

/** Position in RISK_PARTS of each target's part, or -1 for a target that is only forecast. */
export const PART_OF_TARGET: readonly number[] = TARGET_LIST.map((target) =>
  target.part === null ? -1 : RISK_PARTS.indexOf(target.part),
);

function mergeThresholds(layers: readonly RuleSettings[]): Pick<ServerRules, 'warning' | 'critical'> {
  const warning = new Float64Array(TARGET_COUNT);
  const critical = new Float64Array(TARGET_COUNT);
  TARGET_LIST.forEach((target, index) => {
    let pair = target.thresholds;
    for (const layer of layers) {
      const override = layer.thresholds?.[target.name];
      if (override !== undefined) pair = override;
    }
    warning[index] = pair?.warning ?? Number.NaN;
    critical[index] = pair?.critical ?? Number.NaN;
  });
  return { warning, critical };
}

/** Weights that sum to 1; those of the profile where the overrides together leave nothing. */
function mergeWeights(profile: number, layers: readonly RuleSettings[]): Float64Array {
  const ofProfile = RISK_PARTS.map((part): number => PROFILES[profile].weights[part]);
  const merged = RISK_PARTS.map((part, index) =>
    layers.reduce((weight, layer) => layer.weights?.[part] ?? weight, ofProfile[index]),
  );
  const sum = merged.reduce((total, weight) => total + weight, 0);
  return Float64Array.from(sum > 0 ? merged.map((weight) => weight / sum) : ofProfile);
}

/** Finds the rules of a server: catalog, then everywhere, then its profile, then the first matching name pattern. */
export class RuleBook {
  readonly #config: RiskConfig;
  readonly #patterns: readonly RegExp[];
  readonly #shared = new Map<string, ServerRules>();

  constructor(config: RiskConfig) {
    this.#config = config;
    this.#patterns = config.servers.map((rule) => new RegExp(rule.pattern, 'u'));
  }

  /**
   * @param profile position in PROFILES
   * @returns one object shared by all servers under the same rules
   */
  rulesOf(serverName: string, profile: number): ServerRules {
    const match = this.#patterns.findIndex((pattern) => pattern.test(serverName));
    const key = `${profile}/${match}`;
    const known = this.#shared.get(key);
    if (known !== undefined) return known;
    const rules = this.#build(profile, match);
    this.#shared.set(key, rules);
    return rules;
  }

  #build(profile: number, match: number): ServerRules {
    const everywhere: RuleSettings =
      this.#config.thresholds === undefined ? {} : { thresholds: this.#config.thresholds };
    const layers = [everywhere, this.#config.profiles[PROFILES[profile].name], this.#config.servers[match]];
    const present = layers.filter((layer): layer is RuleSettings => layer !== undefined);
    return { ...mergeThresholds(present), weights: mergeWeights(profile, present) };
  }
}
