import { expect, test } from 'vitest'
import { memoryStorage } from 'vue-auth-refresh'
import { describeStorage, recordOf } from '../support/storage-contract'

describeStorage('memoryStorage()', memoryStorage)

test('each memoryStorage() has records of its own', async () => {
  const [one, two] = [memoryStorage(), memoryStorage()]
  await one.update('key', () => recordOf())

  expect(await two.read('key')).toBeNull()
})

test('a key may be called like a member of every object', async () => {
  const storage = memoryStorage()

  expect(await storage.read('constructor')).toBeNull()
  expect(await storage.read('__proto__')).toBeNull()
})
