import { expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { toRecord, toSession } from '../../src/session/session'
import { createSessionKeeper } from '../../src/session/session-keeper'
import type { AuthTokens } from '../../src/session/token-response'
import { createLatch } from '../support/router-app'

const tokensOf = (name: string): AuthTokens => ({
  token: `access-${name}`,
  refreshToken: `refresh-${name}`,
  expiresIn: null,
  scope: null,
})

/** A keeper whose storage a test holds in its hands. */
async function createWorld() {
  let stored: unknown = null
  let gate: Promise<unknown> = Promise.resolve()
  const onChange = vi.fn()
  const onJoin = vi.fn()
  const keeper = createSessionKeeper(
    {
      // What was read is what is there now, however long it takes to arrive.
      read: async () => {
        const found = stored
        await gate
        return found
      },
      update: async (change) => {
        const next = change(stored)
        if (next !== undefined) stored = next
        return stored
      },
      announce() {},
      hold: (work) => work(async () => true),
      online: async () => {},
      exchange: async () => tokensOf('refreshed'),
      classifyFailure: () => 'unreachable',
      emit() {},
      onChange,
      onJoin,
      onFlight() {},
      onFailure() {},
      onLapse() {},
      onWanted() {},
      mayLapse: () => false,
    },
    { refreshTimeout: 10_000, retries: 0, leeway: 30_000, cookieSession: false },
  )
  await keeper.restore()
  return {
    keeper,
    onJoin,
    plant: (record: unknown) => (stored = record),
    stored: () => stored,
    /** Keeps what is read back until it is released. */
    holdReads() {
      const latch = createLatch()
      gate = latch.opened
      return () => latch.open()
    },
  }
}

/** All that needs no timer has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

const another = () => toRecord(toSession(tokensOf('another')))

test('a session that began during a look is not judged by what was read before', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  plant(another())
  const release = holdReads()
  keeper.look()
  await Promise.resolve()
  const mine = await keeper.start(tokensOf('mine'))
  release()
  await settled()
  expect(keeper.current()).toBe(mine)
  expect(keeper.acquire(mine.id)).toBe(mine)
  expect(onJoin).not.toHaveBeenCalled()
})

test('a logout during a look is not undone by what was read before', async () => {
  const { keeper, onJoin, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  await Promise.resolve()
  keeper.end(new AuthError('signed-out'))
  const forgotten = keeper.forget(mine)
  release()
  await forgotten
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
})

test('what changes during a look is found by one more', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  const release = holdReads()
  keeper.look()
  await Promise.resolve()
  plant(another())
  keeper.look()
  release()
  await settled()
  expect(onJoin).toHaveBeenCalledTimes(1)
  expect(keeper.current()?.token).toBe('access-another')
})

test('11: requests wait for a look that was begun after the reason for it', async () => {
  const { keeper, plant, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  await settled()
  plant(another())
  keeper.look()
  const waiting = Promise.resolve(keeper.acquire(mine.id)).catch(String)
  release()
  expect(await waiting).toMatch(/superseded/)
})

test('10: a session that ended here is not brought back by a write that crossed', async () => {
  const { keeper, onJoin, plant, stored } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  keeper.end(new AuthError('signed-out'))
  await keeper.forget(mine)
  plant(toRecord(toSession(tokensOf('crossed'), mine)))
  keeper.look()
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
  expect(stored()).toBeNull()
})

test('13: nor does it overwrite the login that came after it', async () => {
  const { keeper, plant, stored } = await createWorld()
  const old = await keeper.start(tokensOf('old'))
  const mine = await keeper.start(tokensOf('mine'))
  plant(toRecord(toSession(tokensOf('crossed'), old)))
  keeper.look()
  await settled()
  expect(keeper.current()).toBe(mine)
  expect(stored()).toMatchObject({ id: mine.id, token: 'access-mine' })
})

test('15: nothing is followed after the keeper was disposed of', async () => {
  const { keeper, onJoin, plant, holdReads } = await createWorld()
  plant(another())
  const release = holdReads()
  keeper.look()
  keeper.dispose(new AuthError('signed-out'))
  release()
  await settled()
  expect(keeper.current()).toBeNull()
  expect(onJoin).not.toHaveBeenCalled()
})

test('requests wait for one look, however many more are asked for', async () => {
  const { keeper, holdReads } = await createWorld()
  const mine = await keeper.start(tokensOf('mine'))
  const release = holdReads()
  keeper.look()
  const waiting = keeper.acquire(mine.id)
  expect(waiting).toBeInstanceOf(Promise)
  const flood = setInterval(() => keeper.look(), 0)
  release()
  expect(await waiting).toBe(mine)
  clearInterval(flood)
})
