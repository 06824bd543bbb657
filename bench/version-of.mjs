import { readFile } from 'node:fs/promises'

/**
 * The installed version of a package.
 *
 * @param {string} name
 * @returns {Promise<string>}
 */
export const versionOf = async (name) =>
  JSON.parse(await readFile(new URL(`../node_modules/${name}/package.json`, import.meta.url)))
    .version
