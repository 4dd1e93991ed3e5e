// Composes the controller: one leader among replicas, which works on requests and mappings and deletes old objects.
import type { AccessRequest } from '../api/kinds.ts'
import { createReconciler } from '../controller/reconcile.ts'
import { createMappingReconciler } from '../controller/mapping/mapping.ts'
import { createConfirmation } from '../controller/ending/confirm.ts'
import { createDriftCheck, type DriftCheckOptions } from '../controller/drift/check.ts'
import { createTeller, forgetDrift, type TellerOptions } from '../controller/drift/tell.ts'
import { createSweeper, type Sweeper } from '../controller/ending/sweep.ts'
import type { OutsideService } from '../domain/audit/metric-labels.ts'
import { createPoliciesSeen, type PoliciesSeen } from '../domain/granting/policies-seen.ts'
import type { LogReadBack } from '../domain/audit/log-read-back.ts'
import type { Channels, CustomRoles } from '../domain/ports.ts'
import { isReviewAwaited } from '../domain/review/reviews.ts'
import { createAuditLog } from '../google/audit-log.ts'
import { createLogReadBack } from '../google/log-read-back.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { createSealer, createUnsealer } from '../google/seal.ts'
import { createSignatureVerifier } from '../google/signature-verifier.ts'
import { refOf } from '../kube/cache.ts'
import { createElector } from '../kube/elector.ts'
import { createManager } from '../kube/manager.ts'
import type { Queue } from '../kube/queue.ts'
import { createRecorder } from '../kube/recorder.ts'
import { pagerDutyUrls } from '../pagerduty/client.ts'
import { createPager, eventsUrls } from '../pagerduty/events.ts'
import { createOnCall } from '../pagerduty/on-call.ts'
import { createChannels } from '../slack/messages/channels.ts'
import { createChat } from '../slack/messages/chat.ts'
import { createClient } from '../slack/messages/client.ts'
import { createDirectory } from '../slack/messages/directory.ts'
import { probesOfController } from '../store/enforcement.ts'
import { createEvents } from '../store/events.ts'
import { createLatestRequests } from '../store/latest-requests.ts'
import { createRequests } from '../store/requests.ts'
import { createRetention } from '../store/retention.ts'
import { createSealedTokens } from '../store/sealed-tokens.ts'
import { createAliveRequests } from '../store/alive-requests.ts'
import { createLiveMappings, createMappings, createMappingStatuses } from '../store/mappings.ts'
import type { ControllerConfig, Installed } from './config.ts'
import { createEnforcement } from './enforcement.ts'
import { googleGroupsOf, logReaderScopes, ownIdentity, policiesReadBy, roleReaderScopes } from './google.ts'
import type { Host, Part } from './host.ts'
import { managedPart } from './managed-part.ts'
import { counted, toldOfPolicies } from './outside-calls.ts'

/**
 * How many requests are worked on together. Each waits for other services most of the time, and for up to five seconds for
 * its turn at a policy, so that with few workers the requests for one policy would keep all others waiting.
 */
export const workers = 32
const sweepSeconds = 300
/** A sweep reads the whole history, and may have to delete tens of thousands of requests. */
const longestSweepMs = 3_600_000
/** The keys of the sweeper's queue: two sweeps, and the comparison of policies with the record. */
const [tokensKey, requestsKey, driftKey] = ['all/tokens', 'all/requests', 'all/drift']

