import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createEvidence } from '../../src/session/evidence'
import { toSession, type Session } from '../../src/session/session'

// In whole milliseconds, which the real one does not promise.
vi.mock('../../src/utils/clock', () => ({ now: () => Date.now() }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  return () => vi.useRealTimers()
})

let count = 0
const sessionOf = (expiresIn: number | null = null, previous?: Session, token = `a-${++count}`) =>
  toSession({ token, refreshToken: 'refresh', expiresIn, scope: null }, previous)

const orders = { method: 'get', url: '/orders' }
const admin = { method: 'get', url: '/admin' }

/** After a login, or after a refresh of it. */
function begin({ isUntried = false, expiresIn = null as number | null } = {}) {
  const evidence = createEvidence()
  const session = sessionOf(expiresIn)
  evidence.renewed(session, isUntried)
  return { evidence, session }
}

test('a denied token of a login is a reason to refresh', () => {
  const { evidence, session } = begin()
  expect(evidence.denied(session, orders)).toBe(true)
})

test('26: one that comes straight from a refresh is none within 30 s', () => {
  const { evidence, session } = begin({ isUntried: true })
  vi.advanceTimersByTime(29_999)
  expect(evidence.denied(session, orders)).toBe(false)
})

test('after 30 s it is one, though nothing has accepted it', () => {
  const { evidence, session } = begin({ isUntried: true })
  vi.advanceTimersByTime(30_000)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('once something has accepted it, it is one at once', () => {
  const { evidence, session } = begin({ isUntried: true })
  evidence.accepted(session)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('what accepted an older token says nothing about this one', () => {
  const { evidence, session } = begin({ isUntried: true })
  evidence.accepted(sessionOf())
  expect(evidence.denied(session, orders)).toBe(false)
})

test('a token whose lifetime is over is believed to be dead, whatever denied before', () => {
  const { evidence, session } = begin({ isUntried: true, expiresIn: 10 })
  expect(evidence.denied(session, orders)).toBe(false)
  vi.advanceTimersByTime(10_000)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('26: a resource that denied a new token is asked in vain for 30 s, counted from the first time', () => {
  const { evidence, session } = begin()
  evidence.replayDenied(session, admin)
  expect(evidence.denied(session, orders)).toBe(true)
  for (let elapsed = 0; elapsed < 30_000; elapsed += 10_000) {
    evidence.replayDenied(session, admin)
    expect(evidence.denied(session, admin)).toBe(false)
    vi.advanceTimersByTime(10_000)
  }
  expect(evidence.denied(session, admin)).toBe(true)
})

test('a number in the query does not make another operation of it, the method does', () => {
  const { evidence, session } = begin()
  evidence.replayDenied(session, { method: 'get', url: '/admin?page=1' })
  expect(evidence.denied(session, { method: 'get', url: '/admin#top' })).toBe(false)
  expect(evidence.denied(session, { method: 'get', url: '/admin?page=2' })).toBe(false)
  expect(evidence.denied(session, { method: 'post', url: '/admin' })).toBe(true)
  expect(evidence.denied(session, {})).toBe(true)
  evidence.replayDenied(session, {})
  expect(evidence.denied(session, {})).toBe(false)
})

test('a denial of an older token is not held against the resource', () => {
  const { evidence, session } = begin()
  evidence.replayDenied(sessionOf(), admin)
  expect(evidence.denied(session, admin)).toBe(true)
})

test('what is remembered of resources has an end', () => {
  const { evidence, session } = begin()
  for (let i = 0; i < 1_000; i++) evidence.replayDenied(session, { url: `/${i}` })
  expect(evidence.denied(session, { url: '/0' })).toBe(false)
  evidence.replayDenied(session, { url: '/1000' })
  expect(evidence.denied(session, { url: '/0' })).toBe(true)
  expect(evidence.denied(session, { url: '/1000' })).toBe(false)
})

test('26: an operation that denies a further new token is asked in vain for ten minutes', () => {
  const { evidence, session } = begin()
  evidence.replayDenied(session, admin)
  vi.advanceTimersByTime(30_000)
  const next = sessionOf(null, session)
  evidence.renewed(next, true)
  evidence.replayDenied(next, admin)
  vi.advanceTimersByTime(599_999)
  expect(evidence.denied(next, admin)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(evidence.denied(next, admin)).toBe(true)
})

test('52: a fresh token that one operation has denied is dead when another one denies it', () => {
  const { evidence, session } = begin({ isUntried: true })
  expect(evidence.denied(session, admin)).toBe(false)
  expect(evidence.denied(session, admin)).toBe(false)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('52: a fresh token that a replay has denied is dead when another operation denies it', () => {
  const { evidence, session } = begin({ isUntried: true })
  evidence.replayDenied(session, admin)
  expect(evidence.denied(session, orders)).toBe(true)
  expect(evidence.denied(session, admin)).toBe(false)
})

/** Refreshes whose replay is denied, or accepted; 30 s lie between two. */
function refreshes(evidence: ReturnType<typeof createEvidence>, ...answers: boolean[]): Session {
  let session = sessionOf()
  for (const isAccepted of answers) {
    session = sessionOf(null, session)
    evidence.renewed(session, true)
    if (isAccepted) evidence.accepted(session)
    else evidence.replayDenied(session, admin)
    vi.advanceTimersByTime(30_000)
  }
  return session
}

const FOUR_USELESS = [false, false, false, false]

test('52: refreshes that were useless for one operation keep none from another', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false, false, false)
  expect(evidence.denied(session, orders)).toBe(true)
  expect(evidence.denied(session, admin)).toBe(false)
})

test('26: after four tokens in a row that nothing has accepted, a denial is no reason for five minutes', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, ...FOUR_USELESS)
  expect(evidence.denied(session, orders)).toBe(false)
  vi.advanceTimersByTime(269_999)
  expect(evidence.denied(session, orders)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('26: and then one token at a time is tried', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, ...FOUR_USELESS)
  const fifth = sessionOf(null, session)
  evidence.renewed(fifth, true)
  evidence.replayDenied(fifth, orders)
  vi.advanceTimersByTime(30_000)
  expect(evidence.denied(fifth, orders)).toBe(false)
})

test('26: a refresh that brings the token that was denied is not made again', () => {
  const { evidence, session } = begin()
  expect(evidence.denied(session, admin)).toBe(true)
  const same = sessionOf(null, session, session.token!)
  evidence.renewed(same, true)
  evidence.replayDenied(same, admin)
  vi.advanceTimersByTime(299_999)
  expect(evidence.denied(same, orders)).toBe(false)
  vi.advanceTimersByTime(1)
  expect(evidence.denied(same, orders)).toBe(true)
})

test('52: a token that anything accepts is believed to be dead by any other operation', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, ...FOUR_USELESS)
  evidence.accepted(session)
  expect(evidence.denied(session, orders)).toBe(true)
  expect(evidence.denied(session, admin)).toBe(false)
})

test('26: a token that another tab has got does not end the row', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, ...FOUR_USELESS)
  const next = sessionOf(null, session)
  evidence.renewed(next, false)
  expect(evidence.denied(next, orders)).toBe(false)
})

test('one useless refresh is not enough', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('one that cured something ends the row', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false, false, false, true, false, false, false)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('many denied replays of one token are one useless refresh', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, false)
  evidence.replayDenied(session, admin)
  evidence.replayDenied(session, admin)
  expect(evidence.denied(session, orders)).toBe(true)
})

test('a replay that was accepted has judged the token, whatever denies it after', () => {
  const { evidence } = begin()
  const session = refreshes(evidence, true)
  evidence.replayDenied(session, admin)
  evidence.renewed(session, false)
  evidence.replayDenied(session, admin)
  vi.advanceTimersByTime(30_000)
  expect(evidence.denied(session, orders)).toBe(true)
})

describe('the evidence against one session', () => {
  test('is forgotten when another one begins, be it useless refreshes', () => {
    const { evidence } = begin()
    const session = refreshes(evidence, ...FOUR_USELESS)
    expect(evidence.denied(session, orders)).toBe(false)
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.denied(next, orders)).toBe(true)
    // One more useless refresh is the first of this session.
    evidence.replayDenied(next, admin)
    expect(evidence.denied(next, orders)).toBe(true)
  })

  test('is forgotten when another one begins, be it resources that denied it', () => {
    const { evidence, session } = begin()
    evidence.replayDenied(session, admin)
    expect(evidence.denied(session, admin)).toBe(false)
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.denied(next, admin)).toBe(true)
  })

  test('26: is kept by its next token, be it resources that denied it', () => {
    const { evidence, session } = begin()
    evidence.replayDenied(session, admin)
    const next = sessionOf(null, session)
    evidence.renewed(next, false)
    expect(evidence.denied(next, admin)).toBe(false)
  })

  test('does not make a token untried that a login brought', () => {
    const { evidence } = begin({ isUntried: true })
    const next = sessionOf()
    evidence.renewed(next, false)
    expect(evidence.denied(next, orders)).toBe(true)
  })
})

test('an answer to the token of a session that is over is no evidence for the next', () => {
  const { evidence, session } = begin()
  const next = sessionOf()
  evidence.renewed(next, true)
  evidence.accepted(session)
  expect(evidence.denied(next, orders)).toBe(false)
  evidence.replayDenied(session, admin)
  vi.advanceTimersByTime(30_000)
  expect(evidence.denied(next, admin)).toBe(true)
})
