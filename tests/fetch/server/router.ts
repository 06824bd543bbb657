// server/router.ts
import { initTRPC } from '@trpc/server'

const { router, procedure } = initTRPC.create()

export const appRouter = router({ orders: procedure.query(() => ({ user: 'ada' })) })
export type AppRouter = typeof appRouter
