/** Writes docs/configuration.md: node backend/src/config/writeDocumentation.ts */
import { writeFileSync } from 'node:fs';
import { configurationPage } from './documentation.ts';

writeFileSync(new URL('../../../docs/configuration.md', import.meta.url), configurationPage());
