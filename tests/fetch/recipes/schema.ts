/** The types that openapi-typescript would generate. */
export interface paths {
  '/orders': {
    get: {
      responses: { 200: { content: { 'application/json': { user: string } } } }
    }
  }
}
