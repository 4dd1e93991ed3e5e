// `node sandbox-child.ts COUNT`: the sandbox of npm start in this process, without a browser. Says when it is ready, then takes
// COUNT requests through whole granted lives, and says when the last one is settled. It ends when its standard input does.
import { setTimeout as pause } from 'node:timers/promises'
import { approve, ask, cast, reached, until } from '../../src/sandbox/plays.ts'
import { servePage } from '../../src/sandbox/page-server.ts'
import { Progress } from '../../src/sandbox/preparation.ts'
import { sandboxTown } from '../../src/sandbox/town.ts'
import { namespace, startWorld } from '../../src/sandbox/world.ts'
import { addPerson } from './people.ts'

/** How long the access lasts, which is shorter than the sample allows; and some time to account for it. */
const [seconds, longestLifeSeconds] = [10, 120]
/** A busy machine may need long for eight at once. */
const [atOnce, patienceSeconds] = [8, 120]

const count = Number(process.argv[2] ?? 1)
process.stdin.resume().on('end', () => void stop())
const town = await sandboxTown()
for (const { spec } of town.mappings) spec.duration = { ...spec.duration, min: '1s' }
const world = await startWorld({ town, isSmall: true })
world.slack.quota.isOn = world.pagerduty.quota.isOn = false
const page = await servePage({ world, progress: new Progress() }, 0)
console.log(JSON.stringify({ pid: process.pid }))

let next = 0
await Promise.all(Array.from({ length: atOnce }, liveOneByOne))
await until('the last is settled', areSettled, longestLifeSeconds)
console.log(JSON.stringify({ lives: count }))

async function liveOneByOne(): Promise<void> {
  while (next < count) await live(addPerson(world, next++))
}

async function live(person: { id: string; email: string }): Promise<void> {
  await ask(world, person, `/prod-db ${seconds}s replaying the failed payout batch`)
  const fieldSelector = `spec.requester.email=${person.email}`
  const name = await until('the request is stored', async () => {
    const { items } = await world.requests.list({ namespace, fieldSelector })
    return items[0]?.metadata.name
  })
  await approvePatiently(name)
  await reached(world, name, 'Provisioned', patienceSeconds)
  // As the open page of a person does.
  await (await fetch(`${page.url}/api/state?user=${person.id}`)).arrayBuffer()
}

/** On a busy machine the page may ask to try again in a minute. */
async function approvePatiently(name: string): Promise<void> {
  for (const end = Date.now() + patienceSeconds * 1000; ; await pause(2000))
    try {
      return void (await approve(world, name, cast.mo))
    } catch (error) {
      if (Date.now() > end) throw error
    }
}

async function areSettled(): Promise<true | undefined> {
  await pause(1000)
  const { items } = await world.requests.list({ namespace, fieldSelector: 'status.settled=false' })
  return items.length === 0 || undefined
}

async function stop(): Promise<void> {
  await page.close()
  await world.stop()
  process.exit(0)
}
