import axios from 'axios'
import { describe, expect, test, vi } from 'vitest'
import { watchEffect } from 'vue'
import type { AuthEventDetail } from 'vue-auth-refresh'
import { createTimeline, watchCalls } from '../../example/timeline.ts'

/** A timeline whose clock starts at 1000, and short words for what happens to it. */
function setup() {
  const timeline = createTimeline()
  let at = 1_000
  const record = (event: AuthEventDetail) => timeline.record({ ...event, at })
  const of = (n: number) => ({ request: n, method: 'GET', path: `/api/orders/${n}` })
  const key = (n: number) => `GET /api/orders/${n}`
  return {
    timeline,
    burst: timeline.burst,
    pass: (ms: number) => (at += ms),
    call(n: number) {
      timeline.called(key(n), `#${n}`, at)
    },
    send: (n: number) => record({ type: 'request-sent', authenticated: true, ...of(n) }),
    wait: (n: number, after: 'call' | 'expired' = 'expired') =>
      record({ type: 'request-waiting', after, ...of(n) }),
    replay: (n: number) => record({ type: 'request-replayed', ...of(n) }),
    answer: (n: number) => timeline.settled(key(n), 'answered', '200', at),
    fail: (n: number, why = 'no refresh') => timeline.settled(key(n), 'failed', why, at),
    refresh: (attempt = 1) => record({ type: 'refresh-started', reason: 'expired', attempt }),
    refreshed: (adopted = false) => record({ type: 'refresh-succeeded', adopted }),
    refreshFailed: (retryIn: number | null = null) =>
      record({ type: 'refresh-failed', failure: 'unreachable', retryIn }),
    record,
  }
}

describe('a request', () => {
  test('is sent, waits for the refresh and is sent again', () => {
    const { answer, burst, call, pass, refresh, refreshed, replay, send, timeline, wait } = setup()
    call(1)
    send(1)
    expect(timeline.idle.value).toBe(false)
    pass(50)
    wait(1)
    refresh()
    pass(300)
    refreshed()
    replay(1)
    pass(100)
    answer(1)
    expect(burst.rows).toMatchObject([
      {
        key: 'GET /api/orders/1',
        label: '#1',
        from: 1_000,
        to: 1_450,
        refused: true,
        outcome: 'answered',
        result: '200',
        segments: [
          { phase: 'sent', from: 1_000, to: 1_050 },
          { phase: 'waiting', from: 1_050, to: 1_350 },
          { phase: 'replayed', from: 1_350, to: 1_450 },
        ],
      },
    ])
    expect(burst.refreshes).toEqual([
      { from: 1_050, to: 1_350, attempts: 1, outcome: 'succeeded', waited: 1 },
    ])
    expect(burst.tally).toEqual({
      requests: 1,
      answered: 1,
      failed: 0,
      refused: 1,
      refreshes: 1,
      adopted: 0,
    })
    expect(timeline.idle.value).toBe(true)
  })

  test('that waits before it is sent was not refused', () => {
    const { answer, burst, call, refresh, refreshed, send, wait } = setup()
    call(1)
    wait(1, 'call')
    refresh()
    refreshed()
    send(1)
    answer(1)
    expect(burst.rows[0]?.segments.map(({ phase }) => phase)).toEqual(['waiting', 'sent'])
    expect(burst.rows[0]?.refused).toBe(false)
    expect(burst.tally.refused).toBe(0)
  })

  test('that nobody called through the instance is no row', () => {
    const { burst, send, timeline } = setup()
    send(1)
    expect(burst.rows).toEqual([])
    expect(burst.from).toBeNull()
    expect(timeline.idle.value).toBe(true)
  })

  test('is forgotten when there are too many', () => {
    const { burst, call } = setup()
    for (let n = 1; n <= 205; n += 1) call(n)
    expect(burst.rows.length).toBe(200)
    expect(burst.tally.requests).toBe(205)
    expect(new Set(burst.rows.map(({ id }) => id)).size).toBe(200)
  })
})

