import { expect, test, vi } from 'vitest'
import {
  nobody,
  toLapsed,
  toRecord,
  toSession,
  type Session,
  type Stored,
} from '../../src/session/session'
import { createStoredSession } from '../../src/session/stored-session'
import { createRecord } from '../support/record'

const sessionOf = (previous?: Session) =>
  toSession({ token: 'access', refreshToken: 'refresh', expiresIn: null, scope: null }, previous)

const first = sessionOf()
const second = sessionOf(first)
const third = sessionOf(second)
const other = sessionOf()

function createWorld(found: Stored | null) {
  const record = createRecord(found && toRecord(found))
  const announce = vi.fn()
  const stored = createStoredSession({ ...record, announce })
  return { stored, announce, ids: () => (record.value as Stored | null)?.id ?? null }
}

/** Of a session that was written and read again the time of receipt may be off by fractions. */
const like = (session: Stored | null) =>
  session && expect.objectContaining({ id: session.id, generation: session.generation })

test('what is stored is read, and what is no session is none', async () => {
  expect(await createWorld(second).stored.read()).toEqual(like(second))
  expect(await createWorld(null).stored.read()).toBeNull()
})

test('a login takes any place, unless it is over when its turn comes', async () => {
  for (const found of [null, other]) {
    const { stored, announce, ids } = createWorld(found)
    await stored.put(second, () => true)
    expect(ids()).toBe(second.id)
    expect(announce).toHaveBeenCalledTimes(1)
  }
  const { stored, announce, ids } = createWorld(other)
  await stored.put(second, () => false)
  expect(ids()).toBe(other.id)
  expect(announce).not.toHaveBeenCalled()
})

test('20: a login is not stored over itself, which may be refreshed by now', async () => {
  const { stored, announce, ids } = createWorld(second)
  await stored.put(first, () => true)
  expect(ids()).toBe(second.id)
  expect(announce).not.toHaveBeenCalled()
})

test('10: with a session goes one that it was to take the place of', async () => {
  const { stored, ids } = createWorld(other)
  await stored.erase(first.id, (id) => id === other.id)
  expect(ids()).toBeNull()
})

test('20: a successor takes the place of what came before it only', async () => {
  const { stored, announce } = createWorld(first)
  expect(await stored.commit(second, () => true)).toBe(second)
  expect(announce).toHaveBeenCalledTimes(1)
  for (const found of [null, second, third, other]) {
    const world = createWorld(found)
    expect(await world.stored.commit(second, () => true)).toEqual(like(found))
    expect(world.announce).not.toHaveBeenCalled()
  }
  const ended = createWorld(first)
  expect(await ended.stored.commit(second, () => false)).toEqual(like(first))
  expect(ended.announce).not.toHaveBeenCalled()
})

test('an ended session is removed, but no later generation of it and no other', async () => {
  for (const found of [first, second]) {
    const { stored, announce, ids } = createWorld(found)
    expect(await stored.forget(second)).toBeNull()
    expect(ids()).toBeNull()
    expect(announce).toHaveBeenCalledTimes(1)
  }
  for (const found of [null, third, other]) {
    const { stored, announce } = createWorld(found)
    expect(await stored.forget(second)).toEqual(like(found))
    // Somebody may have cleared the storage under the other tabs.
    expect(announce).toHaveBeenCalledTimes(1)
  }
})

test('a lapsed one leaves word, and is nothing to follow', async () => {
  const { stored, announce } = createWorld(second)
  expect(await stored.lapse(second)).toBeNull()
  expect(await stored.read()).toEqual(toLapsed(second))
  expect(announce).toHaveBeenCalledTimes(1)
  expect(await createWorld(third).stored.lapse(second)).toEqual(like(third))
  expect(await createWorld(null).stored.lapse(second)).toBeNull()
})

test('an ended session is removed whatever its generation, as are those that are over as well', async () => {
  for (const [found, over, isRemoved] of [
    [third, [], true],
    [other, [other.id], true],
    [other, [], false],
    [null, [first.id], false],
  ] as const) {
    const { stored, ids } = createWorld(found)
    await stored.erase(first.id, (id) => over.some((one) => one === id))
    expect(ids()).toBe(isRemoved ? null : (found?.id ?? null))
  }
})

test('with a cookie there is a record of nobody in its place, unless the cookie may still be good', async () => {
  const record = createRecord(toRecord(first))
  const stored = createStoredSession({ ...record, announce: vi.fn() }, nobody)
  await stored.forget(first)
  expect(record.value).toEqual(nobody)
  record.value = toRecord(first)
  await stored.erase(first.id, () => false)
  expect(record.value).toEqual(nobody)
  record.value = toRecord(first)
  await stored.forget(first, true)
  expect(record.value).toBeNull()
})
