import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Value from 'typebox/value';
import { PROFILES } from '../../src/catalog/profiles.ts';
import { DEFAULT_RISK_CONFIG, RiskConfigSchema, riskConfigProblems } from '../../src/risk/config.ts';

const names = PROFILES.map((profile) => profile.name);
const problemsOf = (overrides: Partial<typeof DEFAULT_RISK_CONFIG>) =>
  riskConfigProblems({ ...DEFAULT_RISK_CONFIG, ...overrides }, names);

describe('the risk configuration', () => {
  it('has the defaults of its schema', () => {
    assert.deepEqual(Value.Default(RiskConfigSchema, {}), DEFAULT_RISK_CONFIG);
    assert.deepEqual(problemsOf({}), []);
  });

  it('refuses targets, parts and settings that do not exist', () => {
    const filled = (value: object) => Value.Default(RiskConfigSchema, value);
    assert.ok(Value.Check(RiskConfigSchema, filled({ thresholds: { cpu_used_pct: null } })));
    assert.ok(!Value.Check(RiskConfigSchema, filled({ thresholds: { cpu: { warning: 1, critical: 2 } } })));
    assert.ok(!Value.Check(RiskConfigSchema, filled({ profiles: { etl: { weights: { cpus: 1 } } } })));
    assert.ok(!Value.Check(RiskConfigSchema, filled({ alerts: { holdCycles: 0 } })));
    assert.ok(!Value.Check(RiskConfigSchema, filled({ alert: {} })));
  });

  it('names thresholds that are out of order or out of range', () => {
    const thresholds = {
      cpu_used_pct: { warning: 95, critical: 85 },
      mem_used_pct: { warning: 90, critical: 120 },
    };
    const problems = problemsOf({ thresholds });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['thresholds/cpu_used_pct', 'thresholds/mem_used_pct'],
    );
    assert.match(problems[0].message, /warning \(95\) must be below critical \(85\)/);
    assert.match(problems[1].message, /at most 100/);
  });

  it('names a profile that does not exist, a pattern that does not compile and weights that are all 0', () => {
    const weights = { cpu: 0, memory: 0, disk: 0, network: 0, connections: 0 };
    const problems = problemsOf({
      profiles: { databases: {}, etl: { weights } },
      servers: [{ pattern: '[' }],
    });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ['profiles/databases', 'profiles/etl/weights', 'servers/0/pattern'],
    );
    assert.match(problems[0].message, /database, ml_compute/);
  });
});
