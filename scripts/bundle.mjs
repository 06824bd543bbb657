import { build, mergeConfig } from 'vite'

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
export const bundle = (input, external = elsewhere) => buildWith({}, input, external)

/**
 * The same of an entry of this library, without the modules that it loads later, and without what Vite loads them with: an
 * app with lazy routes has that.
 *
 * @param {string} input
 */
export const bundleEntry = (input) =>
  buildWith(
    {
      define: { 'process.env.NODE_ENV': JSON.stringify('production') },
      ssr: { noExternal: true },
      // Nothing is preloaded on a server.
      build: { ssr: true, minify: true },
    },
    input,
    elsewhere,
  )

async function buildWith(config, input, external) {
  const common = {
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      rolldownOptions: { input, external, preserveEntrySignatures: 'strict' },
    },
  }
  const { output } = await build(mergeConfig(common, config))
  return output[0].code
}
