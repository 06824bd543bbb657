import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ada } from './demo.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const running = new Set<ChildProcess>()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vue-auth-refresh-'))
})

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Starts what `npm start` starts, and waits for its address. */
async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['node_modules/vite/bin/vite.js', '--port', '0'], {
    cwd: root,
    env: {
      ...process.env,
      DEMO_DB: join(folder, 'demo.db'),
      DEMO_ACCESS_TTL: '15',
      DEMO_PASSWORD_COST: '1',
    },
  })
  running.add(child)
  let printed = ''
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      printed += stripVTControlCharacters(String(chunk))
      const found = /http:\/\/localhost:\d+/.exec(printed)
      if (found) resolve(found[0])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    // Not `exit`, after which there may be more to read
    child.once('close', (code) => reject(new Error(code ? printed : `Exited with ${code}`)))
  })
  return { child, url }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
  running.delete(child)
}

async function post(url: string, body: unknown): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

test('sessions survive a restart of the demo, even after it was killed', async () => {
  let { child, url } = await start()
  let tokens = await (await post(`${url}/api/auth/login`, ada)).json()
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
    await stop(child, signal)
    ;({ child, url } = await start())
    const me = await fetch(`${url}/api/me`, {
      headers: { Authorization: `Bearer ${tokens.access_token}` },
    })
    expect(me.status).toBe(200)
    const refreshed = await post(`${url}/api/auth/refresh`, { refreshToken: tokens.refresh_token })
    expect(refreshed.status).toBe(200)
    tokens = await refreshed.json()
  }
})

test('a second demo does not touch the database of the first', async () => {
  // The first one, of the test above, is still running and has its database open
  const refusal = await start().catch((error: Error) => error.message)
  expect(refusal).toMatch(
    /^error when starting dev server:\n\S+demo\.db is in use by process \d+\. Stop it, or name another file in DEMO_DB\.\n$/,
  )
})
