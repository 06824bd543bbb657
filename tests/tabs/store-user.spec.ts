import { describe, expect, test } from 'vitest'
import { useTabs } from '../support/chromium/use-tabs.ts'

const storages = ['indexed-db', 'local', 'session'] as const

describe.each(storages)('a user who is stored (%s)', (storage) => {
  const tabs = useTabs({ storage, storeUser: true, path: '/admin', refreshTimeout: 4_000 })

  test('is shown after a reload before the server has answered anything', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.arrives('/admin')
    // Its tokens are stored after the user.
    expect(await first.refresh()).toBeNull()
    const release = tabs.server.hold('/me')
    const before = tabs.server.countOf('/me')
    await first.reload()
    expect([await first.status(), await first.user()]).toEqual(['authenticated', 'ada'])
    expect(await first.path()).toBe('/admin')
    release()
    await tabs.server.sees('/me', before + 1)
  })

  test('is in no storage after a logout', async () => {
    const [first] = await tabs.open(1)
    await first.login('ada')
    await first.logout()
    await first.reload()
    expect([await first.status(), await first.user()]).toEqual(['anonymous', null])
  })
})

describe('in two tabs', () => {
  const tabs = useTabs({ storeUser: true, path: '/private', refreshTimeout: 4_000 })

  test('12: another user who signs in elsewhere takes the place of the stored one', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.login('ben')
    await first.tells('session-started', { adopted: true })
    expect(await second.refresh()).toBeNull()
    const release = tabs.server.hold('/me')
    const reloaded = first.page.reload()
    await reloaded
    await first.becomes('authenticated')
    expect(await first.user()).toBe('ben')
    release()
  })

  test('11: a logout in the other tab removes it', async () => {
    const [first, second] = await tabs.open(2)
    await first.login('ada')
    await second.becomes('authenticated')
    await second.logout()
    await first.becomes('anonymous')
    tabs.server.hold('/me')
    await first.reload()
    expect([await first.status(), await first.user()]).toEqual(['anonymous', null])
  })
})
