import { nextTick } from 'vue'
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
  }
}

/** `npm run demo:oidc`: users sign in at an OpenID Provider. */
const isOidc = import.meta.env.MODE === 'oidc'

const callback: RouteRecordRaw = {
  path: '/callback',
  component: () => import('./pages/CallbackPage.vue'),
  meta: { title: 'Signing in' },
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/',
      component: () => import('./pages/DashboardPage.vue'),
      meta: { title: 'Dashboard', requiresAuth: true },
    },
    {
      path: '/profile',
      component: () => import('./pages/ProfilePage.vue'),
      meta: { title: 'Profile', requiresAuth: true },
    },
    {
      path: '/login',
      component: isOidc
        ? () => import('./pages/ProviderLoginPage.vue')
        : () => import('./pages/LoginPage.vue'),
      meta: { title: 'Sign in', guestOnly: true },
    },
    ...(isOidc ? [callback] : []),
    {
      path: '/admin',
      // The admins' session counts here and below, the customers' everywhere else
      meta: { title: 'Admin', authSession: 'admin' },
      children: [
        {
          path: '',
          component: () => import('./pages/AdminPage.vue'),
          meta: { title: 'Admin', requiresAuth: (user) => user.roles.includes('admin') },
        },
        {
          path: 'login',
          component: () => import('./pages/AdminLoginPage.vue'),
          meta: { title: 'Sign in as an admin', guestOnly: true },
        },
        {
          path: 'forbidden',
          component: () => import('./pages/ForbiddenPage.vue'),
          meta: { title: 'Admins only', requiresAuth: true },
        },
      ],
    },
    {
      path: '/:path(.*)*',
      component: () => import('./pages/NotFoundPage.vue'),
      meta: { title: 'Page not found' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? {} : { top: 0 }),
})

router.afterEach(async (to, from, failure) => {
  if (failure) return
  document.title = `${to.meta.title} · vue-auth-refresh`
  // A page that was changed by script is announced by moving the focus to its heading. The first one is the
  // browser's to announce, and a page may have put the focus in a better place itself.
  if (from.matched.length === 0 || to.path === from.path) return
  await nextTick()
  const main = document.querySelector('main')
  if (!main?.contains(document.activeElement)) main?.querySelector('h1')?.focus()
})
