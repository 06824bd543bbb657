import { expect, test, vi } from 'vitest'
import type { AuthStorage } from 'vue-auth-refresh'
import { put, remove } from '../../src/session/stored-rules'
import { openSharedSession } from '../../src/shared/open-shared-session'
import { exampleSession as session } from '../support/example-session'
import { createRecord } from '../support/record'
import { noSignal } from '../support/signals'

/** Opens the session without a window; any warning fails the test. */
const open = (storage?: AuthStorage) =>
  openSharedSession({
    name: 'auth',
    storage,
    refreshLimit: 30_000,
    askLimit: 60_000,
    afterlife: 0,
    onChange() {
      throw new Error('There is nothing to watch.')
    },
    onEnded() {
      throw new Error('There is nothing to watch.')
    },
    warn(message) {
      throw new Error(message)
    },
  })

test('14: on a server each rendering has a session of its own, in memory', async () => {
  const [one, two] = [open(), open()]
  expect(await one.change(put(session))).toBe(session)
  expect(await one.read()).toMatchObject({ id: 's1', token: 'A1' })
  expect(await two.read()).toBeNull()
  expect(await one.change(remove(session, null))).toBeNull()
  expect(await one.read()).toBeNull()
})

test('14: a server opens no channel and requests no lock', async () => {
  const channel = vi.fn()
  vi.stubGlobal('BroadcastChannel', channel)
  vi.stubGlobal('navigator', {})
  const server = open()
  const begin = async (canBegin: () => Promise<boolean>) => canBegin()
  const nested = server.exclusively(() => server.exclusively(begin, noSignal), noSignal)
  expect(await nested).toBe(true)
  expect(await server.takeTurn(begin, noSignal)).toBe(true)
  await server.change(put(session))
  server.close()
  expect(channel).not.toHaveBeenCalled()
  vi.unstubAllGlobals()
})

test('14: a server shows no page, and has a network', async () => {
  const server = open()
  expect(server.isActive()).toBe(false)
  await server.online(noSignal)
  await expect(server.shown(noSignal)).rejects.toThrow('A server shows no page.')
})

test('14: a storage that the app gives is used and closed on a server too', async () => {
  const stored = createRecord()
  const close = vi.fn()
  const update: AuthStorage['update'] = (_key, change) => stored.update(change)
  const server = open({ read: stored.read, update, close })
  await server.change(put(session))
  expect(stored.value).toMatchObject({ id: 's1' })
  server.close()
  expect(close).toHaveBeenCalledTimes(1)
})
