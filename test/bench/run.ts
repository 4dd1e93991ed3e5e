// `npm run bench`: figures beside peers, all from one run on one API server. `npm run bench -- NAME` runs one benchmark;
// `--smoke` only shows that each one works. Tables are for people, lines that begin with { for programs.
import { ack } from './ack.ts'
import { approve } from './approve.ts'
import { processes } from './processes.ts'
import { type Line, machine, table } from './report.ts'
import { type Scale, setStage, type Stage } from './stage.ts'

const benches: Record<string, (stage: Stage, scale: Scale) => Promise<Line[]>> = { ack, approve, process: processes }
const full: Scale = { rounds: 5, sequential: 100, paced: 100, idleMs: 1500, takeovers: 5 }
const smoke: Scale = { rounds: 1, sequential: 3, paced: 3, idleMs: 50, takeovers: 0 }

const words = process.argv.slice(2)
const scale = words.includes('--smoke') ? smoke : full
const wanted = words.filter(word => word !== '--smoke')
const unknown = wanted.find(name => !(name in benches))
if (unknown !== undefined) {
  console.error(`There is no benchmark "${unknown}". There are: ${Object.keys(benches).join(', ')}.`)
  process.exit(2)
}

const stage = await setStage(line => console.log(line))
try {
  console.log(JSON.stringify(machine(stage.kubernetes)))
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    const lines = await bench(stage, scale)
    console.log(`\n${table(lines)}\n`)
    for (const line of lines) console.log(JSON.stringify(line))
  }
  console.log(JSON.stringify(machine(stage.kubernetes)))
} finally {
  await stage.close()
}
