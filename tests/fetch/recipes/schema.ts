// src/schema.ts: as openapi-typescript writes it
export interface paths {
  '/orders': {
    get: {
      responses: { 200: { content: { 'application/json': { user: string } } } }
    }
  }
}
