/** @jest-environment jsdom */
import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createAuth, memoryStorage, useAuthStore } from 'vue-auth-refresh'

test('a request carries the token', async () => {
  const adapter = async (config) => ({
    data: config.headers.get('Authorization'),
    status: 200,
    statusText: 'OK',
    headers: {},
    config,
  })
  const api = axios.create({ baseURL: 'https://api.test', adapter })
  const tokens = async () => ({ access_token: 'first', refresh_token: 'spare' })
  const pinia = createPinia()
  const storage = memoryStorage()
  const authPlugin = createAuth({ axios: api, storage, login: tokens, refresh: tokens })
  createApp({}).use(pinia).use(authPlugin)
  await useAuthStore(pinia).login({})
  expect((await api.get('/')).data).toBe('Bearer first')
  authPlugin.dispose()
})
