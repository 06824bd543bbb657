// Schedules of tabs, faults and people, until something is wrong: npm run fuzz
//
//   npm run fuzz -- --runs=1000000    so many; default 20,000
//                   --seed=7          the first seed; each thousand has the next one; default: by the clock
//                   --tabs=3          always that many; default one to four
//                   --workers=2       at a time; default: one for each core
//
// Ends with 1 at a counterexample, which is printed as a call of replay().

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { openSource } from './source.mjs'

const CHUNK = 1_000

/** In a thread of its own, because the clocks and timers are global. */
async function work() {
  const vite = await openSource()
  const { checkSchedules } = await vite.ssrLoadModule('/tests/fuzz/check-schedules.ts')
  await vite.close()
  parentPort?.on('message', (job) => {
    void checkSchedules(job).then((found) => parentPort?.postMessage({ job, found }))
  })
  parentPort?.postMessage({ job: null, found: null })
}

async function main() {
  const { values: flags } = parseArgs({
    options: {
      runs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
      tabs: { type: 'string' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  })
  const [runs, seed, count] = [flags.runs, flags.seed, flags.workers].map(Number)
  const tabs = flags.tabs === undefined ? undefined : Number(flags.tabs)
  if (!(runs >= 1 && seed >= 0 && count >= 1 && (tabs === undefined || tabs >= 1))) {
    throw new Error('--runs, --tabs and --workers are numbers, at least 1; --seed at least 0')
  }
  const chunks = Math.ceil(runs / CHUNK)
  const workers = Array.from({ length: Math.min(count, chunks) }, () => {
    return new Worker(new URL(import.meta.url))
  })
  const number = new Intl.NumberFormat('en').format
  let [given, done, begun] = [0, 0, 0]
  const report = () => {
    const rate = done / ((performance.now() - begun) / 1_000)
    const seeds = `seeds ${seed} to ${seed + given - 1}`
    console.log(`${number(done)} schedules, ${number(Math.round(rate))} a second, ${seeds}`)
  }

  const counterexample = await new Promise((resolve, reject) => {
    for (const worker of workers) {
      worker.on('error', reject)
      worker.on('message', ({ job, found }) => {
        begun ||= performance.now()
        if (found) return resolve({ ...found, seed: job.seed })
        done += job?.runs ?? 0
        if (done >= runs) return resolve(null)
        if (job && given % 20 === 0) report()
        if (given === chunks) return
        worker.postMessage({
          runs: Math.min(CHUNK, runs - given * CHUNK),
          seed: seed + given,
          tabs,
        })
        given++
      })
    }
  })
  await Promise.all(workers.map((worker) => worker.terminate()))
  report()
  if (!counterexample) return
  const { schedule, violations, path, ...found } = counterexample
  console.log(`\n${violations.join('\n')}\nseed ${found.seed}, path ${path}\n`)
  console.log(`expect(await replay(${JSON.stringify(schedule)})).toEqual([])`)
  process.exitCode = 1
}

await (isMainThread ? main() : work())
