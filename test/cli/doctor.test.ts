// `hallpass doctor` on a real API server and the simulators: everything is ok; then one thing is broken at a time, and
// exactly its row turns, with what corrects it.
import * as assert from 'uvu/assert'
import { checks } from '../../src/app/doctor/list.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { mappingsPath } from '../deploy/fixture.ts'
import { type Broken, breakOneByOne, type Undo } from './doctor-broken.ts'
import { openStage, secretsOf, type Stage } from './doctor-stage.ts'

const test = suite('doctor', { timeoutMs: 120_000 })
let stage: Stage
test.before(async () => {
  stage = await openStage()
})
test.after(() => stage.close())

const breaks = (facts: Record<string, Broken>): void => breakOneByOne(test, () => stage, facts)

for (const process of ['gateway', 'auth', 'controller'] as const) {
  test(`everything of the ${process} is ok, asked by an administrator`, async () => {
    const { code, out, err } = await stage.run(process)
    assert.match(out, /\n\d+ rows ok, 0 wrong, 0 unknown\.\n$/)
    assert.match(err, /^Asking \d+ questions, 6 at a time\.\n(\d+ of \d+: [a-z-]+ \([a-z]+\) ok\n)+$/)
    assert.is(code, 0)
  })

  test(`everything of the ${process} is ok, asked from its pod`, async () => {
    const { code, out } = await stage.run(process, { places: await stage.podOf(process) })
    assert.match(
      out,
      /\n\d+ rows ok, 0 wrong, 0 unknown\.\nNot asked, because no process may see it: cluster-policy-text, cluster-others\./,
    )
    assert.is(code, 0)
  })
}

test('wrong counts more than unknown, and unknown more than ok, in the exit code', async () => {
  const silent = { route: 'GET /*', times: 1000, status: 503 }
  stage.slack.faults.add({ ...silent, route: '* /api/conversations.info' })
  try {
    assert.is((await stage.run('gateway')).code, 2)
    const { code, out } = await stage.run('gateway', { secrets: { 'slack-app-token': 'xapp-not-used' } })
    assert.is(code, 1)
    assert.match(out, /1 wrong, 1 unknown\.\n$/)
  } finally {
    stage.slack.faults.clear()
  }
})

const clusterPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/accessrequests.hallpass.dev'
const admission = '/apis/admissionregistration.k8s.io/v1'
const rbac = '/apis/rbac.authorization.k8s.io/v1'

/** Changes an object by a merge patch, and puts it back. */
async function patched(path: string, change: (object: never) => object): Promise<Undo> {
  const { transport } = stage.cluster
  const patch = (body: object): Promise<unknown> =>
    transport.request({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body })
  const before = await transport.request<{ spec: object }>({ method: 'GET', path })
  await patch(change(structuredClone(before) as never))
  return () => patch({ spec: before.spec })
}

/** Creates an object, and deletes it. */
async function created(path: string, body: { metadata: { name: string }; [more: string]: unknown }): Promise<Undo> {
  const { transport } = stage.cluster
  await transport.request({ method: 'POST', path, body })
  return () => transport.request({ method: 'DELETE', path: `${path}/${body.metadata.name}` })
}

async function deleted(path: string): Promise<Undo> {
  const { transport } = stage.cluster
  const before = await transport.request<{ metadata: { name: string }; [more: string]: unknown }>({
    method: 'GET',
    path,
  })
  await transport.request({ method: 'DELETE', path })
  const { name } = before.metadata
  const body = { ...before, metadata: { name } }
  return () => transport.request({ method: 'POST', path: path.slice(0, path.lastIndexOf('/')), body })
}

type Crd = {
  spec: {
    versions: { schema: { openAPIV3Schema: { properties: { status: { properties: Record<string, object> } } } } }[]
  }
}
type Policy = { spec: { validations: { message: string }[]; variables: { name: string; expression: string }[] } }

