/** Makes one key; run in a process of its own: makeKey.ts FILE NAME */
import { createKey } from '../../src/api/keys.ts';
import { systemClock } from '../../src/catalog/time.ts';

const [path, name] = process.argv.slice(2);
await createKey(path, name, ['read'], systemClock);
