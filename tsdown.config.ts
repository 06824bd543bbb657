import { defineConfig, type UserConfig } from 'tsdown'

/**
 * The oldest browsers that have all that the library needs: `AbortSignal.timeout()` in the entry `oauth2`, and
 * `AbortSignal.throwIfAborted()`. docs/browsers.md names them.
 */
const baseline = ['chrome103', 'firefox100', 'safari16', 'node20.19']

const common: UserConfig = {
  entry: { index: 'src/index.ts', oauth2: 'src/oauth2/index.ts', fetch: 'src/fetch/index.ts' },
  // An entry imports the main one as an app does, so that there is one of everything.
  deps: { neverBundle: ['vue-auth-refresh'] },
  format: 'esm',
  platform: 'neutral',
  target: baseline,
  fixedExtension: false,
  // The modules that an entry loads later.
  outputOptions: { chunkFileNames: 'oauth2-[name].js' },
  tsconfig: 'tsconfig.src.json',
}

/** For pages without a bundler, which have no `process`. */
export const browserBuild: UserConfig = {
  ...common,
  outDir: 'dist/browser',
  dts: false,
  env: { NODE_ENV: 'production' },
  minify: true,
}

const packageBuild: UserConfig = {
  ...common,
  dts: true,
  // Constants become literals here, which the production build of an app does not do. Names, statements and comments stay.
  minify: {
    compress: { joinVars: false, sequences: false },
    mangle: false,
    codegen: { removeWhitespace: false },
  },
}

export default defineConfig([
  packageBuild,
  // Apart, so that the main entry stays one file: this one has its own copy of the guard and the store.
  { ...packageBuild, entry: { testing: 'src/testing/index.ts' }, clean: false },
  // For development alone, so there is none for pages without a bundler.
  { ...packageBuild, entry: { devtools: 'src/devtools/index.ts' }, clean: false },
  browserBuild,
])
