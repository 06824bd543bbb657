// Bundles the entries for `npm run size` as the production build of an app does: by Vite, without the peers.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleEntry } from './bundle.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

const entries = ['index', 'oauth2', 'oauth2-login', 'oauth2-dpop', 'fetch', 'testing', 'devtools']

for (const entry of entries) {
  const file = join(root, 'node_modules/.cache/size', `${entry}.js`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, await bundleEntry(join(root, 'dist', `${entry}.js`)))
}
