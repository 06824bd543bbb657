import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createAuth, memoryStorage, useAuthStore } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { jwt } from './adapter-server.mjs'
import { answerFetch } from './fetch-server.mjs'
import { inRounds, now, SAMPLE, spreadOf, WARM_UP } from './measure.mjs'

const BASE = 'https://api.example.test'
const ORDERS = `${BASE}/orders`
const tokens = { access_token: jwt(1), refresh_token: 'refresh', expires_in: 3_600 }
const never = () => Promise.reject(new Error('No token is asked for.'))

/**
 * Requests one after the other, through an auth fetch, with and without a listener, and through a `fetch` that sets the
 * header. The last row is the bare one again.
 *
 * @param {number} rounds
 */
export async function compareFetch(rounds) {
  const stopAnswering = await answerFetch(tokens.access_token)
  const bare = (url) => fetch(url, { headers: { Authorization: `Bearer ${tokens.access_token}` } })
  const rows = [
    ['vue-auth-refresh/fetch', await authFetch()],
    ['  with onEvent', await authFetch({ onEvent() {} })],
    ['bare fetch, once more', bare],
  ]
  const samples = [bare, ...rows.map(([, send]) => send)].map((send) => () => time(send))
  await inRounds(WARM_UP, samples)
  const times = await inRounds(rounds, samples)
  stopAnswering()
  return rows.map(([name], i) => [name, spreadOf(times.map((round) => round[i + 1] / round[0]))])
}

async function authFetch(options) {
  const plugin = createAuth({
    axios: axios.create({ baseURL: BASE }),
    storage: memoryStorage(),
    login: never,
    refresh: never,
    ...options,
  })
  const pinia = createPinia()
  createApp({}).use(pinia).use(plugin)
  await useAuthStore(pinia).setSession(tokens)
  return createAuthFetch(plugin)
}

async function time(send) {
  const begun = now()
  for (let i = 0; i < SAMPLE; i++) await (await send(ORDERS)).json()
  return now() - begun
}
