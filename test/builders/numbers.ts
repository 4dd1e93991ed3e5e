// Numbers at random, the same in every run.

/** Numbers from 0 to 1 that follow from a seed (xorshift). */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
