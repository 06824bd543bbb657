import { mount } from '@vue/test-utils'
import axios from 'axios'
import { expect, test } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import { indexedDbStorage, useAuth, type SessionRecord } from 'vue-auth-refresh'
import { createFakeAuthServer, createTestingAuth, signIn } from 'vue-auth-refresh/testing'
import { openVisit } from '../../src/shared/visit'

test('a story needs no test runner: with `createSpy`, the plugin shows a user and notes calls', async () => {
  const calls: unknown[] = []
  const createSpy = (action: (...args: never[]) => unknown) => {
    return (...args: never[]) => {
      calls.push(args)
      return action(...args)
    }
  }
  const auth = createTestingAuth({ user: { name: 'ada' }, createSpy })
  const Story = defineComponent(() => {
    const { user, login } = useAuth()
    return () => h('button', { onClick: () => login({ pin: 1 }) }, JSON.stringify(user.value))
  })
  const story = mount(Story, { global: { plugins: [auth] } })
  expect(story.text()).toBe('{"name":"ada"}')
  await story.trigger('click')
  expect(calls).toEqual([[{ pin: 1 }]])
  auth.store.user = { name: 'ben' }
  await nextTick()
  expect(story.text()).toBe('{"name":"ben"}')
  story.unmount()
})

test('a fake server answers axios and fetch in a browser', async () => {
  const server = createFakeAuthServer()
  const api = axios.create({ baseURL: '/api', adapter: server.adapter })
  const { data } = await api.post<{ access_token: string }>('/auth/login', { user: 'ada' })
  const headers = { Authorization: `Bearer ${data.access_token}` }
  expect((await api.get('/me', { headers })).data).toEqual({ name: 'ada' })
  server.goDown()
  await expect(api.get('/me', { headers })).rejects.toMatchObject({ code: 'ERR_NETWORK' })
  expect(server.log.map(({ path, status }) => [path, status])).toEqual([
    ['/api/auth/login', 200],
    ['/api/me', 200],
    ['/api/me', null],
  ])
})

/** Makes the database of sessions anew, in this version and as `create` leaves it. */
const recreateDatabase = async (version: number, create: (database: IDBDatabase) => void) => {
  for (const request of [
    () => indexedDB.deleteDatabase('vue-auth-refresh'),
    () => indexedDB.open('vue-auth-refresh', version),
  ]) {
    await new Promise<void>((resolve, reject) => {
      const asked = request()
      asked.onupgradeneeded = () => create(asked.result)
      asked.onerror = () => reject(asked.error)
      asked.onsuccess = () => {
        asked.result?.close()
        resolve()
      }
    })
  }
}

test.each<[string, number, (database: IDBDatabase) => void]>([
  ['without its object store', 1, () => {}],
  ['without its object store, in a later version', 7, () => {}],
  ['with another object store alone', 1, (database) => void database.createObjectStore('other')],
  ['with its object store', 1, (database) => void database.createObjectStore('sessions')],
  [
    'with both',
    3,
    (database) => ['sessions', 'other'].forEach((name) => database.createObjectStore(name)),
  ],
])('`signIn()` stores a session in a database %s', async (_, version, create) => {
  await recreateDatabase(version, create)
  await signIn(window, { access_token: 'A1', refresh_token: 'R1' }, { name: 'half-made' })
  expect(await indexedDbStorage().read('half-made')).toMatchObject({ token: 'A1' })
})

test('`signIn()` begins a session that is not remembered, as if the page had been left', async () => {
  const options = { name: 'passing', remember: false }
  await signIn(window, { access_token: 'A1', refresh_token: 'R1' }, options)
  const record = await indexedDbStorage().read('passing')
  expect(record).toMatchObject({ token: 'A1', remember: false })
  const visit = openVisit('passing')
  expect(await visit.isOn((record as SessionRecord).id)).toBe(true)
  expect(await visit.isOn('another')).toBe(false)
  visit.close()
})
