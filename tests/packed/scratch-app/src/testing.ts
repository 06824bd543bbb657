import { createFakeAuthServer, createTestingAuth } from 'vue-auth-refresh/testing'

// Calls of a test of this app. They are type-checked, not run.
const user = { name: 'Ada', roles: [] }
const auth = createTestingAuth({ user, createSpy: (action) => action })
auth.store.user = { name: 'Ben', roles: ['admin'] }
const credentials = { email: 'ada@example.com', password: 'secret' }
const server = createFakeAuthServer({ users: [{ user, credentials }] })

export const names: (string | undefined)[] = [auth.store.user?.name, server.log[0]?.user?.name]

// @ts-expect-error a user has roles
createTestingAuth({ user: { name: 'Ada' } })
