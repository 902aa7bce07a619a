import { fileURLToPath } from 'node:url';

/** Folders of the project, absolute and without a slash at the end. */
export const PLUGIN_FOLDER = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const PROJECT_FOLDER = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');
export const DIST_FOLDER = `${PLUGIN_FOLDER}/dist`;
/** What is built once and kept; not in version control. */
export const CACHE_FOLDER = `${PROJECT_FOLDER}/.cache`;
