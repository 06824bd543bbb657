import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'

/** What may be in the application anyway. */
const peers = ['axios', 'pinia', 'vue', 'vue-router']
const libraries = ['vue-auth-refresh', 'axios-auth-refresh', 'axios-jwt']

/**
 * Bytes after minifying and brotli of everything a library exports, or of own code, without the peers.
 *
 * @param {string} file in ./rivals
 */
export async function sizeOf(file) {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const isLibrary = libraries.includes(file)
  const { outputFiles } = await build({
    ...(isLibrary
      ? { stdin: { contents: `export * from '${file}'`, resolveDir: root } }
      : { entryPoints: [`${root}rivals/${file}.mjs`] }),
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: peers,
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  return brotliCompressSync(outputFiles[0].contents).length
}
