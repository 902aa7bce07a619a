/** What a server may be called. */

export const MAX_NAME_BYTES = 255;

export const NAME_PROBLEMS = ['name_empty', 'name_too_long', 'name_control'] as const;
export type NameProblem = (typeof NAME_PROBLEMS)[number];

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Surrogate}/u;

/** True for text with control characters, line separators or halves of surrogate pairs. */
export function hasUnprintable(text: string): boolean {
  return UNPRINTABLE.test(text);
}

/** What is wrong with a trimmed server name, or null. */
export function nameProblem(name: string): NameProblem | null {
  if (name.length === 0) return 'name_empty';
  if (name.length > MAX_NAME_BYTES || Buffer.byteLength(name) > MAX_NAME_BYTES) return 'name_too_long';
  return hasUnprintable(name) ? 'name_control' : null;
}
