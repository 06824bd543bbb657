import { expect, test } from 'vitest'
import { timeoutError, withTimeout } from '../../src/http/time-limit'

test('57: the error is that of axios, or in the words of the app', () => {
  expect(timeoutError({ timeout: 5 })).toEqual(['timeout of 5ms exceeded', 'ECONNABORTED'])
  expect(timeoutError({ timeout: 5, timeoutErrorMessage: 'late' })[0]).toBe('late')
  const transitional = { clarifyTimeoutError: true }
  expect(timeoutError({ timeout: 5, transitional })[1]).toBe('ETIMEDOUT')
})

test('57: a send has the rest of the time, at least a millisecond, and the config is as before', async () => {
  const config = { timeout: 5_000, timeoutErrorMessage: 'late' }
  const seen: unknown[] = []
  const send = async () => seen.push({ ...config })
  await withTimeout(config, 1_234.4, send)
  await withTimeout(config, -3, send)
  const failure = withTimeout(config, 1, () => Promise.reject(new Error('refused')))
  await expect(failure).rejects.toThrow('refused')
  expect(seen).toEqual([
    { timeout: 1_234, timeoutErrorMessage: 'late' },
    { timeout: 1, timeoutErrorMessage: 'late' },
  ])
  expect(config).toEqual({ timeout: 5_000, timeoutErrorMessage: 'late' })
})
