import { build } from 'vite'

/** Modules that an app has anyway, and an entry shares with the main one. */
const elsewhere = [
  'axios',
  'pinia',
  'vue',
  'vue-router',
  'oauth4webapi',
  '@vue/devtools-api',
  'vue-auth-refresh',
]

/**
 * The text of a module and all that it imports, minified as in the production build of an app.
 *
 * @param {string} input a file with all its exports, or a package
 * @param {string[]} external
 */
export async function bundle(input, external = elsewhere) {
  const { output } = await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      rolldownOptions: { input, external, preserveEntrySignatures: 'strict' },
    },
  })
  return output[0].code
}
