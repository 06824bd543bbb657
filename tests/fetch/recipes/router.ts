import { initTRPC } from '@trpc/server'

const { router, procedure } = initTRPC.create()

/** The server of the recipe for tRPC. */
export const appRouter = router({ orders: procedure.query(() => ({ user: 'ada' })) })
export type AppRouter = typeof appRouter
