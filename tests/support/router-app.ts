import type { Router, RouteRecordRaw } from 'vue-router'
import type { AuthOptions } from 'vue-auth-refresh'
import { createTestApp, createTestRouter, type TestApp } from './test-app'

export interface RoutedApp extends TestApp {
  readonly router: Router
  /** Every place the router arrived at, in order. */
  readonly visited: readonly string[]
}

const nowhere = { origin: 'http://server.invalid' }

/** An application with a router. Without a server nothing in it may talk to one. In a page: a server decides less. */
export function createRoutedApp({
  server = nowhere,
  routes = [],
  ...options
}: Partial<Omit<AuthOptions, 'routes'>> & {
  server?: { readonly origin: string }
  /** Added to those of `createTestRouter`. */
  routes?: RouteRecordRaw[]
  names?: AuthOptions['routes']
} = {}): RoutedApp {
  const { names, ...others } = options
  const router = options.router ?? createTestRouter(routes)
  const visited: string[] = []
  router.afterEach((to, _from, failure) => {
    if (!failure) visited.push(to.fullPath)
  })
  const app = createTestApp(
    server,
    { ...others, router, ...(names ? { routes: names } : {}) },
    // In jsdom, too.
    { adapter: 'http' },
  )
  return { ...app, router, visited }
}

/** Resolves once the router has arrived there. */
export function arrival(router: Router, fullPath: string): Promise<void> {
  if (router.currentRoute.value.fullPath === fullPath) return Promise.resolve()
  return new Promise((resolve) => {
    const stop = router.afterEach((to, _from, failure) => {
      if (failure || to.fullPath !== fullPath) return
      stop()
      resolve()
    })
  })
}
