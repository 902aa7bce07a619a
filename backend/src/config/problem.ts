/** A mistake in the configuration: where it is, what is wrong, what to do. */

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'flag'; readonly flag: string };

/** Keys and positions from the root: ["fleet", "profilePatterns", 0, "pattern"]. */
export type ConfigPath = readonly (string | number)[];

/** A mistake before it is known where its value came from. */
export interface Mistake {
  readonly path: ConfigPath;
  readonly message: string;
  readonly remedy: string;
}

export interface ConfigProblem {
  readonly origin: Origin;
  /** The setting, as people write it: "fleet.profilePatterns[0].pattern"; empty for the document as a whole. */
  readonly setting: string;
  readonly message: string;
  readonly remedy: string;
}

export function settingName(path: ConfigPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');
}

function originText(origin: Origin): string {
  if (origin.kind === 'file') return `${origin.file}:${origin.line}:${origin.column}`;
  return origin.kind === 'flag' ? origin.flag : `environment variable ${origin.variable}`;
}

/** One line: "argus.yaml:12:5: fleet.graceSeconds: must be … Choose …". */
export function problemLine({ origin, setting, message, remedy }: ConfigProblem): string {
  return [originText(origin), setting, `${message}. ${remedy}`].filter((part) => part !== '').join(': ');
}

/** Differences a typing mistake may make; a third of the word, so that short words do not match everything. */
function toleratedEdits(word: string): number {
  return Math.max(1, Math.floor(word.length / 3));
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one word into the other
 * (Damerau 1964, as optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = rows[i - 1][j - 1] + (from[i - 1] === to[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      const swapped = isSwap ? rows[i - 2][j - 2] + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, rows[i - 1][j] + 1, row[j - 1] + 1));
    }
    rows.push(row);
  }
  return rows[from.length][to.length];
}

/** A word as it is compared: stale_after_minutes and staleAfterMinutes are the same. */
export function plainWord(word: string): string {
  return word.toLowerCase().replace(/[_\-\s]/g, '');
}

/** Longer words are no typing mistakes, and comparing them would take long. */
const LONGEST_COMPARED = 64;

/** The known word that was probably meant, or undefined. */
export function closestWord(word: string, known: readonly string[]): string | undefined {
  if (word.length > LONGEST_COMPARED) return undefined;
  const plain = plainWord(word);
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(plain, plainWord(candidate));
    if (distance <= toleratedEdits(candidate) && distance < (best?.distance ?? Infinity))
      best = { word: candidate, distance };
  }
  return best?.word;
}