/** Creates the controller. It does nothing before it runs and leads. */
export async function composeController(host: Host, config: ControllerConfig): Promise<Part> {
  const { clock, transport, leaseTransport, metrics, kubeLog: log, timers, identity } = host
  const { people, externalRequesters, namespaces, tokenNamespace, systemNamespace, retainForSeconds, leaderElection } =
    host.config
  const watch = { transport, namespaces, timers, log, metrics }
  const [alive, mappings] = [createAliveRequests(watch), createMappings(watch)]
  const lease = { transport: leaseTransport, namespace: systemNamespace, name: 'hallpass-controller', identity }
  const elector = createElector({ ...lease, ...leaderElection, timers, log, metrics })
  // Most calls take at most a quarter of the lease. If one takes longer, the next leader finds its result.
  const mayAct = (): boolean => elector.mayAct(leaderElection.leaseSeconds * 250)
  const recorder = createRecorder({
    transport,
    reportingController: 'hallpass.dev/controller',
    reportingInstance: identity,
    timers,
    log,
    metrics,
  })
  const shared = {
    clock,
    mappings,
    onCall: onCallOf(host, config),
    events: createEvents(recorder),
    log,
    metrics,
    mayAct,
  }
  const requests = createRequests({ transport, clock })
  const sealedTokens = createSealedTokens({ transport, namespace: tokenNamespace, clock })
  const policiesSeen = createPoliciesSeen({ clock, told: toldOfPolicies(metrics) })
  const outside = await outsideOf(host, config, policiesSeen)
  const liveMappings = createLiveMappings({ transport, clock })
  const mappingStatuses = createMappingStatuses({ transport, clock })
  const stored = { requests: createLatestRequests(requests, { alive, timers }), liveMappings, sealedTokens }
  const { evidenceAfterSeconds } = host.config.sandbox ?? {}
  const own = { people, externalRequesters, evidenceAfterSeconds }
  const ofRequests = createReconciler({ ...config, ...shared, ...outside, ...stored, ...own })
  const ofMappings = createMappingReconciler({
    ...shared,
    mappingStatuses,
    settings: { organisation: { hostedDomains: config.hostedDomains, externalRequesters }, people },
    genericCommand: config.command,
    ...(config.readCustomRoles && { customRoles: await customRolesOf(host) }),
    userGroups: outside.directory.unhurried,
    googleGroups: outside.googleGroups,
    channels: outside.channels,
    pageRoutes: config.pageRoutes,
    policiesSeen,
    auditLog: outside.auditLog,
    publicUrl: config.publicUrl,
  })
  const retention = createRetention({ transport, namespaces, clock })
  const confirmation = createConfirmation({
    ...shared,
    readBack: outside.readBack,
    readAt: { auditLog: config.auditLog, place: config.auditView ?? config.auditLog.split('/logs/')[0] ?? '' },
  })
  const sweeper = createSweeper({
    ...shared,
    requests,
    sealedTokens,
    retention,
    confirmation,
    retainForSeconds,
    alive: () => alive.list(),
  })

  const drift = await driftOf(host, config, {
    mappings,
    alive: () => alive.list(),
    requests,
    liveMappings,
    mappingStatuses,
    events: shared.events,
    mayAct,
  })

  metrics.read('hallpass_requests', () => openRequests(alive.list()))
  metrics.read('hallpass_emergencies_unreviewed', () => [
    { labels: {}, value: alive.list().filter(isReviewAwaited).length },
  ])
  const manager = createManager({
    caches: { requests: alive, mappings },
    controllers: {
      accessrequest: { workers, reconcile: (key, signal) => ofRequests.reconcile(refOf(key), signal) },
      rolemapping: { reconcile: key => ofMappings.reconcile(refOf(key)) },
      sweep: {
        workers: 3,
        timeoutMs: longestSweepMs,
        reconcile: (key, signal) => (key === driftKey ? drift(signal) : sweep(sweeper, { key, signal, clock })),
      },
    },
    feed: queues => feed({ alive, mappings, queues }),
    elector,
    recorder,
    timers,
    log,
    metrics,
  })
  const probes = probesOfController({ ...host.config, transport, clock })
  const enforcement = createEnforcement({ process: 'controller', probes, timers, log, metrics })
  // Its work continues while a policy is missing, because granted access must still end and be recorded.
  return managedPart(manager, enforcement)
}

/** How many requests are in each phase that is not an end. A request that was just stored waits, too. */
function openRequests(alive: readonly AccessRequest[]): { labels: { phase: string }; value: number }[] {
  return ['Pending', 'Approved', 'Provisioned'].map(phase => ({
    labels: { phase },
    value: alive.filter(({ status }) => (status?.phase ?? 'Pending') === phase).length,
  }))
}

type Feeding = {
  alive: ReturnType<typeof createAliveRequests>
  mappings: ReturnType<typeof createMappings>
  queues: { accessrequest: Queue; rolemapping: Queue; sweep: Queue }
}

// Existing objects are due immediately, changed ones are due again. A change of a mapping also affects other mappings,
// because commands are unique, and the requests that name it.
function feed({ alive, mappings, queues }: Feeding): void {
  const all = (items: { metadata: { namespace?: string; name: string } }[]): string[] =>
    items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
  alive.onChange(key => queues.accessrequest.add(key))
  mappings.onChange(key => {
    queues.rolemapping.add(key)
    for (const other of all(mappings.list())) queues.rolemapping.add(other)
    for (const request of all(alive.by('byMapping', key))) queues.accessrequest.add(request)
  })
  for (const key of all(alive.list())) queues.accessrequest.add(key)
  for (const key of all(mappings.list())) queues.rolemapping.add(key)
  for (const key of [tokensKey, requestsKey, driftKey]) queues.sweep.add(key)
}