describe('a burst', () => {
  test('is joined by what is called while anything is in flight', () => {
    const { answer, burst, call, pass, send } = setup()
    call(1)
    send(1)
    pass(5_000)
    call(2)
    answer(1)
    call(3)
    answer(2)
    answer(3)
    expect(burst.tally.requests).toBe(3)
    expect(burst.from).toBe(1_000)
  })

  test('is over when the last answer is there: the next call begins another, however soon', () => {
    const { answer, burst, call, fail, pass, refresh, refreshFailed, send, timeline, wait } =
      setup()
    call(1)
    send(1)
    wait(1)
    refresh()
    refreshFailed()
    fail(1)
    expect(burst.tally).toMatchObject({ requests: 1, failed: 1, refreshes: 1 })
    pass(1)
    call(2)
    send(2)
    answer(2)
    expect(burst.tally).toMatchObject({ requests: 1, answered: 1, refused: 0, refreshes: 0 })
    expect(burst.rows.map(({ label }) => label)).toEqual(['#2'])
    expect(burst.refreshes).toEqual([])
    expect(burst.from).toBe(1_001)
    expect(timeline.total).toEqual({
      requests: 2,
      answered: 1,
      failed: 1,
      refused: 1,
      refreshes: 1,
      adopted: 0,
    })
  })

  test('has no part in a refresh that the page made for itself', () => {
    const { answer, burst, call, pass, refresh, refreshed, send, timeline } = setup()
    refresh()
    expect(timeline.idle.value).toBe(true)
    pass(300)
    refreshed()
    call(1)
    send(1)
    answer(1)
    expect(burst.tally.refreshes).toBe(0)
    expect(timeline.total.refreshes).toBe(1)
  })

  test('has a part in it when a request waits for it', () => {
    const { burst, call, pass, refresh, refreshed, timeline, wait } = setup()
    refresh()
    pass(100)
    call(1)
    expect(burst.refreshes).toEqual([])
    wait(1, 'call')
    call(2)
    wait(2, 'call')
    pass(100)
    refreshed()
    expect(burst.refreshes).toEqual([
      { from: 1_000, to: 1_200, attempts: 1, outcome: 'succeeded', waited: 2 },
    ])
    expect(burst.tally.refreshes).toBe(1)
    expect(timeline.total.refreshes).toBe(1)
  })

  test('shows every change to who watches', () => {
    const { burst, call, pass, refresh, refreshed, wait } = setup()
    let seen = ''
    const stop = watchEffect(
      () => (seen = burst.refreshes.map(({ outcome, waited }) => `${outcome} ${waited}`).join()),
      { flush: 'sync' },
    )
    call(1)
    wait(1)
    refresh()
    expect(seen).toBe('pending 1')
    call(2)
    wait(2)
    expect(seen).toBe('pending 2')
    pass(10)
    refreshed()
    expect(seen).toBe('succeeded 2')
    stop()
  })
})

describe('a refresh', () => {
  test('of several attempts is one', () => {
    const { burst, call, refresh, refreshed, refreshFailed, wait } = setup()
    call(1)
    wait(1)
    refresh()
    refreshFailed(200)
    refresh(2)
    refreshed()
    expect(burst.refreshes).toMatchObject([{ attempts: 2, outcome: 'succeeded' }])
    expect(burst.tally.refreshes).toBe(1)
  })

  test('that fails is over, and its burst with the last request', () => {
    const { burst, call, fail, pass, refresh, refreshFailed, timeline, wait } = setup()
    call(1)
    wait(1)
    refresh()
    pass(10)
    refreshFailed()
    expect(burst.refreshes).toMatchObject([{ outcome: 'failed', to: 1_010 }])
    expect(timeline.idle.value).toBe(false)
    fail(1)
    expect(timeline.idle.value).toBe(true)
    expect(burst.rows[0]).toMatchObject({ outcome: 'failed', result: 'no refresh' })
  })

  test('fails with the session', () => {
    const { burst, call, record, refresh, timeline, wait } = setup()
    call(1)
    wait(1)
    refresh()
    record({ type: 'session-ended', reason: 'rejected', adopted: false })
    expect(burst.refreshes).toMatchObject([{ outcome: 'failed' }])
    expect(burst.isOver).toBe(true)
    expect(timeline.idle.value).toBe(false)
  })

  test('is nothing to the next session', () => {
    const { burst, call, record, refresh, timeline, wait } = setup()
    call(1)
    wait(1)
    refresh()
    record({ type: 'session-ended', reason: 'superseded', adopted: true })
    record({ type: 'session-started', adopted: true })
    expect(burst).toMatchObject({ rows: [], refreshes: [], isOver: false })
    expect(timeline.total.requests).toBe(0)
  })

  test('that is answered when nobody waits any more leaves the picture as it is', () => {
    const { burst, call, fail, pass, refresh, refreshed, refreshFailed, wait } = setup()
    call(1)
    wait(1)
    refresh()
    pass(10_000)
    refreshFailed()
    fail(1)
    const frozen = JSON.stringify(burst)
    pass(3_000)
    refresh(2)
    refreshed()
    expect(JSON.stringify(burst)).toBe(frozen)
  })
})

