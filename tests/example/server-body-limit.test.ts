import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { ada, startDemoServer } from './demo-server.ts'

const { send } = await startDemoServer()

const padded = (bytes: number) => JSON.stringify({ ...ada, padding: 'x'.repeat(bytes) })

const login = await send('/auth/login', { body: ada })
const { access_token: token } = JSON.parse(login.body)

describe.each([
  ['tells its length', {}],
  ['does not tell its length', { 'Transfer-Encoding': 'chunked' }],
])('a body that %s', (_which, length) => {
  test.each([
    ['a login', 'POST', '/auth/login', 200],
    ['a refresh', 'POST', '/auth/refresh', 400],
    ['a logout', 'POST', '/auth/logout', 204],
    ['a form', 'PUT', '/profile', 400],
    ['a control', 'POST', '/demo/mode', 400],
  ])('of %s is read up to 16 KiB', async (_of, method, path, status) => {
    const headers = { ...length, Authorization: `Bearer ${token}` }
    const tooLong = await send(path, { method, headers, body: padded(20_000) })
    expect(tooLong).toMatchObject({ status: 413, body: '{"error":"too_large"}' })
    expect(await send(path, { method, headers, body: padded(10_000) })).toMatchObject({ status })
  })
})

test('a body that never ends is refused', async () => {
  const endless = (function* () {
    while (true) yield 'x'.repeat(4_096)
  })()
  expect(await send('/auth/login', { body: Readable.from(endless) })).toMatchObject({ status: 413 })
})
