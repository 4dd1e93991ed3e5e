// Reads what the files with attacks printed, and judges it. An attack counts only if its expected result was seen.
import { type Told, toldMark } from '../attacks.ts'

/** An attack and whether it ended as declared; `why` says what happened instead. */
export type Tried = { sentence: string; isRepelled: boolean; why?: string }

/** The attacks that a file declared, in its order. One that never ended, such as in a process that died, was not repelled. */
export function attacksOf(output: string): Tried[] {
  const told = output
    .split('\n')
    .filter(line => line.startsWith(toldMark))
    .map(line => JSON.parse(line.slice(toldMark.length)) as Told)
  const ends = told.filter(({ is }) => is !== 'declared')
  return told
    .filter(({ is }) => is === 'declared')
    .map(({ sentence }) => {
      const mine = ends.filter(end => end.sentence === sentence)
      const bad = mine.find(({ is }) => is === 'not repelled')
      const isRepelled = mine.length > 0 && !bad
      return { sentence, isRepelled, ...(!isRepelled && { why: bad?.why ?? 'it never ended' }) }
    })
}

/** Such as `a stranger denies … 403`, or the same with what went wrong. */
export function lineOf({ sentence, isRepelled, why = '' }: Tried): string {
  return isRepelled ? sentence : `NOT REPELLED: ${sentence}: ${why.split('\n')[0]}`
}

/** How many were repelled, and what makes this run no success. */
export function judge(tried: readonly Tried[], fewest: number): { repelled: number; faults: string[] } {
  const repelled = tried.filter(({ isRepelled }) => isRepelled).length
  const counts = new Map<string, number>()
  for (const { sentence } of tried) counts.set(sentence, (counts.get(sentence) ?? 0) + 1)
  const faults = [
    ...[...counts].filter(([, count]) => count > 1).map(([sentence]) => `Told twice, so counted twice: ${sentence}`),
    ...tried.filter(({ isRepelled }) => !isRepelled).map(lineOf),
    ...(tried.length < fewest ? [`Fewer than ${fewest} attacks were tried.`] : []),
  ]
  return { repelled, faults }
}
