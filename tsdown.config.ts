import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { index: 'src/index.ts', oauth2: 'src/oauth2/index.ts' },
  // An entry imports the main one as an app does, so that there is one of everything.
  deps: { neverBundle: ['vue-auth-refresh'] },
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  fixedExtension: false,
  dts: true,
  tsconfig: 'tsconfig.src.json',
  // Constants become literals here, which the production build of an app does not do. Names, statements and comments stay.
  minify: {
    compress: { joinVars: false, sequences: false },
    mangle: false,
    codegen: { removeWhitespace: false },
  },
})
