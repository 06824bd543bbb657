import { createPinia } from 'pinia'
import { expect, test, vi } from 'vitest'
import { createApp } from 'vue'
import { useAuth, useAuthStore } from 'vue-auth-refresh'
import { createTestingAuth } from 'vue-auth-refresh/testing'
import { createTestRouter } from '../support/test-app'

const user = { name: 'ada' }

test('the guard judges as in a page, and prints nothing', async () => {
  const router = createTestRouter()
  const auth = createTestingAuth({ router, createSpy: vi.fn })
  await router.push('/private')
  expect(router.currentRoute.value.fullPath).toBe('/login?redirect=/private')
  auth.store.user = user
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/private'))
})

test('the session is in the Pinia of the app', () => {
  const auth = createTestingAuth({ user, createSpy: vi.fn })
  const pinia = createPinia()
  const app = createApp({}).use(pinia).use(auth)
  expect(useAuthStore(pinia) === auth.store).toBe(true)
  expect(app.runWithContext(() => useAuth().user.value)).toBe(user)
})
