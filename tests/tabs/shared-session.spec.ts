import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const tabs = useTabs()

describe('a session that is shared by the tabs of a browser', () => {
  test('begins in one, and a tab opened later is signed in', async () => {
    const [first] = await tabs.open(1, { path: '/login' })
    await first.login('ada')
    await first.arrives('/')
    const [second] = await tabs.open(1, { path: '/private' })
    expect(await second.status()).toBe('authenticated')
    expect(await second.user()).toBe('ada')
    expect(await second.path()).toBe('/private')
    expect(await second.token()).toBe(await first.token())
  })

  test('is found by a tab that is reloaded', async () => {
    const [first, second] = await tabs.open(2)
    expect(await second.status()).toBe('anonymous')
    await first.login('ada')
    await second.reload()
    expect(await second.status()).toBe('authenticated')
    expect(await second.get('/orders/1')).toMatchObject({ status: 200 })
    expect(tabs.server.countOf('/auth/login')).toBe(1)
  })

  test('is refreshed by one, and the others use what it got', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const [second] = await tabs.open(1)
    tabs.server.expireAccessTokens()
    expect(await first.getMany(3)).toEqual([200, 200, 200])
    expect(await second.getMany(3)).toEqual([200, 200, 200])
    await second.tells('refresh-succeeded', { adopted: true })
    expect(tabs.server.refreshes).toBe(1)
    expect(tabs.server.reusedTokens).toBe(0)
  })

  test('is over in a tab that is reloaded after a logout in another', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const [second] = await tabs.open(1, { path: '/private' })
    await first.logout()
    await second.reload()
    expect(await second.status()).toBe('anonymous')
    expect(await second.path()).toBe('/login?redirect=/private')
  })

  test('is one of several with names of their own', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    const other = await first.another({ name: 'other' })
    expect(await other.status()).toBe('anonymous')
    await other.login('ben')
    const [second] = await tabs.open(1)
    expect(await second.user()).toBe('ada')
    expect(await (await second.another({ name: 'other' })).user()).toBe('ben')
  })

  test('is none in a profile that never had one, on an origin without Web Locks', async () => {
    const [secure] = await tabs.open(1)
    await secure.login('ada')
    const [first] = await tabs.open(1, { isInsecure: true })
    expect(await first.status()).toBe('anonymous')
    await first.login('ben')
    const [second] = await tabs.open(1, { isInsecure: true })
    expect(await second.user()).toBe('ben')
  })
})
