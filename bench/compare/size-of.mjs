import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { bundle } from '../../scripts/bundle.mjs'

const libraries = {
  'vue-auth-refresh': '../../dist/index.js',
  'axios-auth-refresh': 'axios-auth-refresh',
  'axios-jwt': 'axios-jwt',
}

/**
 * Bytes after minifying and brotli of everything a library exports, or of own code, without the peers.
 *
 * @param {string} file in ./rivals
 */
export async function sizeOf(file) {
  const input = libraries[file] ?? `./rivals/${file}.mjs`
  const path = input.startsWith('.') ? fileURLToPath(new URL(input, import.meta.url)) : input
  return brotliCompressSync(await bundle(path)).length
}
