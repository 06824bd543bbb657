import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import axios from 'axios'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { createAuth, memoryStorage, useAuthStore } from 'vue-auth-refresh'
import { createAuthFetch } from 'vue-auth-refresh/fetch'
import { jwt } from './adapter-server.mjs'
import { answerFetch } from './fetch-server.mjs'
import { inRounds, now, SAMPLE, spreadOf, WARM_UP } from './measure.mjs'

const tokens = { access_token: jwt(1), refresh_token: 'refresh', expires_in: 3_600 }
const authorization = `Bearer ${tokens.access_token}`
const never = () => Promise.reject(new Error('No token is asked for.'))

/**
 * Requests one after the other, through an auth fetch, with and without a listener, and through a `fetch` that sets the
 * header. The last row is the bare one again.
 *
 * @param {number} rounds
 */
export async function compareFetch(rounds) {
  const stopAnswering = await answerFetch(tokens.access_token)
  const rows = await compare('https://api.example.test', rounds, now)
  stopAnswering()
  return rows
}

/**
 * The same over HTTP, by the clock: a request takes as long as one to a server nearby.
 *
 * @param {number} rounds
 */
export async function compareFetchOverHttp(rounds) {
  const file = fileURLToPath(new URL('http-server.mjs', import.meta.url))
  const server = fork(file, [tokens.access_token])
  const [port] = await once(server, 'message')
  const rows = await compare(`http://127.0.0.1:${port}`, rounds, () => performance.now())
  server.kill()
  return rows
}

async function compare(base, rounds, clock) {
  const bare = (url) => fetch(url, { headers: { Authorization: authorization } })
  const candidates = [
    ['vue-auth-refresh/fetch', await authFetch(base)],
    ['  with onEvent', await authFetch(base, { onEvent() {} })],
    ['bare fetch, once more', bare],
  ]
  const sends = [bare, ...candidates.map(([, send]) => send)]
  const samples = sends.map((send) => () => time(send, `${base}/orders`, clock))
  await inRounds(WARM_UP, samples)
  const times = await inRounds(rounds, samples)
  return candidates.map(([name], i) => [
    name,
    spreadOf(times.map((round) => round[i + 1] / round[0])),
  ])
}

async function authFetch(baseURL, options) {
  const plugin = createAuth({
    axios: axios.create({ baseURL }),
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

async function time(send, url, clock) {
  const begun = clock()
  for (let i = 0; i < SAMPLE; i++) await (await send(url)).json()
  return clock() - begun
}
