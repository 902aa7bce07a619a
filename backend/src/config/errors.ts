import createError from '@fastify/error';
import type { ConfigProblem } from './problem.ts';

export const ConfigFileMissing = createError(
  'ARGUS_CONFIG_FILE_MISSING',
  'There is no configuration file %s. Correct the path after --config, or leave the option out to use the defaults.',
);
export const ConfigFileUnreadable = createError(
  'ARGUS_CONFIG_FILE_UNREADABLE',
  'The configuration file %s cannot be read: %s.',
);
const Invalid = createError('ARGUS_CONFIG_INVALID', '%s');

/** Every mistake of a configuration, one a line in the message. */
export class ConfigInvalid extends Invalid {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[], lines: readonly string[]) {
    super(
      `The configuration has ${problems.length} mistake${problems.length === 1 ? '' : 's'}.\n${lines.join('\n')}`,
    );
    this.problems = problems;
  }
}
