import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ownBrowser } from '../support/chromium/own-browser.ts'
import { openApp } from '../support/open-app.ts'
import { readSamples } from '../support/readme-samples.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.connectOverCDP(await ownBrowser())
})
afterAll(() => browser?.close())

/** The login page, which docs/adopting.md leaves to the app. */
const loginPage = `<script setup lang="ts">
import { ref } from 'vue'
import { useAuth } from 'vue-auth-refresh'

const { login } = useAuth()
const password = ref('')
const submit = () => login({ username: 'ada', password: password.value }).catch(() => {})
</script>

<template>
  <form @submit.prevent="submit">
    <label>Password <input v-model="password" type="password" /></label>
    <button>Sign in</button>
  </form>
</template>
`

interface Server {
  /** The paths that were asked for. */
  readonly asked: string[]
  /** The messages that the app has shown since the last call. */
  takeMessages(): string[]
  /** Lets the access token expire. */
  expire(): void
  /** Refuses every refresh token from now on, until a login. */
  refuseRefresh(): void
}

/** The app of docs/adopting.md, and a server that answers everything with a 200 and a code. */
async function open(): Promise<[page: Page, server: Server]> {
  const samples = await readSamples('docs/adopting.md')
  const files = new Map([...samples.values()].flatMap((all) => [...all]))
  const page = await openApp(browser, files.set('Login.vue', loginPage))
  const asked: string[] = []
  const messages: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'info') messages.push(message.text())
  })
  let number = 1
  let isExpired = false
  let isRefused = false
  const tokens = () => ({ accessToken: `T${number}`, refreshToken: `R${number}` })

  function answer(path: string, body: string, token: string | undefined): object {
    const isLogin = path.endsWith('/login')
    if (isLogin && !body.includes('lovelace')) return { code: 'A0210', msg: 'Wrong password' }
    if (isLogin || path.endsWith('/refresh-token')) {
      if (isLogin) isRefused = false
      else if (isRefused || !body.includes(`R${number}`)) return { code: 'A0231', msg: 'Refused' }
      isExpired = false
      number += 1
      return { code: '00000', data: tokens() }
    }
    const isLive = token === `Bearer T${number}` && !isExpired
    return isLive ? { code: '00000', data: path } : { code: 'A0230', msg: 'Expired' }
  }

  await page.route('**/api/**', async (route) => {
    const request = route.request()
    const path = new URL(request.url()).pathname.replace('/api', '')
    asked.push(path)
    const token = request.headers()['authorization']
    await route.fulfill({ json: answer(path, request.postData() ?? '', token) })
  })
  const server: Server = {
    asked,
    takeMessages: () => messages.splice(0),
    expire: () => (isExpired = true),
    refuseRefresh: () => (isRefused = isExpired = true),
  }
  return [page, server]
}

async function signIn(page: Page, password = 'lovelace'): Promise<void> {
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Five requests at once through the wrapper. Returns what their callers get. */
const burst = (page: Page): Promise<unknown[]> =>
  // A string: Vite would rewrite an `import()`.
  page.evaluate(`import('/request.ts').then(({ request }) =>
    Promise.all([1, 2, 3, 4, 5].map((id) => request.get('/orders/' + id).catch(({ code }) => code))))`)

test('an app that has adopted the library goes on as before, without a token of its own', async () => {
  const [page, server] = await open()
  await page.goto('/#/orders')
  await page.waitForURL('**/#/login?redirect=/orders')
  await signIn(page, 'byron')
  await expect.poll(server.takeMessages).toEqual(['Wrong password'])
  await signIn(page)
  await page.getByRole('heading', { name: 'Orders.vue' }).waitFor()

  server.expire()
  server.asked.length = 0
  expect(await burst(page)).toEqual([1, 2, 3, 4, 5].map((id) => `/orders/${id}`))
  expect(server.asked.filter((path) => path === '/auth/refresh-token')).toHaveLength(1)
  expect(server.takeMessages()).toEqual([])

  server.refuseRefresh()
  expect(await burst(page)).toEqual(Array(5).fill('A0230'))
  await page.waitForURL('**/#/login?redirect=/orders')
  expect(server.takeMessages()).toEqual(['Your session has ended. Please sign in again.'])
  await signIn(page)
  await page.getByRole('heading', { name: 'Orders.vue' }).waitFor()
})

test('an app that has adopted the library takes over the tokens of its old version', async () => {
  const [page, server] = await open()
  await page.addInitScript(() => {
    if (sessionStorage.getItem('is-upgraded')) return
    sessionStorage.setItem('is-upgraded', 'yes')
    localStorage.setItem('access_token', 'T0')
    localStorage.setItem('refresh_token', 'R1')
  })
  await page.goto('/#/orders')
  await page.getByRole('heading', { name: 'Orders.vue' }).waitFor()
  expect(server.asked).toEqual(['/menus', '/auth/refresh-token', '/menus'])
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([])
  await page.reload()
  await page.getByRole('heading', { name: 'Orders.vue' }).waitFor()
  expect(server.takeMessages()).toEqual([])
})
