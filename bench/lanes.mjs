/**
 * Does all jobs, so many at once.
 *
 * @param {number} lanes
 * @param {(() => Promise<void>)[]} jobs
 */
export async function inLanes(lanes, jobs) {
  const left = [...jobs]
  const lane = async () => {
    for (let job = left.shift(); job; job = left.shift()) await job()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