type Comparing = Pick<DriftCheckOptions, 'alive' | 'requests'> &
  Pick<TellerOptions, 'mappings' | 'liveMappings' | 'mappingStatuses' | 'events' | 'mayAct'>

/** The comparison of policies with the record, if a reader is configured; else what removes the result of earlier ones. */
async function driftOf(
  { clock, metrics, kubeLog: log, config: { sandbox, namespaces } }: Host,
  { drift }: ControllerConfig,
  comparing: Comparing,
): Promise<(signal: AbortSignal) => Promise<Date | undefined>> {
  const telling = { ...comparing, clock, log }
  if (!drift) return async () => forgetDrift(telling).then(() => undefined)
  const read = await policiesReadBy({ ...drift, sandbox, clock, metrics })
  const tell = createTeller(telling)
  return createDriftCheck({ ...telling, ...drift, namespaces, read, tell, random: Math.random, metrics })
}

type Sweep = { key: string; signal: AbortSignal; clock: Host['clock'] }

async function sweep({ sweepTokens, sweepRequests }: Sweeper, { key, signal, clock }: Sweep): Promise<Date> {
  await (key === tokensKey ? sweepTokens(signal) : sweepRequests(signal))
  return new Date(clock.now().getTime() + sweepSeconds * 1000)
}

function onCallOf(
  { clock, metrics, config: { sandbox } }: Host,
  { pagerDutyToken, pagerDutyRegion }: ControllerConfig,
): ReturnType<typeof createOnCall> {
  const rootUrl = sandbox?.pagerduty ?? pagerDutyUrls[pagerDutyRegion]
  return counted(createOnCall({ token: pagerDutyToken, clock, rootUrl }), { service: 'pagerduty', metrics })
}

// Loaded only when needed, because IAM's client is large.
async function customRolesOf({ clock, metrics, config: { sandbox } }: Host): Promise<CustomRoles> {
  const { createCustomRoles } = await import('../google/custom-roles.ts')
  const authClient = await ownIdentity(sandbox, roleReaderScopes)
  const roles = createCustomRoles({ authClient, clock, ...(sandbox?.google && { rootUrl: sandbox.google }) })
  return counted(roles, { service: 'iam', metrics })
}

type Outside = Pick<
  Parameters<typeof createReconciler>[0],
  | 'chat'
  | 'alerts'
  | 'directory'
  | 'googleGroups'
  | 'pager'
  | 'policies'
  | 'verifier'
  | 'tickets'
  | 'tokens'
  | 'auditLog'
> & { channels: Channels; readBack: LogReadBack }

async function outsideOf(
  { clock, metrics, config: { sandbox } }: Host,
  config: ControllerConfig,
  seen: PoliciesSeen,
): Promise<Outside> {
  const to = (service: OutsideService) => ({ service, metrics })
  const google = sandbox?.google ? { rootUrl: sandbox.google } : {}
  const authClient = await ownIdentity(sandbox)
  const eventsUrl = sandbox?.pagerdutyEvents ?? eventsUrls[config.pagerDutyRegion]
  const client = createClient({ token: config.botToken, ...(sandbox?.slack && { slackApiUrl: sandbox.slack }) })
  const { alerts, ...chat } = createChat({ client, clock })
  return {
    chat: counted(chat, to('slack')),
    alerts: counted(alerts, to('slack')),
    channels: counted(createChannels({ client, clock }), to('slack')),
    directory: counted(createDirectory({ client, clock, installedTeams: teamsOf(config.installed) }), to('slack')),
    googleGroups: await googleGroupsOf({ ...config, sandbox, clock, metrics }),
    pager: counted(createPager({ keys: config.pageKeys, clock, rootUrl: eventsUrl }), to('pages')),
    policies: seen.watch(counted(createPolicyService({ clock, ...google }), to('resourceManager'))),
    verifier: counted(createSignatureVerifier({ clock, ...google }), to('signIn')),
    tickets: counted(createSealer({ key: config.ticketKey, authClient, clock, ...google }), to('kms')),
    tokens: counted(createUnsealer({ key: config.tokenKey, authClient, clock, ...google }), to('kms')),
    auditLog: counted(
      createAuditLog({ project: config.auditLog.split('/')[1] ?? '', authClient, clock, ...google }),
      to('logging'),
    ),
    readBack: counted(
      createLogReadBack({ authClient: await ownIdentity(sandbox, logReaderScopes), clock, ...google }),
      to('logging'),
    ),
  }
}

/** Ids of the workspaces and of the organisation, if any. */
function teamsOf({ teamIDs, enterpriseID }: Installed): string[] {
  return [...teamIDs, ...(enterpriseID ? [enterpriseID] : [])]
}
