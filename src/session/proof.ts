/** One send of a request to an API, for which a token is proven. */
export interface ProvenRequest {
  /** The method, in upper case. */
  readonly method: string
  /** The final URL, without query and fragment. */
  readonly url: string
  readonly token: string
}

/** An answer to a request with a proof. */
export interface ProvenAnswer {
  readonly status: number
  /** Reads a header, by its name in lower case; empty where there is none, or a page may not see it. */
  header(this: void, name: string): string
}

/** The proof of one send. */
export interface TokenProof {
  /** The headers of the send. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Called once with the answer. True has the request sent again with the same token and another proof, once: no token is
   * refreshed, and the answer is no refusal of the token.
   */
  isChallenged(this: void, answer: ProvenAnswer): boolean
}

/** Makes the proof of one send. */
export type Prove = (this: void, request: ProvenRequest) => Promise<TokenProof>
