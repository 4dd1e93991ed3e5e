// `npm run bench`: figures compared with peers, all from one run on one API server. `npm run bench -- NAME` runs one
// benchmark; `--rounds N` changes how often each is measured, `--few` leaves out what takes long (a hundred thousand
// requests, ten thousand changes), `--events N` is the length of the log for audit, `--smoke` only shows that each works. Tables are for people, lines that begin
// with { for programs.
import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { locateApiServer } from '../../src/sim/controlplane/locate.ts'
import { usualMinor } from '../../src/sim/controlplane/places.ts'
import { ack } from './ack.ts'
import { approvals, fewApprovals, fullApprovals, smokeApprovals } from './approvals.ts'
import { approve } from './approve.ts'
import { audit, fullAudit, smokeAudit } from './audit.ts'
import { calls, fullCalls, smokeCalls } from './calls.ts'
import { fullKube, smokeKube } from './kube-scale.ts'
import { fullLife, life, smokeLife } from './life.ts'
import { memory } from './memory.ts'
import { page } from './page.ts'
import { processes } from './processes.ts'
import { type Line, machine, table } from './report.ts'
import { runtime } from './runtime.ts'
import { fullSandbox, sandbox, smokeSandbox } from './sandbox.ts'
import { type Scale, setStage, type Stage } from './stage.ts'
import { start } from './starting.ts'

const benches: Record<string, (scale: Scale) => Promise<Line[]>> = {
  ack: staged(ack),
  approvals: () => approvals(approvalsScale, say),
  approve: staged(approve),
  audit: () => audit(auditScale, say),
  calls: () => calls(values.smoke ? smokeCalls : fullCalls, say),
  life: () => life(values.smoke ? smokeLife : fullLife, say),
  page: staged(page),
  process: staged(processes),
  runtime: ({ rounds }) => runtime({ ...kubeScale, rounds }, say),
  sandbox: () => sandbox(values.smoke ? smokeSandbox : fullSandbox, say),
  start: ({ rounds }) => start({ ...kubeScale, rounds }, say),
  memory: ({ rounds }) => memory({ ...kubeScale, rounds }, say),
}
const full: Scale = {
  rounds: 5,
  warmUps: 1,
  started: ['gateway', 'auth', 'controller', 'all'],
  sequential: 100,
  paced: 100,
  idleMs: 1500,
  takeovers: 5,
}
const smoke: Scale = {
  rounds: 1,
  warmUps: 0,
  started: ['gateway', 'all'],
  sequential: 3,
  paced: 3,
  idleMs: 50,
  takeovers: 0,
}

const { values, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    smoke: { type: 'boolean' },
    rounds: { type: 'string' },
    few: { type: 'boolean' },
    events: { type: 'string' },
  },
})
const chosen = values.smoke ? smoke : full
const scale = { ...chosen, rounds: Number(values.rounds ?? chosen.rounds) }
const fewKube = { ...fullKube, alive: [10_000], reconciled: [2_000] }
const kubeScale = values.smoke ? smokeKube : values.few ? fewKube : fullKube
const approvalsScale = values.smoke ? smokeApprovals : values.few ? fewApprovals : fullApprovals
const auditScale = values.smoke ? smokeAudit : { ...fullAudit, events: Number(values.events ?? fullAudit.events) }
const say = (line: string): void => console.log(line)
const unknown = wanted.find(name => !(name in benches))
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

const { stdout } = await promisify(execFile)(await locateApiServer(usualMinor, { say }), ['--version'])
const kubernetes = stdout.trim().replace('Kubernetes ', '')
// Set when the first benchmark needs it; some have their own.
let stage: Stage | undefined
try {
  console.log(JSON.stringify(machine(kubernetes)))
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const lines = await bench(scale)
    console.log(`\n${table(lines)}\n`)
    for (const line of lines) console.log(JSON.stringify(line))
  }
  console.log(JSON.stringify(machine(kubernetes)))
} finally {
  await stage?.close()
}

function staged(bench: (stage: Stage, scale: Scale) => Promise<Line[]>): (scale: Scale) => Promise<Line[]> {
  return async scale => bench((stage ??= await setStage(say)), scale)
}
