// `npm run versions`: the suites that depend on the API server, on each supported version of Kubernetes; or only on the
// versions that are named. Ends with a table.
import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { refuseVersion } from '../src/sim/controlplane/locate.ts'
import { isMinor, kubernetesVersions, type Minor, minorVariable } from '../src/sim/controlplane/places.ts'

/** Parts of the paths of the test files that are played. */
const folders = ['test/api/', 'test/deploy/', 'test/store/', 'test/kube/', 'test/contract/requests', 'test/story/']

type Row = { version: string; result: string; minutes: string; isGood: boolean }

const asked = process.argv.slice(2)
const unknown = asked.find(name => !isMinor(name))
if (unknown !== undefined) {
  console.error(
    `Kubernetes "${unknown}" is not one of the pinned versions: ${Object.keys(kubernetesVersions).join(', ')}.`,
  )
  process.exit(1)
}
const minors = (asked.length > 0 ? asked : Object.keys(kubernetesVersions)) as Minor[]
const rows: Row[] = []
for (const minor of minors) rows.push(await play(minor))
console.log(`\n| Kubernetes | API, deploy, store, client, story | minutes |\n| --- | --- | --- |`)
for (const { version, result, minutes } of rows) console.log(`| ${version} | ${result} | ${minutes} |`)
process.exitCode = rows.every(({ isGood }) => isGood) ? 0 : 1

async function play(minor: Minor): Promise<Row> {
  const version = kubernetesVersions[minor]
  const why = await refuseVersion(minor)
  if (why !== undefined) return { version, result: `skipped: ${why}`, minutes: '', isGood: true }
  console.log(`\nKubernetes ${version}`)
  const began = performance.now()
  const { code, last } = await run(minor)
  return {
    version,
    result: last,
    minutes: ((performance.now() - began) / 60_000).toFixed(1),
    isGood: code === 0,
  }
}

/** Runs the suites in sight; the last line has the counts. */
function run(minor: Minor): Promise<{ code: number | null; last: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['test/run.ts', ...folders], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, [minorVariable]: minor },
    })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      process.stdout.write(chunk)
    })
    child.on('error', reject)
    child.on('close', code => resolve({ code, last: output.trim().split('\n').at(-1) ?? '' }))
  })
}
