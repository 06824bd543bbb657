import { fork } from 'node:child_process'
import { once } from 'node:events'
import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createAuth, memoryStorage, useAuthStore } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { jwt } from './adapter-server.mjs'
import { inRounds, spreadOf } from './measure.mjs'

const REQUESTS = 300
const tokens = { access_token: jwt(1), refresh_token: 'refresh', expires_in: 3_600 }
const never = () => Promise.reject(new Error('No token is asked for.'))

/**
 * Requests one after the other over HTTP, through an auth fetch, with and without a listener, and through a `fetch` that
 * sets the header. The last row is the bare one again.
 *
 * @param {number} rounds
 */
export async function compareFetch(rounds) {
  const child = fork(new URL('fetch-server.mjs', import.meta.url))
  const [port] = await once(child, 'message')
  const url = `http://127.0.0.1:${port}/orders`
  const bare = () => fetch(url, { headers: { Authorization: `Bearer ${tokens.access_token}` } })
  const rows = [
    ['vue-auth-refresh/fetch', await authFetchOf(url)],
    ['  with onEvent', await authFetchOf(url, { onEvent() {} })],
    ['bare fetch, once more', bare],
  ]
  const samples = [bare, ...rows.map(([, send]) => send)].map((send) => () => time(send, url))
  await inRounds(5, samples)
  const times = await inRounds(rounds, samples)
  child.disconnect()
  return rows.map(([name], i) => [name, spreadOf(times.map((round) => round[i + 1] / round[0]))])
}

async function authFetchOf(url, options) {
  const plugin = createAuth({
    axios: axios.create({ baseURL: new URL(url).origin }),
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

/** In ms of the processor, as elsewhere. */
async function time(send, url) {
  const begun = process.cpuUsage()
  for (let i = 0; i < REQUESTS; i++) await (await send(url)).json()
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1_000
}
