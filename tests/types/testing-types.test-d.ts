import { expectTypeOf, it } from 'vitest'
import type { App } from 'vue'
import type { AuthStatus, AuthStore, SessionRecord, TokenResponse } from 'vue-auth-refresh'
import {
  createFakeAuthServer,
  createTestingAuth,
  sessionRecord,
  type signIn,
} from 'vue-auth-refresh/testing'
import type { User } from './public-types.test-d'

const ada: User = { name: 'Ada', roles: [] }

it('types the user of a testing session by AuthTypes, also of a session that is typed apart', () => {
  const auth = createTestingAuth({ user: ada })
  expectTypeOf(auth.store.user).toEqualTypeOf<User | null>()
  expectTypeOf(createTestingAuth({ name: 'admin' }).store.user).toEqualTypeOf<{
    badge: number
  } | null>()
  // @ts-expect-error a user has roles
  createTestingAuth({ user: { name: 'Ada' } })
  // @ts-expect-error an admin has a badge
  createTestingAuth({ name: 'admin', user: ada })
  // @ts-expect-error there is no such status
  createTestingAuth({ status: 'signed-in' })
  // @ts-expect-error there is no such code of an error
  createTestingAuth({ error: 'broken' })
})

it('lets a test set the state, and is a store and a plugin like the real ones', () => {
  const auth = createTestingAuth()
  auth.store.user = ada
  auth.store.status = 'expired'
  auth.store.error = null
  auth.store.isRefreshing = true
  auth.store.expiresAt = 1
  auth.store.endsAt = 1
  // @ts-expect-error follows from the status
  auth.store.isAuthenticated = true
  expectTypeOf(auth.store).toExtend<AuthStore>()
  expectTypeOf(createTestingAuth().store.status).toEqualTypeOf<AuthStatus>()
  expectTypeOf((app: App) => app.use(auth)).returns.toEqualTypeOf<App>()
})

it('types the accounts of a fake server', () => {
  const credentials = { email: 'ada@example.com', password: 'lovelace' }
  const server = createFakeAuthServer({ users: [{ user: ada, credentials }] })
  expectTypeOf(server.log[0]!.user).toEqualTypeOf<User | null>()
  expectTypeOf(server.issue()).toEqualTypeOf<TokenResponse>()
  createFakeAuthServer<'admin'>({ users: [{ user: { badge: 7 }, credentials: { pin: '1' } }] })
  createFakeAuthServer({ users: [{ user: ada }] })
  // @ts-expect-error the password is missing
  createFakeAuthServer({ users: [{ user: ada, credentials: { email: '' } }] })
})

it('signs in a page or a window', () => {
  expectTypeOf<Window>().toExtend<Parameters<typeof signIn>[0]>()
  expectTypeOf(sessionRecord).returns.toEqualTypeOf<SessionRecord>()
})
