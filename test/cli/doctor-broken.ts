// Breaks one thing of an installation at a time: exactly its row turns, with what corrects it.
import * as assert from 'uvu/assert'
import type { Process, Row } from '../../src/app/doctor/check.ts'
import type { Run, Stage } from './doctor-stage.ts'

/** Repairs what was broken. */
export type Undo = () => unknown
/** One thing that is wrong, and what the doctor says. */
export type Broken = {
  of: Process
  run?: Run | undefined
  /** Breaks one thing, and returns what repairs it. */
  break?: () => Undo | Promise<Undo>
  /** The rows that turn; every other one stays ok. The first of them has the sentence and the remedy. */
  turns: Record<string, 'wrong' | 'unknown'>
  says: RegExp
  remedy?: RegExp
}

/** The rows that are not ok, by id, with the worst of each. */
function turned(rows: readonly Row[]): Record<string, string> {
  const worst = (id: string): string =>
    rows.some(row => row.id === id && row.result === 'wrong') ? 'wrong' : 'unknown'
  return Object.fromEntries(rows.filter(({ result }) => result !== 'ok').map(({ id }) => [id, worst(id)]))
}

// What was changed in a cluster counts there after a moment.
async function rowsOnce(
  stage: Stage,
  { of, run }: Pick<Broken, 'of' | 'run'>,
  isSeen: (rows: Row[]) => boolean,
): Promise<Row[]> {
  const until = Date.now() + 20_000
  for (;;) {
    const rows = await stage.rows(of, run)
    if (isSeen(rows) || Date.now() > until) return rows
  }
}

type Register = (name: string, body: () => Promise<void>) => void

/** A test for each fact. */
export function breakOneByOne(test: Register, stage: () => Stage, facts: Record<string, Broken>): void {
  for (const [name, fact] of Object.entries(facts))
    test(name, async () => {
      const undo = await fact.break?.()
      try {
        const rows = await rowsOnce(stage(), fact, seen => Object.keys(fact.turns).every(id => turned(seen)[id]))
        assert.equal(turned(rows), fact.turns)
        const [id] = Object.keys(fact.turns)
        const row = rows.find(each => each.id === id && each.result !== 'ok')
        assert.match(row?.says ?? '', fact.says)
        if (fact.remedy) assert.match(row?.remedy ?? '', fact.remedy)
      } finally {
        await undo?.()
        if (undo) await rowsOnce(stage(), { of: fact.of }, rows => rows.every(({ result }) => result === 'ok'))
      }
    })
}
