import { expect, test, vi } from 'vitest'
import { AuthError } from '../../src/errors'
import { createLapse } from '../../src/session/lapse'
import { toSession } from '../../src/session/session'

const sessionOf = () =>
  toSession({ token: 'access', refreshToken: 'refresh', expiresIn: null, scope: null })

test('nothing has lapsed at first, and nothing comes of an answer', () => {
  const lapse = createLapse()
  lapse.resume(sessionOf())
  lapse.end(new AuthError('rejected'))
  expect(lapse.session()).toBeNull()
  expect(lapse.holds('any')).toBe(false)
  expect(lapse.heirOf('any')).toBe('any')
})

test('the first request that waits has the user asked, the others wait with it', () => {
  const lapse = createLapse()
  const session = sessionOf()
  const ask = vi.fn()
  lapse.begin(session, ask)
  expect(lapse.session()).toBe(session)
  expect(lapse.holds(session.id)).toBe(true)
  expect(lapse.holds('another')).toBe(false)
  expect(ask).not.toHaveBeenCalled()
  expect(lapse.wait()).toBe(lapse.wait())
  expect(ask).toHaveBeenCalledTimes(1)
})

test('requests go on under the session that takes its place, and under the one after that', async () => {
  const lapse = createLapse()
  const [first, second, third] = [sessionOf(), sessionOf(), sessionOf()]
  let over!: AbortSignal
  lapse.begin(first, (signal) => (over = signal))
  const waiting = lapse.wait()
  expect(over.aborted).toBe(false)
  lapse.resume(second)
  await waiting
  expect(over.aborted).toBe(true)
  expect(lapse.session()).toBeNull()
  expect(lapse.heirOf(first.id)).toBe(second.id)

  lapse.begin(second, () => {})
  expect(lapse.holds(first.id)).toBe(true)
  lapse.resume(third)
  expect(lapse.heirOf(first.id)).toBe(third.id)
  expect(lapse.holds(first.id)).toBe(false)
})

test('18: who waits is rejected when it ends, whether anybody waits or not', async () => {
  const lapse = createLapse()
  const session = sessionOf()
  let over!: AbortSignal
  lapse.begin(session, (signal) => (over = signal))
  const waiting = lapse.wait()
  const reason = new AuthError('signed-out')
  lapse.end(reason)
  await expect(waiting).rejects.toBe(reason)
  expect(over.aborted).toBe(true)
  expect(lapse.session()).toBeNull()
  expect(lapse.heirOf(session.id)).toBe(session.id)

  lapse.begin(sessionOf(), () => {})
  lapse.end(reason)
  // An unhandled rejection would fail the run.
  await new Promise((resolve) => setImmediate(resolve))
})
