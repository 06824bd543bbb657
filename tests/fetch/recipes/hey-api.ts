// src/hey-api.ts
import { createClient, createConfig } from '@hey-api/client-fetch'
import { API, authFetch } from './auth'

const api = createClient(createConfig({ baseUrl: API, fetch: authFetch }))

export const loadOrders = async () => (await api.get({ url: '/orders' })).data
