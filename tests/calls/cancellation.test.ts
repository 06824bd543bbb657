import axios from 'axios'
import { expect, test, vi } from 'vitest'
import { TIMED_OUT, whileWanted } from '../../src/calls/cancellation'

const never = new Promise<never>(() => {})

test('what is known already is the answer', async () => {
  expect(await whileWanted(1, {})).toBe(1)
  expect(await whileWanted(Promise.resolve(1), {})).toBe(1)
})

test('17: an aborted signal rejects at once', async () => {
  const controller = new AbortController()
  const waiting = whileWanted(never, { signal: controller.signal })
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
})

test('17: so does a cancelled token, also beside a signal', async () => {
  for (const signal of [undefined, new AbortController().signal]) {
    const { token, cancel } = axios.CancelToken.source()
    const waiting = whileWanted(never, { cancelToken: token, ...(signal && { signal }) })
    const outcome = waiting.then(
      () => 'answered',
      () => 'rejected',
    )
    cancel('enough')
    expect(await outcome).toBe('rejected')
  }
})

test('17: a signal counts beside a token too', async () => {
  const controller = new AbortController()
  const { token } = axios.CancelToken.source()
  const { signal } = controller
  const waiting = whileWanted(never, { cancelToken: token, signal })
  controller.abort('enough')
  await expect(waiting).rejects.toBe('enough')
})

test('15: an answer leaves nobody listening', async () => {
  const { token } = axios.CancelToken.source()
  const subscribe = vi.spyOn(token, 'subscribe')
  const unsubscribe = vi.spyOn(token, 'unsubscribe')
  expect(await whileWanted(Promise.resolve(1), { cancelToken: token })).toBe(1)
  await Promise.resolve()
  expect(subscribe).toHaveBeenCalledTimes(1)
  expect(unsubscribe.mock.calls).toEqual(subscribe.mock.calls)
})

test('57: a wait is over when its time is, and with an answer no timer is left', async () => {
  vi.useFakeTimers()
  const late = whileWanted(never, {}, 100).catch((reason: unknown) => reason)
  expect(await whileWanted(Promise.resolve(1), {}, 100)).toBe(1)
  await vi.advanceTimersByTimeAsync(99)
  expect(vi.getTimerCount()).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await late).toBe(TIMED_OUT)
  vi.useRealTimers()
})
