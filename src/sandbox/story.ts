#!/usr/bin/env node
// `npm run story`: the whole story without a browser: asked, approved through the real login, granted, really expired;
// then a denial. Exits with 0 only if the result is as promised. `--json` prints one object a line.
import { spawnSync } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { approve, ask, cast, deny, entriesOf, message, reached, stored, thread, until } from './plays.ts'
import { processNames } from './processes.ts'
import { startWorld, type World } from './world.ts'

const isJson = process.argv.includes('--json')
const began = performance.now()
let broken = 0

function say(step: string, text: string, facts: Record<string, unknown> = {}): void {
  const seconds = Number(((performance.now() - began) / 1000).toFixed(1))
  if (isJson) console.log(JSON.stringify({ seconds, step, text, ...facts }))
  else console.log(`${seconds.toFixed(1).padStart(6)} s  ${text}`)
}

/** Slack's text as a terminal can show it. */
function plain(text: string): string {
  return text
    .replace(/<!date\^[^|>]*\|([^>]*)>/g, '$1')
    .replace(/<#[A-Z0-9]+(\|[^>]*)?>/g, '#prod-access')
    .replaceAll('*', '')
}

/** Prints a promise and whether it is true, and counts those that are not. */
function promised(text: string, holds: boolean, facts: Record<string, unknown> = {}): void {
  if (!holds) broken += 1
  say('promise', `${holds ? 'yes' : 'NO '}  ${text}`, { holds, ...facts })
}

const { dana, mo } = cast
const project = 'projects/prod-eu'

try {
  const world = await startWorld({ say: line => (isJson ? undefined : console.log(line)) })
  try {
    say('ready', 'A Kubernetes API server, Google, Slack, PagerDuty (simulated) and the three processes are up.')
    await grantedAndEnded(world)
    await denied(world)
    noStandingPower(world)
    show(world)
  } catch (error) {
    for (const name of processNames) console.error(`${name} printed:\n${await world.processes.log(name)}`)
    throw error
  } finally {
    await world.stop()
  }
  say('end', broken === 0 ? 'Everything is as promised.' : `${broken} promises are not kept.`, { broken })
} catch (error) {
  broken += 1
  say('failed', error instanceof Error ? error.message : String(error))
}
process.exitCode = broken === 0 ? 0 : 1

async function grantedAndEnded(world: World): Promise<void> {
  say('ask', 'Dana types: /prod-db 1m INC-1234 replaying the failed payout batch')
  const { answer, name } = await ask(world, dana, '/prod-db 1m INC-1234 replaying the failed payout batch')
  say('acknowledged', `Slack tells Dana: ${plain(answer)}`)
  if (!name) throw new Error('Nothing was asked.')
  const asking = await message(world, name, 'approve')
  say('asked', `In #prod-access: ${plain(asking.text.split('\n').at(-1) ?? '')}`)
  say('approve', 'Mo presses Approve, reads the page and signs in with Google.')
  const page = await approve(world, name, mo)
  say('approved', `The page says: ${page.text.slice(0, 160)}`)
  const granted = await reached(world, name, 'Provisioned')
  const { startsAt = '', expiresAt = '' } = granted.status ?? {}
  say('granted', `Provisioned: approved by ${granted.status?.approvedBy}, until ${expiresAt}.`)
  const { uid } = granted.metadata
  const policy = world.google.policies.read(project)
  for (const { role } of granted.spec.grants) {
    const own = policy?.bindings.filter(({ condition }) => condition?.title === `hallpass ${uid}`) ?? []
    const mine = own.filter(binding => binding.role === role)
    const text = `request.time >= timestamp("${startsAt}") && request.time < timestamp("${expiresAt}")`
    promised(
      `${project} holds one binding of ${role} for Dana, until ${expiresAt}`,
      own.length === granted.spec.grants.length &&
        mine.length === 1 &&
        mine[0]?.members.join() === `user:${dana.email}` &&
        mine[0].condition?.expression === text,
    )
    const inside = new Date(Date.parse(startsAt) + 1000)
    promised(`Dana can use ${role} inside that time`, world.google.holds(dana.email, role, project, inside))
  }
  const lasts = Math.ceil((Date.parse(expiresAt) - Date.now()) / 1000)
  say('waiting', `The access ends by itself. Waiting ${lasts} s for it.`)
  const ended = await reached(world, name, 'Expired', lasts + 15)
  say('expired', `Expired at ${ended.status?.endedAt}.`)
  for (const { role } of granted.spec.grants)
    promised(`IAM itself refuses ${role} to Dana now`, !world.google.holds(dana.email, role, project))
  await told(world, name)
  await accounted(world, name, uid)
}

async function told(world: World, name: string): Promise<void> {
  const said = await until('Dana is told of the end', async () => {
    const lines = await thread(world, name)
    return lines.length >= 2 ? lines : undefined
  })
  for (const line of said) say('told', `In the thread: ${plain(line.split('\n')[0] ?? '')}`)
  const one = world.slack.state
    .messages('C0PRODACCESS')
    .filter(each => each.threadTs === undefined && JSON.stringify(each.blocks).includes(name))
  promised('there is one current message in the channel', one.length === 1)
}

async function accounted(world: World, name: string, uid: string): Promise<void> {
  await until('the request is settled', async () => ((await stored(world, name))?.status?.settled ? true : undefined))
  const sequence = entriesOf(world, uid).map(({ insertId }) => Number(insertId.split('-').at(-1)))
  promised(
    `Cloud Logging has ${sequence.length} entries of it, without a gap`,
    sequence.length >= 5 && sequence.every((seq, i) => seq === i + 1),
  )
}

async function denied(world: World): Promise<void> {
  say('ask', 'Dana types: /prod-db INC-1235 just looking around')
  const { name } = await ask(world, dana, '/prod-db INC-1235 just looking around')
  if (!name) throw new Error('Nothing was asked.')
  await deny(world, name, mo, 'use the replica')
  const end = await reached(world, name, 'Denied')
  say('denied', `Mo denied it: ${end.status?.decisions?.[0]?.comment}`)
  await until('Dana is told', async () => ((await thread(world, name)).length > 0 ? true : undefined))
  for (const line of await thread(world, name)) say('told', `In the thread: ${plain(line.split('\n')[0] ?? '')}`)
  const policy = JSON.stringify(world.google.policies.read(project))
  promised('nothing was granted', !policy.includes(end.metadata.uid))
  await until('the request is settled', async () => ((await stored(world, name))?.status?.settled ? true : undefined))
}

function noStandingPower(world: World): void {
  const writes = world.google.calls.filter(({ method }) => method === 'SetIamPolicy')
  const operators = writes.filter(({ principal }) => principal?.includes('gserviceaccount'))
  promised(
    `the policy was written ${writes.length} times, each time by Mo, never by an identity of Hallpass`,
    writes.length > 0 && operators.length === 0 && writes.every(({ principal }) => principal === mo.email),
  )
}

function show(world: World): void {
  const { stdout } = spawnSync(world.cluster.kubectl, ['get', 'accessrequests', '-n', 'hallpass', '-o', 'wide'], {
    env: { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath },
    encoding: 'utf8',
  })
  const entries = world.google.logs.entries().map(entry => {
    const {
      event = '',
      message = '',
      request,
    } = entry.jsonPayload as {
      event?: string
      message?: string
      request?: { name?: string }
    }
    return { at: entry.timestamp, severity: entry.severity, request: request?.name ?? '', event, message }
  })
  if (isJson) return say('shown', 'kubectl and Cloud Logging', { kubectl: stdout, entries })
  console.log(`\n$ kubectl get accessrequests -o wide\n${stdout}\nCloud Logging, projects/hallpass-ops/logs/hallpass`)
  for (const { at, event, message } of entries) console.log(`  ${at}  ${event.padEnd(14)}  ${message}`)
  console.log('')
}