breaks({
  'a setting that is missing keeps everything else from being asked': {
    of: 'auth',
    run: { settings: { hostedDomains: undefined } },
    turns: { settings: 'wrong', ...unknownWithoutSettings() },
    says: /^hostedDomains is missing; auth needs it\.$/,
    remedy: /^List the Workspace domains whose people may ask and approve, such as \[example\.com\]\.$/,
  },
  'a secret of the other mode': {
    of: 'gateway',
    run: { secrets: { 'slack-app-token': 'xapp-not-used' } },
    turns: { settings: 'wrong' },
    says: /^secret slack-app-token exists, but slack\.mode is http, which does not use it\.$/,
    remedy: /^Remove the file, or change slack\.mode\.$/,
  },
  'a kind of an older version': {
    of: 'auth',
    break: () =>
      patched(clusterPath, ({ spec }: Crd) => {
        delete spec.versions[0]?.schema.openAPIV3Schema.properties.status.properties['attemptsLogged']
        return { spec }
      }),
    turns: { 'cluster-kinds': 'wrong' },
    says: /^The kind accessrequests\.hallpass\.dev differs from that of this version in status\.attemptsLogged\.$/,
    remedy: /^kubectl apply --server-side -k crds$/,
  },
  'a policy that somebody edited': {
    of: 'controller',
    break: () =>
      patched(`${admission}/validatingadmissionpolicies/hallpass-lease`, ({ spec }: Policy) => {
        for (const each of spec.validations) each.message = 'edited'
        return { spec }
      }),
    turns: { 'cluster-policy-text': 'wrong' },
    says: /^The admission policy "hallpass-lease" was changed, or is of another version\.$/,
    remedy: /^kubectl apply --server-side -k deploy\/base\/policies/,
  },
  'a binding that somebody removed, so that the policy refuses nothing': {
    of: 'controller',
    break: () => deleted(`${admission}/validatingadmissionpolicybindings/hallpass-lease`),
    turns: { 'cluster-policies': 'wrong', 'cluster-policy-text': 'wrong' },
    says: /^The policy "hallpass-lease" allowed a write that it must refuse\.$/,
    remedy: /^kubectl apply --server-side -k deploy\/base\/policies/,
  },
  'domains in the settings that the policy does not have': {
    of: 'gateway',
    run: { settings: { hostedDomains: ['example.com', 'partner.test'] } },
    turns: { 'cluster-policy-text': 'wrong' },
    says: /^The admission policy "hallpass-request-creation" names example\.com, and by hostedDomains it should be example\.com, partner\.test\.$/,
    remedy: /^Give your overlay and hostedDomains in config\.yaml the same value/,
  },
  'one right too many': {
    of: 'gateway',
    break: () =>
      created(`${rbac}/namespaces/hallpass-tokens/rolebindings`, {
        metadata: { name: 'too-many' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'hallpass-token-sealer' },
        subjects: [{ kind: 'ServiceAccount', name: 'hallpass-gateway', namespace: 'hallpass-system' }],
      }),
    turns: { 'cluster-rights': 'wrong' },
    says: /^"hallpass-gateway" may also create secrets in "hallpass-tokens"\.$/,
    remedy: /^Find the binding that gives it and remove it: kubectl get rolebindings,clusterrolebindings -A/,
  },
  'somebody who may write the status of requests, and is no administrator': {
    of: 'auth',
    break: () =>
      created(`${rbac}/namespaces/hallpass/rolebindings`, {
        metadata: { name: 'helpful' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'hallpass-controller' },
        subjects: [{ kind: 'User', name: 'otto@example.com', apiGroup: 'rbac.authorization.k8s.io' }],
      }),
    turns: { 'cluster-others': 'wrong' },
    says: /^User "otto@example\.com" may write the status of requests \(by the rolebinding "helpful" in "hallpass"\)\.$/,
    remedy: /^Remove the subject, or kubectl -n hallpass delete rolebinding helpful$/,
  },
  'everybody may read the secrets of the processes': {
    of: 'gateway',
    break: () =>
      created(`${rbac}/namespaces/hallpass-system/rolebindings`, {
        metadata: { name: 'open' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'Group', name: 'system:authenticated', apiGroup: 'rbac.authorization.k8s.io' }],
      }),
    // Each process is somebody, too.
    turns: { 'cluster-others': 'wrong', 'cluster-rights': 'wrong' },
    says: /^Group "system:authenticated" may read the secrets of the processes, run pods as the processes, have tokens of the processes, impersonate the processes /,
    remedy: /^Remove the subject, or kubectl -n hallpass-system delete rolebinding open$/,
  },
  'one right too few': {
    of: 'controller',
    break: () => deleted(`${rbac}/namespaces/hallpass-tokens/rolebindings/hallpass-token-opener`),
    turns: { 'cluster-rights': 'wrong' },
    says: /^"hallpass-controller" may not get secrets in "hallpass-tokens"\.$/,
    remedy: /^kubectl apply --server-side -k deploy\/base/,
  },
  'a cluster that does not answer': {
    of: 'controller',
    run: { places: { environment: { service: { host: '127.0.0.1', port: '1' } } } },
    turns: {
      'cluster-version': 'unknown',
      'cluster-kinds': 'unknown',
      'cluster-policies': 'unknown',
      'cluster-policy-text': 'unknown',
      'cluster-rights': 'unknown',
      'cluster-others': 'unknown',
      'clock-api-server': 'unknown',
      'pagerduty-coverage': 'unknown',
      'slack-commands': 'unknown',
      'slack-channels': 'unknown',
    },
    says: /^There is no cluster: /,
  },
  'a bot token that Slack refuses': {
    of: 'gateway',
    run: { secrets: { 'slack-bot-token': 'xoxb-revoked-one' } },
    turns: { 'slack-token': 'wrong', 'slack-scopes': 'unknown', 'slack-channels': 'unknown' },
    says: /^Slack refuses the bot token \("invalid_auth"\)\.$/,
    remedy: /^Put a valid token into the secret slack-bot-token, .* "OAuth & Permissions"\.$/,
  },
  'a token of another workspace': {
    of: 'controller',
    run: { settings: { slack: { teams: ['T0ELSEWHERE'] } } },
    turns: { 'slack-token': 'wrong' },
    says: /^The bot token is for the workspace "Hallpass sandbox" \(T0HALLPASS\), and slack\.teams has T0ELSEWHERE\.$/,
    remedy: /^Set slack\.teams to \[T0HALLPASS\], or/,
  },
  'a scope that is missing': {
    of: 'controller',
    break: () => scopes(all => all.filter(scope => scope !== 'usergroups:read')),
    turns: { 'slack-scopes': 'wrong' },
    says: /^The bot token lacks the scope usergroups:read\.$/,
    remedy: /^Add it under "OAuth & Permissions" of the Slack app, and install the app again\.$/,
  },
  'a scope that nothing needs': {
    of: 'gateway',
    break: () => scopes(all => [...all, 'files:read']),
    turns: { 'slack-scopes': 'wrong' },
    says: /^The bot token has the scope files:read, which Hallpass does not use\.$/,
    remedy: /^Remove it under/,
  },
  'a channel without the app': {
    of: 'controller',
    break: () => {
      const members: string[] = stage.slack.state.channels.get('C0PRODACCESS')?.members ?? []
      const [own] = members.splice(members.indexOf('U0HALLPASS'), 1)
      return () => members.push(own ?? '')
    },
    turns: { 'slack-channels': 'wrong' },
    says: /^Hallpass cannot write to Slack channel "C0PRODACCESS": .* \(mapping "hallpass\/prod-db"\)\.$/,
    remedy: /^In the channel: \/invite @hallpass$/,
  },
  'more commands than Slack allows': {
    of: 'gateway',
    break: async () => {
      const names = Array.from({ length: 49 }, (_, n) => `more-${n}`)
      const sample = await stage.cluster.transport.request<{ spec: object }>({
        method: 'GET',
        path: `${mappingsPath}/prod-db`,
      })
      const undo = await Promise.all(
        names.map(name =>
          created(mappingsPath, {
            apiVersion: 'hallpass.dev/v1alpha1',
            kind: 'RoleMapping',
            metadata: { name },
            spec: { ...sample.spec, command: `/${name}` },
          }),
        ),
      )
      return () => Promise.all(undo.map(each => each()))
    },
    turns: { 'slack-commands': 'wrong' },
    says: /^The mappings have 51 commands, and Slack allows an app 50\.$/,
    remedy: /^Leave "command" out of at least 1 mappings: "\/access NAME" reaches every mapping\.$/,
  },
  'an app-level token that Slack refuses': {
    of: 'gateway',
    run: {
      settings: { slack: { teams: ['T0HALLPASS'], mode: 'socket' } },
      secrets: { 'slack-app-token': 'xapp-revoked', 'slack-signing-secret': undefined },
    },
    turns: { 'slack-deliveries': 'wrong' },
    says: /^Slack refuses the app-level token \("invalid_auth"\)\.$/,
    remedy: /^Put a valid token into the secret slack-app-token, /,
  },
  'a Slack that never answers': {
    of: 'gateway',
    run: { words: ['--timeout', '8'] },
    break: () => {
      stage.slack.faults.add({ route: '* /api/*', times: 100, hang: true })
      return () => stage.slack.faults.clear()
    },
    turns: {
      'slack-token': 'unknown',
      'slack-scopes': 'unknown',
      'slack-channels': 'unknown',
      'clock-slack': 'unknown',
    },
    says: /^(There was no answer within 8 s|Slack did not answer .*)\.$/,
  },
})

