// src/urql.ts
import { Client, fetchExchange } from '@urql/core'
import { API, authFetch } from './auth'

const api = new Client({ url: `${API}/graphql`, fetch: authFetch, exchanges: [fetchExchange] })

export const loadOrders = async () => (await api.query('query Orders { user }', {})).data as unknown
