// The states of the door and of the rehearsal, for looking at them and for checks of each.
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import type { Policy } from '../../src/domain/granting/policy.ts'
import { emergency } from '../builders/emergency.ts'
import { type Browser, type Fixture, formOf, formTo, mo } from './fakes.ts'
import { granted, unreviewed } from './made.ts'

const dana = { email: 'dana@example.com' }
const at = '2026-11-23T14:02:00Z'
const owner = 'roles/owner'
const limit = (roles: readonly string[]): string =>
  `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${roles.map(role => `"${role}"`).join(', ')}])`

/** A mapping like the usual one, with another name and other grants. */
export function another(
  { mapping }: Fixture,
  name: string,
  change: (spec: RoleMapping['spec']) => void = () => undefined,
): RoleMapping {
  const made = structuredClone({ ...mapping, metadata: { ...mapping.metadata, name, uid: `uid-${name}` } })
  change(made.spec)
  return made
}

const denyPath = '/deny?for=hallpass%2Fprod-db-aaaabbbbcccc'

/** Access of Dana that runs, a request of Otto that waits for a second approval, and an emergency of Otto to be reviewed. */
function putMany(fixture: Fixture): void {
  const held = fixture.ask(asked => Object.assign(asked.status ?? {}, granted(fixture, 'Written')))
  const requester = { email: 'otto@example.com', slackUserID: 'U0OTTO', name: 'Otto Operator' }
  const like = (name: string, change: Partial<AccessRequest>): AccessRequest => {
    const metadata = { ...held.metadata, name: `prod-db-${name}`, uid: `22222222-0000-4000-8000-${name}` }
    return { ...held, metadata, spec: { ...held.spec, requester }, ...change }
  }
  const urgent = unreviewed(fixture)
  const { decisions: _decisions, ...asked } = granted(fixture, 'Written')
  const status = { approvers: held.status?.approvers ?? [], phase: 'Pending' as const }
  fixture.requests.put(like('bbbbbbbbbbbb', { spec: { ...urgent.spec, requester }, status: urgent.status ?? asked }))
  fixture.requests.put(like('cccccccccccc', { status }))
}

/** What a browser sees after this was done, by the name of the state. */
export const doorStates: Record<string, (fixture: Fixture, browser: Browser) => Promise<string>> = {
  'door-sign-in': async (_, browser) => (await browser.get('/')).body,
  'door-refused': async (fixture, browser) => (await fixture.visit({ email: 'dana@gmail.com' }, { browser })).page.body,
  'door-approver': async (fixture, browser) => (await fixture.visit(mo, { browser })).page.body,
  'door-asked': async (fixture, browser) => {
    fixture.requests.stored.clear()
    fixture.mapping.spec.description = 'The production database of payments: read the locks and end sessions.'
    fixture.mappings.stored.push(another(fixture, 'payments-primary-read-only-replica'))
    await fixture.visit(dana, { browser })
    const form = formOf(await browser.get('/ask?for=hallpass/prod-db'), { reason: 'INC-1 locks' })
    const { location } = await browser.post('/ask', form)
    const [stored] = fixture.requests.all()
    const approvers = [{ email: 'mo@example.com', name: 'Mo Manager', level: 1, why: 'on call', at }]
    if (stored) fixture.requests.put({ ...stored, status: { ...stored.status, approvers } } as AccessRequest)
    return (await browser.get(location)).body
  },
  'door-decides': async (fixture, browser) => {
    fixture.mapping.spec.emergency = emergency
    fixture.mappings.stored.push(another(fixture, 'prod-schema', spec => (spec.approval.required = 2)))
    putMany(fixture)
    return (await fixture.visit(mo, { browser })).page.body
  },
  'door-holder': async (fixture, browser) => {
    putMany(fixture)
    await fixture.visit(dana, { browser })
    const page = await browser.get('/')
    return (await browser.get((await browser.post('/done', formOf(formTo('/done', page)))).location)).body
  },
  'door-denied': async (fixture, browser) => {
    await fixture.visit(mo, { browser })
    return (await browser.get((await browser.post('/deny', formOf(await browser.get(denyPath)))).location)).body
  },
  'deny-form': async (fixture, browser) => {
    await fixture.visit(mo, { browser })
    return (await browser.get(denyPath)).body
  },
  'deny-problem': async (fixture, browser) => {
    await fixture.visit(mo, { browser })
    return (await browser.post('/deny', formOf(await browser.get(denyPath), { comment: 'no '.repeat(200) }))).body
  },
  'deny-refused': async (fixture, browser) => {
    await fixture.visit({ email: 'otto@example.com' }, { browser })
    return (await browser.get(denyPath)).body
  },
  'ask-urgent': async (fixture, browser) => {
    fixture.mapping.spec.emergency = emergency
    await fixture.visit(dana, { browser })
    return (await browser.get('/ask?for=hallpass/prod-db')).body
  },
  'ask-more-time': async (fixture, browser) => {
    putMany(fixture)
    await fixture.visit(dana, { browser })
    return (await browser.get('/ask?for=hallpass/prod-db&after=prod-db-aaaabbbbcccc')).body
  },
  'ask-form': async (fixture, browser) => {
    fixture.mapping.spec.reason = { required: true, pattern: '^INC-[0-9]+', hint: 'a ticket such as INC-1234' }
    await fixture.visit(dana, { browser })
    return (await browser.get('/ask?for=hallpass/prod-db')).body
  },
  'ask-problem': async (fixture, browser) => {
    fixture.mapping.spec.reason = { required: true, pattern: '^INC-[0-9]+', hint: 'a ticket such as INC-1234' }
    await fixture.visit(dana, { browser })
    const form = formOf(await browser.get('/ask?for=hallpass/prod-db'), { reason: 'the \u202Eorders table' })
    return (await browser.post('/ask', form)).body
  },
  me: async (_, browser) => (await browser.get('/me')).body,
  'me-found': async (fixture, browser) => {
    const approval = { allowed: { emails: ['mo@example.com'] } }
    const grantsOn =
      (project: string) =>
      (spec: RoleMapping['spec']): void => {
        spec.grants = [{ resource: `projects/${project}`, role: 'roles/cloudsql.client' }]
        spec.approval = approval
      }
    fixture.mappings.stored = ['can', 'covered', 'narrow', 'unseen', 'read-only', 'silent'].map(name =>
      another(fixture, name, grantsOn(`project-${name}`)),
    )
    fixture.mappings.stored.push(
      another(fixture, 'on-call', spec => (spec.grants = [{ resource: 'folders/1', role: owner }])),
    )
    const direct = (role: string, expression?: string): Policy => ({
      bindings: [
        { role, members: ['user:mo@example.com'], ...(expression && { condition: { title: 't', expression } }) },
      ],
    })
    fixture.rights.policies = {
      'projects/project-can': direct(owner),
      'projects/project-covered': direct(
        'projects/p/roles/hallpassApprover',
        limit(['roles/cloudsql.client', 'roles/x']),
      ),
      'projects/project-narrow': direct('projects/p/roles/hallpassApprover', limit(['roles/x'])),
    }
    fixture.rights.forbidden = ['projects/project-read-only', 'folders/1']
    fixture.rights.silent = ['projects/project-silent']
    return (await fixture.visit(mo, { browser, page: '/me' })).page.body
  },
}
