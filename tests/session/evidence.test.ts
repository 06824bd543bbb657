import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createEvidence } from '../../src/session/evidence'
import { toSession, type Session } from '../../src/session/session'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  return () => vi.useRealTimers()
})

const sessionOf = (expiresIn: number | null = null, previous?: Session) =>
  toSession({ token: 'access', refreshToken: 'refresh', expiresIn, scope: null }, previous)

const orders = { method: 'get', url: '/orders' }
const admin = { method: 'get', url: '/admin' }

/** After a login, or after a refresh of it. */
function begin({ isUntried = false, expiresIn = null as number | null } = {}) {
  const evidence = createEvidence()
  const session = sessionOf(expiresIn)
  evidence.renewed(session, isUntried)
  return { evidence, session }
}

test('a refused token of a login is a reason to refresh', () => {
  const { evidence, session } = begin()
  expect(evidence.refused(session, orders)).toBe(true)
})

test('26: one that comes straight from a refresh is none within 30 s', () => {
  const { evidence, session } = begin({ isUntried: true })
  vi.advanceTimersByTime(29_999)
  expect(evidence.refused(session, orders)).toBe(false)
})

test('after 30 s it is one, though nothing has accepted it', () => {
  const { evidence, session } = begin({ isUntried: true })
  vi.advanceTimersByTime(30_000)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('once something has accepted it, it is one at once', () => {
  const { evidence, session } = begin({ isUntried: true })
  evidence.accepted(session, admin, false)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('what accepted an older token says nothing about this one', () => {
  const { evidence, session } = begin({ isUntried: true })
  evidence.accepted(sessionOf(), admin, false)
  expect(evidence.refused(session, orders)).toBe(false)
})

test('a token whose lifetime is over is believed to be dead, whatever refused before', () => {
  const { evidence, session } = begin({ isUntried: true, expiresIn: 10 })
  expect(evidence.refused(session, orders)).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('26: a resource that refused a new token is asked in vain for 30 s, counted from the first time', () => {
  const { evidence, session } = begin()
  evidence.replayRefused(session, admin)
  expect(evidence.refused(session, orders)).toBe(true)
  for (let elapsed = 0; elapsed < 30_000; elapsed += 10_000) {
    evidence.replayRefused(session, admin)
    expect(evidence.refused(session, admin)).toBe(false)
    vi.advanceTimersByTime(10_000)
  }
  expect(evidence.refused(session, admin)).toBe(true)
})

test('the query does not make another resource of it, the method does', () => {
  const { evidence, session } = begin()
  evidence.replayRefused(session, { method: 'get', url: '/admin?page=1' })
  expect(evidence.refused(session, { method: 'get', url: '/admin#top' })).toBe(false)
  expect(evidence.refused(session, { method: 'get', url: '/admin?page=2' })).toBe(false)
  expect(evidence.refused(session, { method: 'post', url: '/admin' })).toBe(true)
  expect(evidence.refused(session, {})).toBe(true)
  evidence.replayRefused(session, {})
  expect(evidence.refused(session, {})).toBe(false)
})

test('a refusal of an older token is not held against the resource', () => {
  const { evidence, session } = begin()
  evidence.replayRefused(sessionOf(), admin)
  expect(evidence.refused(session, admin)).toBe(true)
})

test('what is remembered of resources has an end', () => {
  const { evidence, session } = begin()
  for (let i = 0; i < 1_000; i++) evidence.replayRefused(session, { url: `/${i}` })
  expect(evidence.refused(session, { url: '/0' })).toBe(false)
  evidence.replayRefused(session, { url: '/1000' })
  expect(evidence.refused(session, { url: '/0' })).toBe(true)
  expect(evidence.refused(session, { url: '/1000' })).toBe(false)
})

/** Refreshes whose replay is refused, or accepted; 30 s lie between two. */
function refreshes(evidence: ReturnType<typeof createEvidence>, ...answers: boolean[]): Session {
  let session = sessionOf()
  for (const isAccepted of answers) {
    session = sessionOf(null, session)
    evidence.renewed(session, true)
    if (isAccepted) evidence.accepted(session, orders, true)
    else evidence.replayRefused(session, admin)
    vi.advanceTimersByTime(30_000)
  }
  return session
}

test('26: after two useless refreshes only who has accepted this very token can say that it died', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false, false)
  expect(evidence.refused(session, orders)).toBe(false)
  evidence.accepted(session, orders, false)
  expect(evidence.refused(session, orders)).toBe(true)
  expect(evidence.refused(session, admin)).toBe(false)
})

test('with the next token they have to accept that one', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false, false)
  evidence.accepted(session, orders, false)
  const next = sessionOf(null, session)
  evidence.renewed(next, false)
  expect(evidence.refused(next, orders)).toBe(false)
})

test('one useless refresh is not enough', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('one that cured something ends the row', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false, true, false)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('many refused replays of one token are one useless refresh', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false)
  evidence.replayRefused(session, admin)
  evidence.replayRefused(session, admin)
  expect(evidence.refused(session, orders)).toBe(true)
})

test('a replay that was accepted has judged the token, whatever refuses it after', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, true)
  evidence.replayRefused(session, admin)
  evidence.renewed(session, false)
  evidence.replayRefused(session, admin)
  vi.advanceTimersByTime(30_000)
  expect(evidence.refused(session, orders)).toBe(true)
})

describe('the evidence against one session', () => {
  test('is forgotten when another one begins, be it useless refreshes', () => {
    const { evidence } = begin()
    const session = refreshes(evidence, false, false)
    expect(evidence.refused(session, orders)).toBe(false)
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.refused(next, orders)).toBe(true)
    // One more useless refresh is the first of this session.
    evidence.replayRefused(next, admin)
    expect(evidence.refused(next, orders)).toBe(true)
  })

  test('is forgotten when another one begins, be it resources that refused it', () => {
    const { evidence, session } = begin()
    evidence.replayRefused(session, admin)
    expect(evidence.refused(session, admin)).toBe(false)
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.refused(next, admin)).toBe(true)
  })

  test('26: is kept by its next token, be it resources that refused it', () => {
    const { evidence, session } = begin()
    evidence.replayRefused(session, admin)
    const next = sessionOf(null, session)
    evidence.renewed(next, false)
    expect(evidence.refused(next, admin)).toBe(false)
  })

  test('does not make a token untried that a login brought', () => {
    const { evidence } = begin({ isUntried: true })
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.refused(next, orders)).toBe(true)
  })
})

test('an answer to the token of a session that is over is no evidence for the next', () => {
  const { evidence, session } = begin()
  const next = sessionOf()
  evidence.renewed(next, true)
  evidence.accepted(session, admin, true)
  expect(evidence.refused(next, orders)).toBe(false)
  evidence.replayRefused(session, admin)
  vi.advanceTimersByTime(30_000)
  expect(evidence.refused(next, admin)).toBe(true)
})
