/** Calls a function the first time only. Keeps the result from then on, and lets go of the function. */
export const once =
  <Args extends unknown[], Result>(work: (...args: Args) => Result): ((...args: Args) => Result) =>
  (...args) => {
    const result = work(...args)
    work = () => result
    return result
  }
