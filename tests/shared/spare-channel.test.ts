// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { openSpareChannel, type Spare } from '../../src/shared/spare-channel'
import { driveClock, type DrivenClock } from '../support/clock'
import { recordOf } from '../support/storage-contract'

const spare: Spare = { record: recordOf(), over: 's0', since: 5, isGuess: false }
const TOPIC = 'vue-auth-refresh/spare:key'

/** The messages that all tabs have sent, and the open channels. */
let sent: unknown[] = []
let channels: PageChannel[] = []

class PageChannel extends EventTarget {
  onmessage: ((event: { data: unknown }) => void) | null = null
  constructor(readonly name: string) {
    super()
    channels.push(this)
  }
  postMessage(data: unknown): void {
    sent.push(data)
    for (const other of channels) {
      if (other !== this && other.name === this.name)
        queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) }))
    }
  }
  close(): void {
    channels = channels.filter((channel) => channel !== this)
  }
}

let clock: DrivenClock
beforeEach(() => {
  sent = []
  channels = []
  vi.stubGlobal('BroadcastChannel', PageChannel)
  clock = driveClock()
  return () => vi.unstubAllGlobals()
})

/** A tab that could not store this. */
function openTab(untold?: Spare, isPerTab = false) {
  const onHeard = vi.fn()
  return { onHeard, ...openSpareChannel('key', isPerTab, onHeard, () => untold) }
}

/** Sends as other code of the origin does. */
const send = (data: unknown): void => new PageChannel(TOPIC).postMessage(data)

test('41: a tab that is alone sends no record, and waits 100 ms once', async () => {
  const tab = openTab()
  const told = tab.tell(spare)
  await clock.advance(100)
  await told
  await tab.tell(spare)
  expect(sent).toEqual([null, 'alone?'])
  tab.close()
})

test('a record has reached the other tabs once it is told', async () => {
  const [one, two, three] = [openTab(), openTab(), openTab()]
  for (const tab of [one, three]) {
    await clock.until(tab.tell(spare))
    expect(two.onHeard).toHaveBeenLastCalledWith(spare)
  }
  expect(two.onHeard).toHaveBeenCalledTimes(2)
  for (const tab of [one, two, three]) tab.close()
})

test('a tab that opens, asks, or comes out of the back/forward cache is told what another one could not store', async () => {
  const one = openTab(spare)
  const two = openTab()
  await clock.advance(0)
  expect(two.onHeard).toHaveBeenCalledTimes(1)
  await two.ask()
  expect(two.onHeard).toHaveBeenCalledTimes(2)
  one.close()
  dispatchEvent(new Event('pagehide'))
  expect(channels).toEqual([])
  await two.ask()
  const three = openTab(spare)
  dispatchEvent(new Event('pageshow'))
  await clock.advance(0)
  expect(two.onHeard).toHaveBeenCalledTimes(3)
  two.close()
  three.close()
  dispatchEvent(new Event('pageshow'))
  expect(channels).toEqual([])
})

test('tabs that share nothing have no channel', async () => {
  const [one, two] = [openTab(spare, true), openTab()]
  await one.tell(spare)
  await one.ask()
  expect(channels).toHaveLength(1)
  expect(two.onHeard).not.toHaveBeenCalled()
  one.close()
  two.close()
})

test('a question that is not answered settles after 100 ms', async () => {
  const [one, two] = [openTab(), openTab()]
  const settled = vi.fn()
  void one.ask().then(settled)
  send('here')
  await clock.advance(99)
  expect(settled).not.toHaveBeenCalled()
  await clock.advance(1)
  expect(settled).toHaveBeenCalled()
  one.close()
  two.close()
})

describe('43: messages that are no records', () => {
  test.each<[unknown]>([
    [undefined],
    ['text'],
    [{}],
    [{ record: recordOf() }],
    [{ record: recordOf(), since: 'soon' }],
    [{ record: recordOf(), since: Number.NaN }],
    [{ record: recordOf(), since: Infinity }],
    [{ record: recordOf(), since: 1e308 }],
  ])('%j changes nothing', async (message) => {
    const tab = openTab()
    send(message)
    await clock.advance(0)
    expect(tab.onHeard).not.toHaveBeenCalled()
    tab.close()
  })
})