function scopes(change: (all: string[]) => string[]): Undo {
  const { app } = stage.slack.state
  const before = [...app.scopes]
  app.scopes.splice(0, app.scopes.length, ...change(before))
  return () => app.scopes.splice(0, app.scopes.length, ...before)
}

/** Every other question that auth depends on. */
function unknownWithoutSettings(): Record<string, 'unknown'> {
  const own = checks.filter(({ of }) => of.includes('auth'))
  return Object.fromEntries(own.map(({ id }) => [id, 'unknown']))
}

attack(
  test,
  'Slack sends escape sequences as the name of its workspace to the doctor … no control character',
  async () => {
    const { team } = stage.slack.state
    const before = team.name
    team.name = 'Hall\u001b[2J\u001b[1;1Hpass\r\nok       settings  forged\u202e'
    try {
      const [text, json] = [await stage.run('gateway'), await stage.run('gateway', { words: ['-o', 'json'] })]
      const lines = text.out.split('\n')
      assert.is(lines.filter(line => line.includes('forged')).length, 1)
      assert.ok(lines.find(line => line.includes('forged'))?.startsWith('ok       slack-token'))
      const bad = `${text.out}${text.err}${json.out}${json.err}`.match(/[^\P{C}\n]/gu) ?? []
      return bad.length === 0 ? 'no control character' : `${bad.length}`
    } finally {
      team.name = before
    }
  },
)

attack(test, 'somebody reads every answer of the doctor for a secret … nothing', async () => {
  const answers: string[] = []
  for (const process of ['gateway', 'auth', 'controller'] as const)
    for (const words of [[], ['-o', 'json']]) {
      const { out, err } = await stage.run(process, { words })
      answers.push(out, err)
    }
  const secrets = Object.values(secretsOf('all', stage.google))
  assert.ok(secrets.length >= 5)
  return answers.some(text => secrets.some(secret => text.includes(secret))) ? 'a secret' : 'nothing'
})

test.run()
