/** @jest-environment jsdom */
import { jest } from '@jest/globals'
import { createApp, h } from 'vue'
import { useAuth } from 'vue-auth-refresh'
import { createTestingAuth } from 'vue-auth-refresh/testing'

test('a component shows the user, and signs out', () => {
  const user = { name: 'Ada' }
  const auth = createTestingAuth({ user, createSpy: jest.fn })
  const app = createApp(() => {
    const { user, logout } = useAuth()
    return h('button', { onClick: () => logout() }, user.value.name)
  })
  const page = document.createElement('div')
  app.use(auth).mount(page)
  expect(page.textContent).toBe('Ada')
  page.querySelector('button').click()
  expect(auth.store.logout).toHaveBeenCalledTimes(1)
  app.unmount()
})
