// The states of the door and of the rehearsal, for looking at them and for checks of each.
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import type { Policy } from '../../src/domain/granting/policy.ts'
import { type Browser, type Fixture, formOf, mo } from './fakes.ts'

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
