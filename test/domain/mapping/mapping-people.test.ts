// People whom a mapping names without effect: faults when nobody is left, remarks when somebody is.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { parseEmail } from '../../../src/domain/people/identity.ts'
import { judgePeople } from '../../../src/domain/mapping/mapping-people.ts'
import { emergency } from '../../builders/emergency.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the people of a mapping')
const now = new Date('2026-11-23T14:00:00Z')
const email = parseEmail('pia@partner.example')
if (!email) throw new Error('the partner has no address')
const until = (day: string): { email: typeof email; until: Date } => ({ email, until: new Date(`${day}T00:00:00Z`) })

type Spec = RoleMapping['spec']
type Fact = {
  spec: Partial<Spec>
  partner?: ReturnType<typeof until>
  people?: string[][]
  fault?: string
  says?: RegExp
  remark?: RegExp
}
const facts = (rows: Record<string, Fact>): void =>
  table<Fact>(test, rows, ({ spec, partner, people = [], fault, says, remark }) => {
    const organisation = { hostedDomains: ['example.com'], externalRequesters: partner ? [partner] : [] }
    const judged = judgePeople(mapping({ spec }), { organisation, people, now })
    assert.equal(
      judged.faults.map(({ reason }) => reason),
      fault ? [fault] : [],
    )
    if (says) assert.match(judged.faults[0]?.message ?? '', says)
    if (remark) assert.match(judged.remarks.join(' '), remark)
    else assert.equal(judged.remarks, [])
  })

