import { fileURLToPath } from 'node:url'
import { optionsFromEnvironment, placeFromEnvironment } from './options.ts'
import { serveDemo } from './serve.ts'

// The demo as `npm run build:demo` makes it
const client = fileURLToPath(new URL('../client', import.meta.url))
const demo = await serveDemo({ ...optionsFromEnvironment(), ...placeFromEnvironment(), client })
console.log(`vue-auth-refresh demo: http://localhost:${demo.address.port}`)

function stop(): void {
  demo.close()
  process.exit(0)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
