/** GET /explain/{server}: why a server's risk is what it is, and what would bring it down. */
import {
  array,
  type InferOutput,
  nullable,
  nullish,
  number,
  object,
  optional,
  picklist,
  string,
  tuple,
  union,
} from 'valibot';
import { isKnown } from '../shared/format';
import type { ArgusClient } from './client';
import { ArgusError } from './errors';
import { numberOrNull, parts, textOrNull, time, word } from './schemas';
import { fetchServer, type ServerDetail } from './server';

const textOrNothing = nullish(string());

const targetSchema = object({
  metric: string(),
  label: string(),
  part: nullable(word),
  unit: string(),
  severity: number(),
  now: nullish(number()),
  warning: nullish(number()),
  critical: nullish(number()),
  forecaster: optional(word),
  breaches: optional(
    array(object({ threshold: word, seconds: number(), at: time, value: nullish(number()) })),
    [],
  ),
});

const riskSchema = object({
  score: numberOrNull,
  level: nullish(word),
  parts: nullable(parts),
  targets: optional(array(targetSchema), []),
  note: textOrNothing,
});

const groupSchema = object({
  id: string(),
  label: string(),
  value: number(),
  effect: optional(word),
  standard_error: nullish(number()),
  server_mean: nullish(number()),
  donors_mean: nullish(number()),
  unit: textOrNothing,
});

const shapSchema = object({
  method: optional(word),
  base_value: numberOrNull,
  risk: numberOrNull,
  groups: array(groupSchema),
  resolution: nullish(number()),
  note: textOrNothing,
  reason: textOrNothing,
});

const heatSchema = object({
  hours: array(time),
  metrics: array(string()),
  values: array(array(numberOrNull)),
  note: textOrNothing,
});

const attentionSchema = object({
  analysis: textOrNothing,
  times: array(time),
  period_seconds: optional(number(), 2_400),
  mean: array(number()),
  variable_weights: optional(array(object({ metric: string(), label: string(), weight: number() })), []),
  note: textOrNothing,
  reason: textOrNothing,
});

const counterfactualSchema = object({
  scenario: string(),
  impact: textOrNothing,
  action: textOrNothing,
  recommendation: textOrNothing,
  changes: optional(
    array(
      object({
        metric: string(),
        label: string(),
        unit: string(),
        from: numberOrNull,
        to: numberOrNull,
        range: nullish(tuple([number(), number()])),
      }),
    ),
    [],
  ),
  what_if: optional(
    array(object({ kind: word, metric: nullish(string()), at: nullish(union([number(), string()])) })),
    [],
  ),
  risk_before: number(),
  risk_after: number(),
  level_before: optional(word),
  level_after: optional(word),
});

/** Every part beyond the risk is optional: what a backend does not give is left out of the picture. */
export const explanationSchema = object({
  server_name: string(),
  profile: optional(word),
  mode: optional(word),
  origin: nullish(time),
  computed_at: nullish(time),
  prediction: optional(object({ risk_score: numberOrNull, alert_level: optional(word) })),
  sentence: textOrNothing,
  sentence_parts: nullish(
    object({ cause: textOrNothing, evidence: textOrNothing, time: textOrNothing, action: textOrNothing }),
  ),
  risk: nullish(riskSchema),
  shap: nullish(shapSchema),
  heat: nullish(heatSchema),
  attention: nullish(attentionSchema),
  counterfactuals: nullish(array(counterfactualSchema)),
  counterfactual: nullish(object({ reason: textOrNothing })),
  limits: optional(array(string()), []),
});

const pendingSchema = object({
  status: picklist(['running', 'queued']),
  server_name: optional(string()),
  retry_after_seconds: optional(number(), 1),
  detail: textOrNull,
});

const answerSchema = union([pendingSchema, explanationSchema]);

