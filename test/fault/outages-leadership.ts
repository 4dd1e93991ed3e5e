// Outages of our processes themselves: they are frozen, doubled, rolled out, or killed at the worst moment.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { processNames } from '../../src/sandbox/processes.ts'
import type { Installation } from './installation.ts'
import type { Outage } from './outages.ts'

/** Beyond the lease, and well within the time that is asked for. */
const frozenMs = 6_000
const policyWrite = 'POST /v3/projects/*:setIamPolicy #1'
const unauthenticated = {
  status: 401,
  body: { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } },
}

function frozenLeader(atCall: string): Outage {
  // The calls of the process that woke up: from then until it has ended.
  let from: number | undefined
  let to: number | undefined
  let frozen: { identity: string; until: Date } | undefined
  return {
    story: 'granted',
    seconds: 20,
    start: async installation => {
      const others = await installation.double()
      const { controller } = installation.processes
      from = to = frozen = undefined
      const leader = await leaderOf(installation)
      let ended: NodeJS.Timeout | undefined
      const wake = (): void => {
        from = installation.proxies.controller.calls.length
        frozen = { identity: leader, until: new Date() }
        const endsBefore = controller.ends.length
        controller.signal('SIGCONT')
        ended = setInterval(() => {
          if (controller.ends.length === endsBefore) return
          clearInterval(ended)
          to = installation.proxies.controller.calls.length
        }, 10)
      }
      let hasFrozen = false
      installation.proxies.controller.hear(name => {
        if (hasFrozen || !name.startsWith(atCall)) return
        hasFrozen = true
        controller.signal('SIGSTOP')
        setTimeout(wake, frozenMs)
      })
      return async () => {
        clearInterval(ended)
        installation.proxies.controller.hear(undefined)
        await others.stop()
      }
    },
    hasHappened: installation => {
      // On a slow machine it may have lost its lease before; then the outage did not happen.
      if (!frozen || from === undefined || to === undefined) return false
      const changes = installation.proxies.controller.calls.slice(from, to).filter(isChange)
      assert.ok(changes.length <= 1, `after it woke up: ${changes.join(', ')}`)
      const recorded = changesIn(installation, frozen.identity)
      assert.ok(recorded.length > 0, 'the API server knows the process that froze')
      const late = recorded.filter(({ at }) => at >= Number(frozen?.until))
      assert.ok(late.length <= 1, `recorded after it woke up: ${late.map(({ what }) => what).join(', ')}`)
      return true
    },
  }
}

type HeldLease = { spec: { holderIdentity: string } }

async function leaderOf({ cluster, namespace }: Installation): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/hallpass-controller`
  const { spec } = await cluster.transport.request<HeldLease>({ method: 'GET', path })
  return spec.holderIdentity
}

type Audited = {
  userAgent: string
  verb: string
  objectRef: { resource: string; name?: string }
  requestReceivedTimestamp: string
}

/** What a process asked the API server to change, by the API server's own record. */
function changesIn({ cluster }: Installation, identity: string): { what: string; at: number }[] {
  const lines = readFileSync(join(cluster.controlPlane.folder, 'audit.log'), 'utf8').split('\n').filter(Boolean)
  return lines
    .map(line => JSON.parse(line) as Audited)
    .filter(({ userAgent, objectRef }) => userAgent.includes(identity) && !untold.includes(objectRef.resource))
    .map(({ verb, objectRef: { resource, name }, requestReceivedTimestamp }) => ({
      what: `${verb} ${resource} ${name}`,
      at: Date.parse(requestReceivedTimestamp),
    }))
}

/** Changes that nobody reads as what they hold: what happened is told, and the lease is the elector's own. */
const untold = ['events', 'leases']

/** Whether a call changes what people hold or read; events of the cluster are only told. */
function isChange(name: string): boolean {
  return !name.startsWith('GET ') && !name.includes(' events ') && !/:(get|test)Iam|:decrypt/.test(name)
}

/** By their sentences. */
export const leadershipOutages: Record<string, Outage> = {
  // The second controller takes over in the middle of the grant, and the first wakes up in the middle of its step.
  'the leader freezes beyond its lease while it records a grant, another one leads, and the first wakes up':
    frozenLeader('PATCH accessrequests/*/status {grants'),
  'the leader freezes beyond its lease while it reads a policy, another one leads, and the first wakes up':
    frozenLeader('POST /v3/projects/*:getIamPolicy'),
  'two of each process serve at once': {
    story: 'granted',
    start: async installation => {
      const others = await installation.double()
      return () => others.stop()
    },
  },
  'all processes are rolled out repeatedly': {
    story: 'granted',
    seconds: 25,
    start: installation => {
      let isOver = false
      const roll = async (): Promise<void> => {
        while (!isOver) for (const name of processNames) if (!isOver) await installation.processes[name].restart()
      }
      const rolling = roll()
      return async () => {
        isOver = true
        await rolling
      }
    },
  },
  'the controller dies at a policy write, and the sign-in ends before it is back': {
    story: 'granted',
    end: 'in doubt',
    // Long enough that the controller is back before the end also on a busy machine: after it there is no doubt to tell.
    seconds: 25,
    start: installation => {
      installation.proxies.controller.arm({ call: policyWrite, moment: 'unanswered' })
      const struck = setInterval(() => {
        if (!installation.proxies.controller.hasStruck()) return
        clearInterval(struck)
        installation.google.faults.add({ route: 'POST /v3/*', times: 1000, ...unauthenticated })
      }, 5)
      return () => {
        clearInterval(struck)
        installation.google.faults.clear()
      }
    },
    hasHappened: installation => installation.proxies.controller.hasStruck(),
  },
}
