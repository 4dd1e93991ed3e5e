// What the longer test files cost, measured alone on two cores. test/schedule.ts reads it; `npm test` says when it is out of
// date. To measure a file again: `/usr/bin/time -f "%e %U %S" node test/run.ts FILE`.
import type { Costs } from './schedule.ts'

export const costs: Costs = {}
