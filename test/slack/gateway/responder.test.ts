import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import { failed } from '../../../src/slack/gateway/answers.ts'
import { askForm, resultForm } from '../../../src/slack/gateway/forms.ts'
import { createForms, createRespond } from '../../../src/slack/gateway/responder.ts'
import { offers } from '../../../src/domain/mapping/offers.ts'
import { mapping } from '../../builders/mapping.ts'
import { MemoryMappings } from '../../fakes/mappings.ts'
import { channel, inSlack } from '../workspace.ts'

const test = suite('answers that come later')
let statuses: number[] = []
let bodies: Record<string, unknown>[] = []
const server: Server = createServer((req, res) => {
  let body = ''
  req.on('data', chunk => (body += String(chunk)))
  req.on('end', () => {
    bodies.push(JSON.parse(body) as Record<string, unknown>)
    const status = statuses.shift() ?? 200
    if (status === 0) res.destroy()
    else res.writeHead(status, { location: 'https://evil.example/' }).end('ok')
  })
})
const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
test.before(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)))
test.after(() => {
  server.closeAllConnections()
  server.close()
})
test.before.each(() => {
  bodies = []
})

const facts: Record<string, { statuses: number[]; sent: number; fails?: boolean }> = {
  'is taken at once': { statuses: [200], sent: 1 },
  'is tried again after a server error': { statuses: [503, 200], sent: 2 },
  'is tried again after a broken connection': { statuses: [0, 200], sent: 2 },
  'is given up after three tries': { statuses: [500, 500, 500, 200], sent: 3, fails: true },
  'is given up when Slack says no': { statuses: [404], sent: 1, fails: true },
  'follows nobody elsewhere': { statuses: [302, 302, 302], sent: 3, fails: true },
}
table(test, facts, async fact => {
  statuses = [...fact.statuses]
  const respond = createRespond({ origin: origin(), pause: async () => undefined })
  const error = await respond(`${origin()}/commands/secret-part`, failed()).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.is(error instanceof Broken, fact.fails ?? false)
  assert.not.match(String((error as Error | undefined)?.stack), 'secret-part')
  assert.is(bodies.length, fact.sent)
  assert.is(bodies[0]?.['response_type'], 'ephemeral')
  assert.is(bodies[0]?.['replace_original'], false)
})

const elsewhere = [
  'https://hooks.slack.com.evil.example/x',
  'http://hooks.slack.com/x',
  'https://hooks.slack.com@evil.example/x',
  'http://169.254.169.254/computeMetadata/v1/',
  'not an address',
]
test('goes to no other address than Slack', async () => {
  const respond = createRespond({ pause: async () => undefined })
  for (const url of elsewhere) {
    const error: unknown = await respond(url, failed()).catch((thrown: unknown) => thrown)
    assert.instance(error, Broken)
    assert.match((error as Error).message, 'another address')
  }
})

test('forms open once per trigger and change while they are open', () =>
  inSlack(async ({ sim, client, clock }) => {
    const forms = createForms({ client, clock })
    // A delivery that nobody handles still has a trigger.
    await sim.desktop.slashCommand({ user: 'U0DANA', channel, command: '/access' })
    const trigger = new URLSearchParams(sim.sender.deliveries[0]?.body).get('trigger_id') ?? ''
    const [chosen] = offers(new MemoryMappings([mapping()]))
    const form = askForm(chosen ? [chosen] : [], { chosen }, { channelID: 'C1' })
    await forms.open(trigger, form)
    const [view] = sim.state.openViews('U0DANA')
    assert.is(view?.view['private_metadata'], form.private_metadata)
    await forms.open(trigger, form)
    assert.is(sim.state.openViews('U0DANA').length, 1)
    assert.instance(await forms.open('1.2.unknown', form).catch((thrown: unknown) => thrown), Broken)
    const { id = '', hash = '' } = view ?? {}
    await forms.update(id, resultForm(failed(), 'Ask for access'), hash)
    assert.match(JSON.stringify(sim.state.openViews('U0DANA')[0]?.view), 'areq-500')
    assert.instance(await forms.update(id, form, hash).catch((thrown: unknown) => thrown), Broken)
    assert.instance(await forms.update('V0CLOSED', form).catch((thrown: unknown) => thrown), Broken)
  }))

test.run()
