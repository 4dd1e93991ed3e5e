// How much the benchmarks of src/kube measure.

export type KubeScale = {
  /** Whether a peer that is missing is built. */
  mayBuild: boolean
  rounds: number
  /** Numbers of requests that are worked on. */
  reconciled: readonly number[]
  /** Numbers of alive requests that a start has to catch up with, rising. */
  alive: readonly number[]
  /** How many of the most are left alive when the others are history. */
  leftAlive: number
  /** Requests whose memory is measured. */
  held: number
  /** Events of a watch. */
  events: number
}

/** What the figures in docs/benchmarks.md come from. */
export const fullKube: KubeScale = {
  mayBuild: true,
  rounds: 5,
  reconciled: [2_000, 10_000],
  alive: [10_000, 100_000],
  leftAlive: 100,
  held: 10_000,
  events: 100_000,
}
/** Shows that everything works. */
export const smokeKube: KubeScale = {
  mayBuild: false,
  rounds: 1,
  reconciled: [40],
  alive: [120],
  leftAlive: 5,
  held: 100,
  events: 500,
}
