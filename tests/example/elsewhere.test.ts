import { expect, test } from 'vitest'
import type { AuthEventDetail } from 'vue-auth-refresh'
import { createElsewhere } from '../../example/elsewhere.ts'

function setup() {
  const elsewhere = createElsewhere()
  return {
    ...elsewhere,
    record: (event: AuthEventDetail) => elsewhere.record({ ...event, at: 0 }),
  }
}

test('a session that another tab ends or begins is news', () => {
  const { dismiss, news, record } = setup()
  record({ type: 'restored', authenticated: true })
  expect(news.value).toBeNull()
  record({ type: 'session-ended', reason: 'signed-out', adopted: true })
  expect(news.value).toBe('signed-out')
  record({ type: 'session-started', adopted: true })
  expect(news.value).toBe('signed-in')
  dismiss()
  expect(news.value).toBeNull()
  record({ type: 'session-ended', reason: 'superseded', adopted: true })
  expect(news.value).toBeNull()
  record({ type: 'session-started', adopted: true })
  expect(news.value).toBe('signed-in')
})

test('a session that the server tells of late is not the doing of another tab', () => {
  const { news, record } = setup()
  const asked = { type: 'refresh-started', reason: 'start', attempt: 1 } as const
  record(asked)
  record({ type: 'session-started', adopted: true })
  expect(news.value).toBe('still-signed-in')
  record({ type: 'session-ended', reason: 'signed-out', adopted: false })
  // Asked in vain; another tab signs in
  record(asked)
  record({ type: 'refresh-failed', failure: 'unreachable', retryIn: null })
  record({ type: 'session-started', adopted: true })
  expect(news.value).toBe('signed-in')
})

test('a session that the server ends is not the doing of another tab', () => {
  const { news, record } = setup()
  record({ type: 'session-started', adopted: false })
  record({ type: 'session-ended', reason: 'rejected', adopted: false })
  expect(news.value).toBeNull()
})

test('what this tab does itself is no news, and ends the news', () => {
  const { news, record } = setup()
  record({ type: 'session-ended', reason: 'signed-out', adopted: true })
  expect(news.value).toBe('signed-out')
  record({ type: 'session-started', adopted: false })
  expect(news.value).toBeNull()
  record({ type: 'session-ended', reason: 'signed-out', adopted: false })
  expect(news.value).toBeNull()
})
