/** @jest-environment node */
import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createAuth, useAuthStore } from 'vue-auth-refresh'
import { createFakeAuthServer } from 'vue-auth-refresh/testing'

test('a request outlives its token', async () => {
  const server = createFakeAuthServer()
  const api = axios.create({ baseURL: 'https://api.test', adapter: server.adapter })
  const authPlugin = createAuth({
    axios: api,
    login: async (credentials, { http }) => (await http.post('/auth/login', credentials)).data,
    refresh: async (tokens, { http }) => (await http.post('/auth/refresh', tokens)).data,
  })
  const pinia = createPinia()
  createApp({}).use(pinia).use(authPlugin)
  await useAuthStore(pinia).login({})
  server.expireAll()
  expect((await api.get('/orders')).data).toMatchObject({ user: { name: 'ada' } })
  expect(server.exchanges).toBe(1)
  authPlugin.dispose()
})
