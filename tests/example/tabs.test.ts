import { expect, test } from 'vitest'
import { createTabs, type Channel, type Message, type Tabs } from '../../example/tabs.ts'
import type { Tally } from '../../example/timeline.ts'

interface TestTab extends Tabs {
  /** Lets the requests be answered that this tab has sent last. */
  answer(some?: Partial<Tally>): void
}

/** Three tabs that hear each other. */
function openTabs(): [TestTab, TestTab, TestTab] {
  const ears: ((message: Message) => void)[] = []
  function open(self: number): TestTab {
    let settle: TestTab['answer']
    const channel: Channel = {
      tell(message) {
        const copy = structuredClone(message)
        queueMicrotask(() => ears.forEach((hear, each) => each !== self && hear(copy)))
      },
      listen: (hear) => void (ears[self] = hear),
    }
    const nothing = { failed: 0, refused: 0, refreshes: 0, adopted: 0 }
    const send = (requests: number) =>
      new Promise<Tally>((resolve) => {
        settle = (some) => resolve({ requests, answered: requests, ...nothing, ...some })
      })
    return { ...createTabs(channel, send), answer: (some) => settle(some) }
  }
  return [open(0), open(1), open(2)]
}

/** Until everything that was told has been heard, and what followed from it. */
const heard = () => new Promise((resolve) => setImmediate(resolve))

test('sending in every tab is summed up in every tab', async () => {
  const [first, second, third] = openTabs()
  expect(first.round.value).toBeNull()
  void first.sendEverywhere(20)
  await heard()
  for (const { round } of [first, second, third]) {
    expect(round.value).toEqual({ tabs: 3, done: 0, requests: 0, refreshes: 0, failed: 0 })
  }
  second.answer({ adopted: 1 })
  await heard()
  expect(first.round.value).toMatchObject({ tabs: 3, done: 1 })
  third.answer({ failed: 2 })
  first.answer({ refreshes: 1 })
  await heard()
  for (const { round } of [first, second, third]) {
    expect(round.value).toEqual({ tabs: 3, done: 3, requests: 60, refreshes: 1, failed: 2 })
  }
})

test('a tab that is closed is waited for no more, and keeps what it has counted', async () => {
  const [first, second, third] = openTabs()
  void first.sendEverywhere(20)
  await heard()
  first.answer()
  third.answer()
  await heard()
  expect(first.round.value).toMatchObject({ tabs: 3, done: 2 })
  second.close()
  third.close()
  await heard()
  expect(first.round.value).toMatchObject({ tabs: 2, done: 2, requests: 40 })
})

test('only the latest sending counts', async () => {
  const [first, second, third] = openTabs()
  void first.sendEverywhere(20)
  await heard()
  second.answer()
  void second.sendEverywhere(5)
  await heard()
  expect(first.round.value).toMatchObject({ tabs: 3, done: 0 })
  for (const each of [first, second, third]) each.answer()
  await heard()
  expect(first.round.value).toMatchObject({ tabs: 3, done: 3, requests: 15 })
})
