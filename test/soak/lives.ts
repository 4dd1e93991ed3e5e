// The lives that a soak is made of, as those who act in them: the gateway stores the ask, and once the manager can read it in
// the channel it is denied, withdrawn, or approved with a real sign-in, granted for some seconds, and ended by time.
import type { AccessRequest, Decision, RoleMapping } from '../../src/api/kinds.ts'
import { newRequest, requestName, triggerDigest } from '../../src/domain/asking/asking.ts'
import { instant } from '../../src/domain/asking/duration.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { sealedTokenAad, sealedTokenName, encodeSealed } from '../../src/domain/approval/sealed-token.ts'
import { noMetrics, silentLog, systemTimers } from '../../src/kube/environment.ts'
import { createTransport, type Transport } from '../../src/kube/transport.ts'
import { createSealer } from '../../src/google/seal.ts'
import { cast } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { createRequests } from '../../src/store/requests.ts'
import { createSealedTokens } from '../../src/store/sealed-tokens.ts'
import { createAliveRequests } from '../../src/store/alive-requests.ts'
import { signedInFor } from '../attack/forging.ts'
import { identity } from '../google/fixture.ts'

/** How long granted access lasts; the mapping must allow so little. With less, the time of a grant can be over on a busy machine. */
export const grantSeconds = 15

export type Lives = {
  /** Takes the nth request from its ask until it is settled. */
  live(n: number): Promise<void>
  close(): Promise<void>
}

const clock = { now: () => new Date() }
/** As many people as one policy lets ask for the same role at once. */
const peopleCount = 50

/** The people in a soak, with people who may ask. */
export async function startLives(world: World, mapping: RoleMapping): Promise<Lives> {
  addPeople(world)
  const [gateway, auth] = await Promise.all([as(world, 'hallpass-gateway'), as(world, 'hallpass-auth')])
  const asks = createRequests({ transport: gateway, clock })
  const approvals = createRequests({ transport: auth, clock })
  const tokens = createSealedTokens({ transport: auth, namespace: 'hallpass-tokens', clock })
  const authClient = identity(defaultIdentities.auth.token)
  const sealer = createSealer({ key: defaultKeys.token, authClient, clock, rootUrl: world.google.url })
  const watch = watchOf(gateway)

  const ask = async (n: number): Promise<AccessRequest> => {
    const digest = triggerDigest('T0HALLPASS', `${process.pid}-${Math.random()}`)
    const wanted = newRequest(readMapping(mapping), {
      name: requestName('prod-db', digest),
      seconds: grantSeconds,
      reason: 'INC-1 soaking',
      origin: 'slack',
      requester: personOf(n),
      slack: { teamID: 'T0HALLPASS', channelID: 'C0PRODACCESS', triggerDigest: digest },
    })
    const stored = await asks.create(wanted)
    if (!('created' in stored)) throw new Error('A name came twice.')
    return stored.created
  }

  const approve = async (request: AccessRequest): Promise<Decision> => {
    const { idToken, accessToken, salt, decision } = await signedInFor(world, request, { email: cast.mo.email })
    const { uid } = request.metadata
    const hash = decision.evidence?.hash ?? ''
    const sealed = await sealer.seal(encodeSealed({ accessToken, idToken, salt }), sealedTokenAad(uid, hash))
    await tokens.create(sealedTokenName(uid, hash), uid, sealed)
    return decision
  }

  /** A quarter is granted, a quarter withdrawn, half is denied. */
  const decisionFor = async (n: number, request: AccessRequest): Promise<Decision> => {
    if (n % 4 === 0) return approve(request)
    const at = instant(clock.now())
    if (n % 4 === 1) return { id: 'withdrawn-soak', verdict: 'Withdrawn', who: request.spec.requester, at }
    return { id: 'denied-soak', verdict: 'Denied', who: { email: cast.mo.email, slackUserID: cast.mo.id }, at }
  }

  return {
    live: async n => {
      const { metadata } = await ask(n)
      const key = `${metadata.namespace}/${metadata.name}`
      const writer = n % 4 === 0 ? approvals : asks
      let decision: Decision | undefined
      for (let tried = ''; ;) {
        const seen = await watch.until(key, one => isPosted(one) && one?.metadata.resourceVersion !== tried)
        if (!seen) throw new Error(`"${key}" is gone before anybody decided.`)
        tried = seen.metadata.resourceVersion
        decision ??= await decisionFor(n, seen)
        if ((await writer.patchStatus(seen, { decisions: [decision] })) !== 'conflict') break
      }
      await watch.until(key, one => one === undefined)
      const end = await asks.get(metadata)
      const wanted = { Approved: 'Expired', Denied: 'Denied', Withdrawn: 'Withdrawn' }[decision.verdict]
      if (end?.status?.phase !== wanted)
        throw new Error(`"${key}" ended as ${end?.status?.phase}: ${JSON.stringify(end?.status?.conditions)}`)
    },
    close: async () => {
      await watch.close()
      await Promise.all([gateway.close(), auth.close()])
    },
  }
}

function isPosted(request: AccessRequest | undefined): boolean {
  return request?.status?.message?.ts !== undefined
}

function personOf(n: number): { email: string; slackUserID: string; name: string } {
  const id = n % peopleCount
  return { email: `soak${id}@example.com`, slackUserID: `U0SOAK${id}`, name: `Soak ${id}` }
}

function addPeople({ slack, google }: World): void {
  const channel = slack.state.channels.get('C0PRODACCESS')
  for (let n = 0; n < peopleCount; n++) {
    const { email, slackUserID: id, name } = personOf(n)
    slack.state.users.set(id, { id, name: id.toLowerCase(), real_name: name, email })
    channel?.members.push(id)
    google.seeds.people.push({ email, name, sub: `sub-${id}`, hd: 'example.com' })
  }
}

async function as({ cluster }: World, account: string): Promise<Transport> {
  const token = await cluster.serviceAccountToken('hallpass-system', account, 24 * 3600)
  return createTransport({ server: cluster.server, ca: cluster.ca, token: async () => token }, { connections: 32 })
}

type Watch = {
  /** The request, undefined when it is not alive, once `is` holds for it. */
  until(key: string, is: (request: AccessRequest | undefined) => boolean): Promise<AccessRequest | undefined>
  close(): Promise<void>
}

function watchOf(transport: Transport): Watch {
  const alive = createAliveRequests({
    transport,
    namespaces: [namespace],
    timers: systemTimers,
    log: silentLog,
    metrics: noMetrics,
  })
  const waiting = new Map<string, () => void>()
  alive.onChange(key => waiting.get(key)?.())
  const stop = new AbortController()
  const running = alive.run(stop.signal)
  const seen = new Set<string>()
  return {
    until: (key, is) =>
      new Promise(resolve => {
        const look = (): void => {
          const [, name = ''] = key.split('/')
          const request = alive.get({ namespace, name })
          if (request) seen.add(key)
          // What has not been seen yet is not gone.
          if (!is(request) || (!request && !seen.has(key))) return
          if (!request) seen.delete(key)
          waiting.delete(key)
          resolve(request)
        }
        waiting.set(key, look)
        look()
      }),
    close: async () => {
      stop.abort()
      await running
    },
  }
}
