// What the sandbox has besides the world that tests use: every mapping of deploy/samples, and the people, schedules and
// projects that they name. So `kubectl apply -k deploy/samples` changes little in it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { RoleMapping } from '../api/kinds.ts'
import { limitTo } from '../sim/google/seeds.ts'
import type { GoogleSeeds } from '../sim/google/types.ts'
import { defaultSeeds as defaultPagerDutySeeds } from '../sim/pagerduty/seeds.ts'
import type { Seeds as PagerDutySeeds } from '../sim/pagerduty/state.ts'
import { defaultSlackSeeds } from '../sim/slack/seeds.ts'
import type { Seeds as SlackSeeds } from '../sim/slack/state.ts'

export type Town = {
  mappings: RoleMapping[]
  google: (seeds: GoogleSeeds) => GoogleSeeds
  slack: Partial<SlackSeeds>
  pagerduty: Partial<PagerDutySeeds>
}

/** The roles that the samples grant on their project, which a janitor may remove there. */
export const sampleRoles = [
  'roles/cloudsql.client',
  'roles/cloudsql.editor',
  'roles/container.viewer',
  'roles/logging.viewer',
]

const samplesFolder = join(import.meta.dirname, '../../deploy/samples')
/** What `kubectl apply` compares with. Without it, applying the samples later prints a warning. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** In the sample, nobody is asked next for five minutes; here it takes twenty seconds, and pages a little longer. */
const hurry = { remindAfter: '10s', escalateAfter: '20s', page: { route: 'platform', after: '30s' } }

/** The sandbox's town, where people are reminded, asked and paged sooner than in the samples. */
export async function sandboxTown(): Promise<Town> {
  const names = ['prod-db', 'prod-gke', 'prod-nights', 'audit-bucket', 'ledger-bucket', 'prod-schema', 'prod-cache']
  const samples = await Promise.all(names.map(readSample))
  const mappings = samples.map(sample => {
    const { spec } = sample
    if (!spec.approval.onCall?.schedule) return applied(sample)
    return applied({ ...sample, spec: { ...spec, approval: { ...spec.approval, ...hurry } } })
  })
  return { mappings, google: withAuditProject, slack: slackSeeds(), pagerduty: pagerDutySeeds() }
}

/** A mapping of deploy/samples. */
export async function readSample(name: string): Promise<RoleMapping> {
  return parse(await readFile(join(samplesFolder, `${name}.yaml`), 'utf8')) as RoleMapping
}

function applied(mapping: RoleMapping): RoleMapping {
  const annotations = { [lastApplied]: `${JSON.stringify(mapping)}\n` }
  return { ...mapping, metadata: { ...mapping.metadata, annotations } }
}

const auditProject = 'projects/audit-prod'
const auditApprover = `${auditProject}/roles/hallpassApprover`

/** A bucket whose owner has no right on anything else. Its project is not in its name. */
const ledgerBucket = 'projects/_/buckets/ledger-exports'

function withAuditProject(seeds: GoogleSeeds): GoogleSeeds {
  const [like] = seeds.customRoles ?? []
  if (!like) throw new Error('The seeds have no role for approvers.')
  return {
    ...seeds,
    customRoles: [...(seeds.customRoles ?? []), { ...like, name: auditApprover }],
    resources: [
      ...seeds.resources,
      {
        name: auditProject,
        number: '210987654321',
        parent: 'folders/10',
        bindings: [
          {
            role: auditApprover,
            members: ['user:mo@example.com', 'user:ana@example.com'],
            condition: {
              title: 'Approver of grants by Hallpass, part 1',
              expression: limitTo(['roles/storage.objectViewer']),
            },
          },
        ],
      },
      {
        name: ledgerBucket,
        parent: auditProject,
        bindings: [{ role: 'roles/storage.legacyBucketOwner', members: ['user:ana@example.com'] }],
      },
    ],
  }
}

function slackSeeds(): Partial<SlackSeeds> {
  const { app, usergroups } = defaultSlackSeeds()
  const command = { command: '/prod-gke', description: 'Look at production workloads', usageHint: '30m why' }
  return {
    app: { ...app, commands: [...app.commands, command] },
    usergroups: [
      ...usergroups,
      { id: 'S0PLATFORM', handle: 'platform', name: 'Platform engineers', users: ['U0DANA', 'U0OTTO'] },
      { id: 'S0LEADS', handle: 'leads', name: 'Platform leads', users: ['U0ANA'] },
    ],
  }
}

function pagerDutySeeds(): Partial<PagerDutySeeds> {
  const { schedules, policies } = defaultPagerDutySeeds()
  return {
    schedules: [...schedules, { id: 'PPLATFORM', name: 'Platform on duty', shifts: [{ user: 'PMO' }] }],
    policies: [
      ...policies,
      {
        id: 'PPLATFORMTEAM',
        name: 'Platform team',
        levels: [[{ schedule: 'PPLATFORM' }], [{ user: 'PANA' }]],
        services: ['PSERVICE'],
      },
    ],
  }
}