describe('a refresh of another tab', () => {
  test('is in the picture from where one began to wait for it', () => {
    const { answer, burst, call, pass, refreshed, replay, send, timeline, wait } = setup()
    call(1)
    call(2)
    send(1)
    send(2)
    pass(50)
    wait(1)
    pass(10)
    wait(2)
    pass(300)
    refreshed(true)
    replay(1)
    replay(2)
    pass(100)
    answer(1)
    answer(2)
    expect(burst.refreshes).toEqual([
      { from: 1_050, to: 1_360, attempts: 0, outcome: 'adopted', waited: 2 },
    ])
    const tally = { requests: 2, answered: 2, failed: 0, refused: 2, refreshes: 0, adopted: 1 }
    expect(burst.tally).toEqual(tally)
    expect(timeline.total).toEqual(tally)
    expect(timeline.idle.value).toBe(true)
  })

  test('is a moment where nobody waits', () => {
    const { answer, burst, call, pass, refreshed, replay, send, wait } = setup()
    call(1)
    send(1)
    pass(50)
    refreshed(true)
    pass(50)
    wait(1)
    replay(1)
    answer(1)
    expect(burst.refreshes).toEqual([
      { from: 1_050, to: 1_050, attempts: 0, outcome: 'adopted', waited: 0 },
    ])
    expect(burst.to).toBe(1_100)
  })

  test('is only counted where nothing is on its way', () => {
    const { answer, burst, call, refreshed, send, timeline } = setup()
    refreshed(true)
    call(1)
    send(1)
    answer(1)
    const frozen = JSON.stringify(burst)
    refreshed(true)
    expect(JSON.stringify(burst)).toBe(frozen)
    expect(burst.refreshes).toEqual([])
    expect(burst.tally.adopted).toBe(0)
    expect(timeline.total).toMatchObject({ refreshes: 0, adopted: 2 })
  })

  test('ends one of this tab that was slower', () => {
    const { burst, call, pass, refresh, refreshed, timeline, wait } = setup()
    call(1)
    wait(1)
    refresh()
    pass(100)
    refreshed(true)
    expect(burst.refreshes).toEqual([
      { from: 1_000, to: 1_100, attempts: 1, outcome: 'adopted', waited: 1 },
    ])
    expect(burst.tally).toMatchObject({ refreshes: 1, adopted: 1 })
    expect(timeline.total).toMatchObject({ refreshes: 1, adopted: 1 })
  })

  test('ends one that this page made for itself, out of the picture', () => {
    const { burst, call, refresh, refreshed, timeline, wait } = setup()
    refresh()
    refreshed(true)
    expect(burst.refreshes).toEqual([])
    call(1)
    wait(1)
    refresh()
    expect(burst.refreshes).toMatchObject([{ outcome: 'pending', waited: 1 }])
    expect(timeline.total).toMatchObject({ refreshes: 2, adopted: 1 })
  })
})

test('the calls of an axios instance are watched, except those without a session', async () => {
  vi.stubGlobal('location', { href: 'https://app.example/page' })
  const timeline = createTimeline()
  const api = axios.create({
    baseURL: '/api',
    adapter: async (config) => ({ config, data: {}, headers: {}, status: 200, statusText: 'OK' }),
  })
  watchCalls(api, timeline)
  await Promise.all([
    api.get('/orders/17'),
    api.get('/slow/18'),
    api.get('/reports/19'),
    api.get('/admin/stats'),
    api.get('/demo/stats', { skipAuth: true }),
  ])
  expect(timeline.burst.rows).toMatchObject([
    { key: 'GET /api/orders/17', label: '#17', outcome: 'answered', result: '200' },
    { key: 'GET /api/slow/18', label: 'slow 18', outcome: 'answered', result: '200' },
    { key: 'GET /api/reports/19', label: 'report 19', outcome: 'answered', result: '200' },
    { key: 'GET /api/admin/stats', label: 'admin', outcome: 'answered', result: '200' },
  ])
  await api
    .get('/orders/20', {
      adapter: (config) => Promise.reject(new axios.AxiosError('down', 'ERR_NETWORK', config)),
    })
    .catch(() => {})
  expect(timeline.burst.rows.at(-1)).toMatchObject({ outcome: 'failed', result: 'no answer' })
  vi.unstubAllGlobals()
})

describe('a session that lapses', () => {
  test('keeps its requests waiting until its user is back', () => {
    const { answer, burst, call, pass, record, refresh, refreshFailed, replay, send, wait } =
      setup()
    call(1)
    send(1)
    wait(1)
    refresh()
    refreshFailed()
    record({ type: 'session-lapsed', adopted: false })
    expect(burst.lapse).toBe('asked')
    pass(9_000)
    expect(burst.rows[0]?.segments.at(-1)).toMatchObject({ phase: 'waiting', to: null })
    record({ type: 'session-resumed', adopted: false })
    replay(1)
    answer(1)
    expect(burst.rows[0]?.segments.at(-2)).toMatchObject({ phase: 'waiting', to: 10_000 })
    expect(burst).toMatchObject({ lapse: 'answered', isOver: false, tally: { failed: 0 } })
    call(2)
    expect(burst.lapse).toBeNull()
  })

  test('is asked for what is called meanwhile, too, until it ends', () => {
    const { burst, call, record } = setup()
    record({ type: 'session-lapsed', adopted: true })
    call(1)
    expect(burst.lapse).toBe('asked')
    record({ type: 'session-ended', reason: 'rejected', adopted: true })
    expect(burst).toMatchObject({ lapse: null, isOver: true })
  })
})