export type Explanation = InferOutput<typeof explanationSchema>;
export type ExplainedRisk = InferOutput<typeof riskSchema>;
export type ExplainedShap = InferOutput<typeof shapSchema>;
export type ExplainedGroup = InferOutput<typeof groupSchema>;
export type ExplainedHeat = InferOutput<typeof heatSchema>;
export type ExplainedAttention = InferOutput<typeof attentionSchema>;
export type Counterfactual = InferOutput<typeof counterfactualSchema>;
/** The explanation is not computed yet: ask again after this many seconds. */
export type PendingExplanation = InferOutput<typeof pendingSchema>;

/** Points that read "0.0". */
const UNREADABLE_POINTS = 0.05;

/** What several groups without an effect are shown as. */
export interface FaintGroups {
  readonly label: string;
  /** Their sum. */
  readonly value: number;
  readonly groups: readonly ExplainedGroup[];
}

/** The groups that stand for themselves, and in one those that are too small to be told apart from noise. */
export function groupsByEffect({ groups, resolution }: Pick<ExplainedShap, 'groups' | 'resolution'>): {
  readonly told: readonly ExplainedGroup[];
  readonly faint: FaintGroups | undefined;
} {
  const isFaint = ({ effect, value }: ExplainedGroup) =>
    effect === undefined ? Math.abs(value) < UNREADABLE_POINTS : effect === 'none';
  const faint = groups.filter(isFaint);
  const [first] = faint;
  // One that a backend without effects gives reads "0.0" under its own name.
  if (first === undefined || (faint.length === 1 && first.effect === undefined))
    return { told: groups, faint: undefined };
  const size = isKnown(resolution) ? `less than ${resolution} points` : 'next to nothing';
  return {
    told: groups.filter((group) => !isFaint(group)),
    faint: {
      label: `${faint.length} more, ${size} each`,
      value: faint.reduce((sum, { value }) => sum + value, 0),
      groups: faint,
    },
  };
}

export function isPending(answer: Explanation | PendingExplanation): answer is PendingExplanation {
  return 'status' in answer;
}

/** Seconds the backend holds a request open while it computes. Grafana's proxy gives up after 30. */
const WAIT_SECONDS = 10;

/** One request; the answer may be that it is not computed yet. A server's name may hold any character. */
export function askExplanation(
  client: ArgusClient,
  server: string,
  signal?: AbortSignal,
): Promise<Explanation | PendingExplanation> {
  return client.get(`/explain/${encodeURIComponent(server)}`, answerSchema, {
    params: { wait: WAIT_SECONDS },
    signal,
  });
}

/** How often a computation is asked after before it is given up: with the wait above, some two minutes. */
const MAX_ASKED = 12;

/**
 * The explanation of a server, waited for while it is computed. A backend that explains nothing yet still gives the risk's
 * parts: they come from the server's own page.
 * @throws ArgusError
 */
export async function fetchExplanation(
  client: ArgusClient,
  server: string,
  signal?: AbortSignal,
): Promise<Explanation> {
  try {
    for (let asked = 0; asked < MAX_ASKED; asked += 1) {
      const answer = await askExplanation(client, server, signal);
      if (!isPending(answer)) return answer;
      await pause(answer.retry_after_seconds, signal);
    }
  } catch (error) {
    if (error instanceof ArgusError && error.kind === 'unsupported')
      return explanationOfParts(await fetchServer(client, server, signal));
    throw error;
  }
  throw new ArgusError(
    'busy',
    'The explanation is still being computed after two minutes.',
    'Try again later; many explanations were asked for at once.',
  );
}

/** What a server's own page knows of its risk, as an explanation without the rest. */
export function explanationOfParts(server: ServerDetail): Explanation {
  const { name, profile, mode, risk_score, alert } = server;
  return {
    server_name: name,
    profile,
    mode,
    prediction: { risk_score, alert_level: alert.level },
    sentence: server.cause ?? server.reason,
    risk: { score: risk_score, level: alert.level, parts: server.parts, targets: [] },
    limits: [PARTS_ONLY],
  };
}

export const PARTS_ONLY =
  'This backend does not explain forecasts yet: update Argus to see what drives the risk and what would bring it down.';

const MS_PER_SECOND = 1_000;

function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * MS_PER_SECOND);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
