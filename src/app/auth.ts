// Composes the approver's pages.
import { createAuth } from '../auth/web/app.ts'
import { createLogin } from '../google/login.ts'
import { createPolicyService } from '../google/policy-service.ts'
import { createSealer, createUnsealer } from '../google/seal.ts'
import { createSignatureVerifier } from '../google/signature-verifier.ts'
import { probesOfAuth } from '../store/enforcement.ts'
import { createRequestChanges } from '../store/request-changes.ts'
import { createAliveRequests, standingIn } from '../store/alive-requests.ts'
import { createRequests } from '../store/requests.ts'
import { createSealedTokens } from '../store/sealed-tokens.ts'
import { createMappings } from '../store/mappings.ts'
import type { AuthConfig } from './config.ts'
import { createPoliciesSeen } from '../domain/granting/policies-seen.ts'
import type { OutsideService } from '../domain/audit/metric-labels.ts'
import { createEnforcement } from './enforcement.ts'
import { googleGroupsOf, ownIdentity } from './google.ts'
import type { Host, Part } from './host.ts'
import { counted, toldOfPolicies } from './outside-calls.ts'
import { redirectUriOf } from './redeem.ts'

/** Creates the pages. Nothing is served before their listener is mounted. */
export async function composeAuth(host: Host, config: AuthConfig): Promise<Part> {
  const { clock, transport, metrics, log, kubeLog, timers } = host
  const { people, externalRequesters, namespaces, tokenNamespace, sandbox, limits } = host.config
  const google = sandbox?.google ? { rootUrl: sandbox.google } : {}
  const authClient = await ownIdentity(sandbox)
  const watch = { transport, namespaces, timers, log: kubeLog, metrics }
  const [mappings, alive] = [createMappings(watch), createAliveRequests(watch)]
  const probes = probesOfAuth({ ...host.config, transport, clock })
  const enforcement = createEnforcement({ process: 'auth', probes, timers, log: kubeLog, metrics })
  const stopping = new AbortController()
  const policiesSeen = createPoliciesSeen({ clock, told: toldOfPolicies(metrics) })
  const to = (service: OutsideService) => ({ service, metrics })
  const app = createAuth({
    clock,
    requests: createRequests({ transport, clock }),
    standing: standingIn(alive),
    limits,
    changes: createRequestChanges({ transport }),
    mappings,
    login: counted(
      createLogin({
        clock,
        clientID: config.oauthClientID,
        clientSecret: config.oauthClientSecret,
        redirectUri: redirectUriOf(config),
        ...google,
      }),
      to('signIn'),
    ),
    verifier: counted(createSignatureVerifier({ clock, ...google }), to('signIn')),
    tickets: counted(createUnsealer({ key: config.ticketKey, authClient, clock, ...google }), to('kms')),
    tokens: counted(createSealer({ key: config.tokenKey, authClient, clock, ...google }), to('kms')),
    sealedTokens: createSealedTokens({ transport, namespace: tokenNamespace, clock }),
    policies: policiesSeen.watch(counted(createPolicyService({ clock, ...google }), to('resourceManager'))),
    googleGroups: await googleGroupsOf({ ...config, sandbox, clock, metrics }),
    people,
    hostedDomains: config.hostedDomains,
    externalRequesters,
    oauthClientID: config.oauthClientID,
    cookieKey: config.oauthClientSecret,
    publicUrl: config.publicUrl,
    stopping: stopping.signal,
    log,
    metrics: {
      answered: (page, outcome, owner) => metrics.count('hallpass_pages_total', { page, outcome, owner }),
      opened: how => metrics.count('hallpass_ticket_openings_total', { how }),
      limited: limit => metrics.count('hallpass_asks_limited_total', { limit }),
    },
  })
  return {
    listener: app,
    notReady: () => {
      if (!mappings.isSynced()) return 'the mappings have not been read yet'
      return alive.isSynced() ? enforcement.notReady() : 'the requests have not been read yet'
    },
    run: async signal => {
      signal.addEventListener('abort', () => stopping.abort(), { once: true })
      await Promise.all([mappings.run(signal), alive.run(signal), enforcement.run(signal)])
    },
  }
}
