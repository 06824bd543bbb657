import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Collects garbage, also what only a finished task or a finalizer still held. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
}

/**
 * How many bytes each repetition leaves behind, in the best of several batches, after one that only warms up: what is
 * kept for good is kept in each of them, and what the engine does by the way is not.
 */
export async function bytesLeftBy(work: () => Promise<void>, repetitions: number): Promise<number> {
  const batches = 3
  const growths: number[] = []
  for (let batch = 0; batch <= batches; batch++) {
    await collectGarbage()
    const before = process.memoryUsage().heapUsed
    for (let index = 0; index < repetitions; index++) await work()
    await collectGarbage()
    if (batch > 0) growths.push((process.memoryUsage().heapUsed - before) / repetitions)
  }
  return Math.min(...growths)
}
