// src/apollo.ts
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { API, authFetch } from './auth'

const api = new ApolloClient({
  link: new HttpLink({ uri: `${API}/graphql`, fetch: authFetch }),
  cache: new InMemoryCache(),
})

export const loadOrders = async () =>
  (await api.query({ query: gql('query Orders { user }'), fetchPolicy: 'no-cache' })).data
