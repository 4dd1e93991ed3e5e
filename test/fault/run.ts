// `npm run faults`: every point of the crash matrix, every outage, and what befalls the cluster itself; or, with words, those
// whose line contains all of them. Each line is a point and its end.
import type { Lane } from './lane.ts'
import { openMatrix } from './matrix.ts'
import { endure, type Outage, outages } from './outages.ts'
import { endedByThemselves, type Line, lineOf, lineOfOutage } from './print.ts'
import { calamities, endureTogether } from './together.ts'

const words = process.argv.slice(2)
/** Stories mostly wait, so that two cores carry this many side by side. */
const laneCount = 7

const began = performance.now()
const matrix = await openMatrix({ laneCount })
try {
  const points = matrix.points.filter(({ story, process: name, moment, call }) =>
    isAskedFor(`${story} ${name} ${moment} ${call}`),
  )
  console.log(`${points.length} points found in ${secondsSince(began)} s.\n`)
  const lines = (await matrix.run(points, outcome => console.log(lineOf(outcome).text))).map(lineOf)
  const left = await matrix.swept()
  console.log(`\nTook ${secondsSince(began)} s. What befalls the world around:\n`)
  lines.push(...(await endureAll(matrix.lanes)))
  lines.push(...(await endureCalamities(matrix.lanes)))
  for (const name of left) console.log(`Sealed token "${name}" was not swept.`)
  for (const said of endedByThemselves(matrix.lanes)) console.log(said)
  const failed = lines.filter(({ isConverged }) => !isConverged)
  if (failed.length > 0) console.log(`\nNot converged:\n${failed.map(({ text }) => text).join('\n')}`)
  console.log(`\nTook ${secondsSince(began)} s.`)
  console.log(`${lines.length} points, ${lines.length - failed.length} converged`)
  process.exitCode = failed.length > 0 || left.length > 0 || lines.length === 0 ? 1 : 0
} finally {
  await matrix.close()
}

async function endureAll(lanes: readonly Lane[]): Promise<Line[]> {
  const lines: Line[] = []
  // The long ones first, so that nobody waits for them at the end.
  const waiting = Object.entries(outages)
    .filter(([sentence]) => isAskedFor(sentence))
    .sort(([, a], [, b]) => Number(b.isLong ?? false) - Number(a.isLong ?? false))
  const work = async (lane: Lane): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) lines.push(await told(next[0], lane, next[1]))
  }
  await Promise.all(lanes.map(work))
  return lines
}

async function told(sentence: string, lane: Lane, outage: Outage): Promise<Line> {
  const at = performance.now()
  const line = await endure(lane, outage).then(
    end => lineOfOutage(sentence, { end, isConverged: true, seconds: (performance.now() - at) / 1000 }),
    (error: unknown) => lineOfOutage(sentence, { end: String(error), isConverged: false, seconds: 0 }),
  )
  console.log(line.text)
  return line
}

async function endureCalamities(lanes: readonly Lane[]): Promise<Line[]> {
  const lines: Line[] = []
  for (const [sentence, calamity] of Object.entries(calamities).filter(([one]) => isAskedFor(one))) {
    const at = performance.now()
    const line = await endureTogether(lanes, calamity).then(
      ends =>
        lineOfOutage(sentence, { end: ends.join('; '), isConverged: true, seconds: (performance.now() - at) / 1000 }),
      (error: unknown) => lineOfOutage(sentence, { end: String(error), isConverged: false, seconds: 0 }),
    )
    console.log(line.text)
    lines.push(line)
  }
  return lines
}

function isAskedFor(line: string): boolean {
  return words.every(word => line.includes(word))
}

function secondsSince(at: number): string {
  return ((performance.now() - at) / 1000).toFixed(0)
}
