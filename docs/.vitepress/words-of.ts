/**
 * The words of a text for the search. Chinese has no spaces: each two characters that follow each other are a word. It
 * is written into pages, so it uses nothing but its argument.
 */
export const wordsOf = (text: string): string[] =>
  text
    .split(/[\n\r\p{Z}\p{P}]+/u)
    .flatMap((word) =>
      [...word.matchAll(/(\p{Script=Han})(?=(\p{Script=Han})?)|\P{Script=Han}+/gu)].map(
        ([run, first, next = '']) => (first ? first + next : run),
      ),
    )