const partnerOnly = { requesters: { emails: ['pia@partner.example'] } }
facts({
  'a hosted domain': { spec: { requesters: { domains: ['example.com'] } } },
  'a hosted address in capital letters': { spec: { requesters: { emails: ['Dana@Example.com'] } } },
  'a group of another organisation for emergencies': {
    spec: { emergency: { ...emergency, allowed: { googleGroups: ['leads@partner.example'] } } },
    fault: 'GoogleGroupForeign',
    says: /^The Google group "leads@partner\.example" \(emergency\.allowed\.googleGroups\) is in none of hostedDomains/,
  },
  'an address that is a person and a group for emergencies': {
    spec: { emergency: { ...emergency, allowed: { emails: ['lea@example.com'], googleGroups: ['lea@example.com'] } } },
    fault: 'GoogleGroupIsPerson',
  },
  'two approvals of an emergency, and a group whose members can give them': {
    spec: {
      approval: { required: 2, fallback: { emails: ['ana@example.com', 'mo@example.com'] } },
      emergency: {
        ...emergency,
        required: 2,
        fallback: { emails: ['ana@example.com'] },
        allowed: { googleGroups: ['leads@example.com'] },
      },
    },
  },
  'a domain that is not hosted': {
    spec: { requesters: { domains: ['example.org'] } },
    fault: 'RequestersOutside',
    says: /^Nobody can ask: "example\.org" belongs neither to hostedDomains \(example\.com\) nor to externalRequesters with a date to come\. Correct requesters, or ask the platform team to change these settings\.$/,
  },
  'a part of a hosted domain is another domain': {
    spec: { requesters: { domains: ['eng.example.com'] } },
    fault: 'RequestersOutside',
  },
  'a domain that only ends like a hosted one': {
    spec: { requesters: { domains: ['notexample.com'] } },
    fault: 'RequestersOutside',
  },
  'only strangers, of whom three are named': {
    spec: { requesters: { emails: ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'] } },
    fault: 'RequestersOutside',
    says: /"a@x\.example", "b@x\.example", "c@x\.example" and 1 more belong neither/,
  },
  'one stranger among colleagues is named in a remark': {
    spec: { requesters: { emails: ['dana@example.com', 'pia@partner.example'] } },
    remark: /^"pia@partner\.example" \(requesters\) cannot get access: .* includes it\.$/,
  },
  'a stranger besides a user group, whose members are not known': {
    spec: { requesters: { domains: ['partner.example'], slackUserGroups: ['S0DBA'] } },
    remark: /"partner\.example"/,
  },
  'a partner who is listed': { spec: partnerOnly, partner: until('2026-12-01') },
  'the domain of a partner who is listed': {
    spec: { requesters: { domains: ['partner.example'] } },
    partner: until('2026-12-01'),
  },
  'a partner whose time is over': { spec: partnerOnly, partner: until('2026-11-01'), fault: 'RequestersOutside' },
  'the domain of a partner whose time is over': {
    spec: { requesters: { domains: ['partner.example'] } },
    partner: until('2026-11-01'),
    fault: 'RequestersOutside',
  },
})

const policy = { escalationPolicy: 'PABC123' }
const fallback = { emails: ['ana@example.com'] }
facts({
  'an escalation before the end of the window': {
    spec: { approval: { window: '30m', escalateAfter: '29m59s', onCall: policy } },
  },
  'an escalation at the end of the window': {
    spec: { approval: { window: '30m', escalateAfter: '1800s', onCall: policy } },
    fault: 'NeverEscalates',
    says: /^approval\.escalateAfter \(30m\) is not shorter than approval\.window \(30m\), .* or "0s" if nobody else/,
  },
  'a window that is shorter than the usual pause': {
    spec: { approval: { window: '5m', onCall: policy } },
    fault: 'NeverEscalates',
    says: /escalateAfter \(10m\) .*window \(5m\)/,
  },
  'nobody else on purpose': { spec: { approval: { window: '5m', escalateAfter: '0s', onCall: policy } } },
  'a schedule has nobody else': { spec: { approval: { window: '5m', onCall: { schedule: 'PNIGHTS' } } } },
  'a fallback that names nobody': {
    spec: { approval: { window: '5m', onCall: policy, fallback: { emails: [] } } },
    fault: 'NeverEscalates',
  },
  'a fallback that is asked only when nobody is on call': {
    spec: { approval: { window: '5m', onCall: policy, fallback } },
    remark: /so the fallback is asked only when PagerDuty names nobody or does not answer/,
  },
  'a fallback that approves alone': { spec: { approval: { window: '5m', fallback } } },
})

const two = ['mo@example.com', 'ana@example.com'] as const
const only = (emails: string[], more: Partial<Spec['approval']> = {}): Spec['approval'] => ({
  window: '30m',
  fallback: { emails },
  ...more,
})
facts({
  'one person who asks and would approve': {
    spec: { requesters: { emails: ['dana@example.com'] }, approval: only(['Dana+x@example.com']) },
    fault: 'OnlySelfApproval',
    says: /^Only "dana@example\.com" may ask, and nobody else may approve.* Name another approver in approval\.$/,
  },
  'the same person under an alias of the settings': {
    spec: { requesters: { emails: ['dana@example.com'] }, approval: only(['d.engineer@example.com']) },
    people: [['dana@example.com', 'd.engineer@example.com']],
    fault: 'OnlySelfApproval',
  },
  'two people who approve each other': {
    spec: {
      requesters: { emails: ['dana@example.com', 'otto@example.com'] },
      approval: only(['dana@example.com', 'otto@example.com']),
    },
  },
  'one of two who ask is the approver': {
    spec: { requesters: { emails: ['dana@example.com', 'otto@example.com'] }, approval: only(['dana@example.com']) },
    remark: /^Nobody but "dana@example\.com" may approve requests of "dana@example\.com"/,
  },
  'somebody else is allowed too': {
    spec: {
      requesters: { emails: ['dana@example.com'] },
      approval: only(['dana@example.com'], { allowed: { emails: ['mo@example.com'] } }),
    },
  },
  'somebody else is allowed, and it has no effect': {
    spec: {
      requesters: { emails: ['dana@example.com'] },
      approval: only(['dana@example.com'], { allowed: { emails: ['mo@example.com'] }, onlyOnCall: true }),
    },
    fault: 'OnlySelfApproval',
    remark: /^approval\.allowed has no effect, because approval\.onlyOnCall is true\.$/,
  },
  'somebody may be on call': {
    spec: { requesters: { emails: ['dana@example.com'] }, approval: only(['dana@example.com'], { onCall: policy }) },
  },
  'two must approve, and the fallback names two': { spec: { approval: only([...two], { required: 2 }) } },
  'two must approve, and the fallback names one': {
    spec: { approval: only(['mo@example.com'], { required: 2 }) },
    fault: 'TooFewApprovers',
    says: /^2 different people must approve \(approval\.required\), and "mo@example\.com" \(approval\) are one person\./,
  },
  'two must approve, and the fallback names one person twice': {
    spec: { approval: only(['mo@example.com', 'Mo+x@example.com'], { required: 2 }) },
    fault: 'TooFewApprovers',
  },
  'two must approve, and the settings join the two of the fallback': {
    spec: { approval: only([...two], { required: 2 }) },
    people: [[...two]],
    fault: 'TooFewApprovers',
  },
  'two must approve, and somebody is allowed besides the fallback': {
    spec: { approval: only(['mo@example.com'], { required: 2, allowed: { emails: ['ana@example.com'] } }) },
  },
  'two must approve, and the fallback of people on call is one person': {
    spec: { approval: only(['mo@example.com'], { required: 2, onCall: policy }) },
    fault: 'TooFewApprovers',
  },
  'two must approve, and only a schedule says who': {
    spec: { approval: { window: '30m', required: 2, onCall: { schedule: 'PSCHED' } } },
    remark: /a schedule usually names one person at a time/,
  },
  'two must approve, and only a policy says who': {
    spec: { approval: { window: '30m', required: 2, onCall: policy } },
  },
  'two must approve for somebody who is one of the two': {
    spec: { requesters: { emails: ['mo@example.com'] }, approval: only([...two], { required: 2 }) },
    fault: 'OnlySelfApproval',
    says: /fewer than 2 others may approve/,
  },
  'an approver whose address is not hosted': {
    spec: { approval: only(['mo@partner.example']) },
    remark: /^"mo@partner\.example" \(approval\) can approve only with an account of example\.com; /,
  },
  'an approver whose other address is hosted': {
    spec: { approval: only(['mo@pager.example']) },
    people: [['mo@example.com', 'mo@pager.example']],
  },
})

test.run()
