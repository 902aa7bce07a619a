/** The whole configuration: one line for each stage, and what belongs to none. */
import { type Static, Type } from 'typebox';
import { AnnotationsConfigSchema } from '../annotations/config.ts';
import { apiConfigSchema } from '../api/config.ts';
import { CascadeConfigSchema } from '../cascade/config.ts';
import { ExplainConfigSchema } from '../explain/config.ts';
import { fleetConfigSchema } from '../fleet/config.ts';
import { ForecastConfigSchema } from '../forecast/config.ts';
import { HistoryConfigSchema } from '../history/config.ts';
import { ingestConfigSchema } from '../ingest/config.ts';
import { PublishConfigSchema } from '../publish/config.ts';
import { ReplayConfigSchema } from '../replay/config.ts';
import { RiskConfigSchema } from '../risk/config.ts';
import { TrainingConfigSchema } from '../training/jobs/config.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const configSchema = Type.Object(
  {
    dataDir: Type.String({
      minLength: 1,
      default: 'data',
      description: 'Folder for everything Argus keeps: window, alerts, history, models, keys.',
    }),
    log: Type.Object(
      {
        level: Type.Unsafe<LogLevel>({
          type: 'string',
          enum: [...LOG_LEVELS],
          default: 'info',
          description: 'Least important messages that are written.',
        }),
      },
      {
        additionalProperties: false,
        default: {},
        description: 'The log, one line of JSON each, on standard error.',
      },
    ),
    fleet: fleetConfigSchema,
    ingest: ingestConfigSchema,
    forecast: ForecastConfigSchema,
    cascade: CascadeConfigSchema,
    risk: RiskConfigSchema,
    explain: ExplainConfigSchema,
    annotations: AnnotationsConfigSchema,
    history: HistoryConfigSchema,
    training: TrainingConfigSchema,
    replay: ReplayConfigSchema,
    publish: PublishConfigSchema,
    api: apiConfigSchema,
  },
  { additionalProperties: false, default: {} },
);

/** Every setting with its value; frozen. */
export type Config = Readonly<Static<typeof configSchema>>;

/** The parts of JSON Schema that the stages' configuration uses. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  /** Of a record: the schema of every value, under a pattern for the keys. */
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** The schema of a record's values; undefined for an object with named settings. */
export function recordValues(schema: SchemaNode): SchemaNode | undefined {
  return Object.values(schema.patternProperties ?? {})[0];
}

/** The schema of the whole, for code that walks it. */
export const configSchemaNode: SchemaNode = configSchema as object;

/** The words a setting may be, where it is one of a few; undefined otherwise. */
export function wordsOf(schema: SchemaNode): readonly unknown[] | undefined {
  if (schema.enum !== undefined) return schema.enum;
  if (schema.const !== undefined) return [schema.const];
  const words = schema.anyOf?.map(wordsOf);
  return words?.every((some) => some !== undefined) ? words.flat() : undefined;
}
