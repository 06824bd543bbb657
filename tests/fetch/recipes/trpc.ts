// src/trpc.ts
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { API, authFetch } from './auth'
import type { AppRouter } from '../server/router'

const api = createTRPCClient<AppRouter>({
  links: [httpBatchLink({ url: `${API}/trpc`, fetch: authFetch })],
})

export const loadOrders = () => api.orders.query()
