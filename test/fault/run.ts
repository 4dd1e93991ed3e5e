// `npm run faults`: every point of the matrix, or with words the points whose line contains all of them. Each line is a
// point and the end it came to.
import { openMatrix } from './matrix.ts'
import { endedByThemselves, lineOf } from './print.ts'

const words = process.argv.slice(2)
/** Stories mostly wait, so that two cores carry this many side by side. */
const laneCount = 6

const began = performance.now()
const matrix = await openMatrix({ laneCount })
try {
  const points = matrix.points.filter(({ story, process: name, moment, call }) =>
    words.every(word => `${story} ${name} ${moment} ${call}`.includes(word)),
  )
  console.log(`${points.length} points found in ${secondsSince(began)} s.\n`)
  const outcomes = await matrix.run(points, outcome => console.log(lineOf(outcome)))
  const left = await matrix.swept()
  for (const name of left) console.log(`Sealed token "${name}" was not swept.`)
  for (const said of endedByThemselves(matrix.lanes)) console.log(said)
  const failed = outcomes.filter(({ isConverged }) => !isConverged)
  if (failed.length > 0) console.log(`\nNot converged:\n${failed.map(lineOf).join('\n')}`)
  console.log(`\nTook ${secondsSince(began)} s.`)
  console.log(`${outcomes.length} points, ${outcomes.length - failed.length} converged`)
  process.exitCode = failed.length > 0 || left.length > 0 || outcomes.length === 0 ? 1 : 0
} finally {
  await matrix.close()
}

function secondsSince(at: number): string {
  return ((performance.now() - at) / 1000).toFixed(0)
}
