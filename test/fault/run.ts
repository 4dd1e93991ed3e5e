// `npm run faults`: every point of the crash matrix, every outage, and every restart of the API server and its store; or,
// with words, only those whose line contains all the words. Each line is a point and its end.
import type { Installation } from './installation.ts'
import { openMatrix } from './matrix.ts'
import { nextFor, playThrough, type Outage, outages } from './outages.ts'
import { endedByThemselves, type Line, lineOf, lineOfOutage } from './print.ts'
import { restarts, playThroughRestart } from './restarts.ts'

const words = process.argv.slice(2)
/** Stories mostly wait, so that two cores carry this many side by side, and one in Socket Mode. */
const installationCount = 6

const began = performance.now()
const matrix = await openMatrix({ installationCount, socketCount: 1 })
try {
  const points = matrix.points.filter(({ story, process: name, moment, call, slackMode }) =>
    isAskedFor(`${story} ${name} ${moment} ${call} ${slackMode}`),
  )
  console.log(`${points.length} points found in ${secondsSince(began)} s.\n`)
  const lines = (await matrix.run(points, outcome => console.log(lineOf(outcome).text))).map(lineOf)
  const left = await matrix.swept()
  console.log(`\nTook ${secondsSince(began)} s. Outages and restarts:\n`)
  lines.push(...(await playOutages(matrix.installations)))
  lines.push(...(await playRestarts(matrix.installations)))
  for (const name of left) console.log(`Sealed token "${name}" was not swept.`)
  for (const said of endedByThemselves(matrix.installations)) console.log(said)
  const failed = lines.filter(({ isConverged }) => !isConverged)
  if (failed.length > 0) console.log(`\nNot converged:\n${failed.map(({ text }) => text).join('\n')}`)
  console.log(`\nTook ${secondsSince(began)} s.`)
  console.log(`${lines.length} points, ${lines.length - failed.length} converged`)
  process.exitCode = failed.length > 0 || left.length > 0 || lines.length === 0 ? 1 : 0
} finally {
  await matrix.close()
}

async function playOutages(installations: readonly Installation[]): Promise<Line[]> {
  const lines: Line[] = []
  // The long ones first, so that nobody waits for them at the end.
  const waiting = Object.entries(outages)
    .filter(([sentence]) => isAskedFor(sentence))
    .sort(([, a], [, b]) => Number(b.isLong ?? false) - Number(a.isLong ?? false))
    .map(([sentence, outage]) => ({ sentence, outage }))
  const work = async (installation: Installation): Promise<void> => {
    for (let next = nextFor(installation, waiting); next; next = nextFor(installation, waiting))
      lines.push(await playOutage(next.sentence, installation, next.outage))
  }
  await Promise.all(installations.map(work))
  return lines
}

async function playOutage(sentence: string, installation: Installation, outage: Outage): Promise<Line> {
  const at = performance.now()
  const line = await playThrough(installation, outage).then(
    end => lineOfOutage(sentence, { end, isConverged: true, seconds: (performance.now() - at) / 1000 }),
    (error: unknown) => lineOfOutage(sentence, { end: String(error), isConverged: false, seconds: 0 }),
  )
  console.log(line.text)
  return line
}

async function playRestarts(installations: readonly Installation[]): Promise<Line[]> {
  const lines: Line[] = []
  for (const [sentence, restart] of Object.entries(restarts).filter(([one]) => isAskedFor(one))) {
    const at = performance.now()
    const line = await playThroughRestart(installations, restart).then(
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
