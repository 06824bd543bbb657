import { expect, test, vi } from 'vitest'
import type { AuthUser } from '../../src/options'
import { createUserLoader } from '../../src/store/user-loader'
import { driveClock } from '../support/clock'

const ada = { name: 'ada' }

/** Fetching is in the test's hands. */
function createWorld() {
  let answer!: (user: AuthUser) => void
  let refuse!: (reason: Error) => void
  const fetch = vi.fn(
    (_signal: AbortSignal) =>
      new Promise<AuthUser>((resolve, reject) => ([answer, refuse] = [resolve, reject])),
  )
  const onFailure = vi.fn()
  const users = createUserLoader({ fetch, onFetched() {}, onFailure, timeout: 1_000 })
  return {
    users,
    fetch,
    onFailure,
    answer: (user: AuthUser) => answer(user),
    refuse: () => refuse(new Error('no')),
  }
}

test('the user is fetched once at a time, and again when asked later', async () => {
  const { users, fetch, answer } = createWorld()
  expect(users.fetched()).toBeNull()
  const loading = users.load()
  expect(users.load()).toBe(loading)
  answer(ada)
  await loading
  expect([users.user.value, users.fetched()]).toEqual([ada, ada])
  void users.load()
  expect(fetch).toHaveBeenCalledTimes(2)
})

test('where the application fetches none there is none', async () => {
  const onFailure = vi.fn()
  const users = createUserLoader({
    fetch: () => undefined,
    onFetched() {},
    onFailure,
    timeout: 1_000,
  })
  await users.load()
  expect([users.user.value, users.fetched()]).toEqual([null, null])
  expect(onFailure).not.toHaveBeenCalled()
})

test('a failure is told, rejects nobody, and may be repeated', async () => {
  const { users, fetch, onFailure, answer, refuse } = createWorld()
  const loading = users.load()
  refuse()
  await loading
  expect(onFailure).toHaveBeenCalledTimes(1)
  const again = users.load()
  answer(ada)
  await again
  expect(fetch).toHaveBeenCalledTimes(2)
  expect(users.user.value).toBe(ada)
})

test('16: nobody waits longer than the timeout; a later answer counts', async () => {
  const clock = driveClock()
  const { users, fetch, answer } = createWorld()
  const settled = vi.fn()
  const loading = users.load().then(settled)
  await clock.advance(999)
  expect(settled).not.toHaveBeenCalled()
  await clock.advance(1)
  await loading
  expect(users.user.value).toBeNull()
  void users.load()
  expect(fetch).toHaveBeenCalledTimes(1)
  answer(ada)
  await clock.advance(0)
  expect(users.user.value).toBe(ada)
})

test('12: when the session is over its user is nobody’s, nor is its failure', async () => {
  for (const settle of ['resolve', 'reject'] as const) {
    const late: Record<typeof settle, (value: AuthUser) => void>[] = []
    const fetch = vi.fn(
      (_signal: AbortSignal) =>
        new Promise<AuthUser>((resolve, reject) => late.push({ resolve, reject })),
    )
    const onFailure = vi.fn()
    const users = createUserLoader({ fetch, onFetched() {}, onFailure, timeout: 1_000 })
    const loading = users.load()
    users.leave()
    expect(fetch.mock.lastCall?.[0].aborted).toBe(true)
    await loading

    const next = users.load()
    expect(fetch.mock.lastCall?.[0].aborted).toBe(false)
    late[0]![settle](ada)
    await new Promise((resolve) => setImmediate(resolve))
    expect([users.user.value, users.fetched()]).toEqual([null, null])
    expect(users.load()).toBe(next)
    late[1]!.resolve({ name: 'eve' })
    await next
    expect(users.user.value).toEqual({ name: 'eve' })
    expect(onFailure).not.toHaveBeenCalled()
  }
})

test('what was fetched for a session ends with it, what is shown does not', async () => {
  const { users, answer } = createWorld()
  const loading = users.load()
  answer(ada)
  await loading
  users.leave()
  expect([users.user.value, users.fetched()]).toEqual([ada, null])
})

test('a user who is fetched anew is shown; the earlier answer that comes later is not', async () => {
  const answers: ((user: AuthUser) => void)[] = []
  const fetch = (): Promise<AuthUser> => new Promise((resolve) => answers.push(resolve))
  const users = createUserLoader({ fetch, onFetched() {}, onFailure: vi.fn(), timeout: 1_000 })
  const loading = users.load()
  const reloading = users.reload()
  const last = users.reload()
  answers[2]!({ name: 'ada', roles: ['admin'] })
  await last
  answers[1]!({ name: 'ada', roles: ['user'] })
  answers[0]!(ada)
  await Promise.all([loading, reloading])
  const shown = { name: 'ada', roles: ['admin'] }
  expect([users.user.value, users.fetched()]).toEqual([shown, shown])
})

test('a failure to fetch the user anew is the caller’s, and leaves the user', async () => {
  const { users, onFailure, answer, refuse } = createWorld()
  const loading = users.load()
  answer(ada)
  await loading
  const reloading = users.reload()
  refuse()
  await expect(reloading).rejects.toThrow('no')
  expect([users.user.value, users.fetched()]).toEqual([ada, ada])
  expect(onFailure).not.toHaveBeenCalled()
})

test('fetching anew ends with the session', async () => {
  const { users } = createWorld()
  const reloading = users.reload()
  users.leave()
  await expect(reloading).rejects.toMatchObject({ name: 'AbortError' })
})
