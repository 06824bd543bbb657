// src/graphql-request.ts
import { GraphQLClient } from 'graphql-request'
import { API, authFetch } from './auth'

const api = new GraphQLClient(`${API}/graphql`, { fetch: authFetch })

export const loadOrders = () => api.request<unknown>('query Orders { user }')
