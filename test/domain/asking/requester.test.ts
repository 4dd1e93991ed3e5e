// Whether the person who asked is still who they were, by what Slack says at the moment that counts.
import * as assert from 'uvu/assert'
import type { RequestSpec } from '../../../src/api/kinds.ts'
import type { Organisation } from '../../../src/domain/people/belonging.ts'
import { parseEmail } from '../../../src/domain/people/identity.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import type { SlackPerson } from '../../../src/domain/ports.ts'
import { refuseRequester } from '../../../src/domain/asking/requester.ts'
import { mapping } from '../../builders/mapping.ts'
import { dana, organisation } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the person who asked, looked at again')
const pat = parseEmail('pat@partner.example')
if (!pat) throw new Error('not an address')
const partner: Organisation = {
  ...organisation,
  externalRequesters: [{ email: pat, until: new Date(start.getTime() + 3600_000) }],
}
const asPat: Fact = {
  requester: { email: pat, slackUserID: 'U0DANA' },
  person: { email: pat, unfit: 'guest' },
  requesters: { emails: [pat] },
  organisation: partner,
  reason: undefined,
}

type Fact = {
  requester?: Partial<RequestSpec['requester']>
  origin?: 'slack' | 'web'
  person?: (Partial<Omit<SlackPerson, 'name'>> & { name?: string }) | 'nobody' | 'not asked'
  userGroups?: string[]
  requesters?: { emails?: string[]; domains?: string[]; slackUserGroups?: string[] }
  organisation?: Organisation
  people?: string[][]
  reason: string | undefined
  says?: RegExp
}
table<Fact>(
  test,
  {
    'the same as when they asked': { reason: undefined },
    'an account that Slack no longer knows': { person: 'nobody', reason: 'UnknownRequester' },
    'a request from Slack without an account': {
      requester: { slackUserID: undefined } as never,
      person: 'not asked',
      reason: 'UnknownRequester',
    },
    'a request from the web needs no account of Slack': {
      origin: 'web',
      requester: { slackUserID: undefined, googleSubject: '1' } as never,
      person: 'not asked',
      reason: undefined,
    },
    'a request from the web that does not say which Google account asked': {
      origin: 'web',
      requester: { slackUserID: undefined } as never,
      person: 'not asked',
      reason: 'UnknownRequester',
      says: /which Google account asked/,
    },
    'a request from the web for a mapping of a Slack group': {
      origin: 'web',
      requester: { slackUserID: undefined, googleSubject: '1' } as never,
      person: 'not asked',
      requesters: { slackUserGroups: ['S0ENGINEERS'] },
      reason: 'NotARequester',
    },
    'an account that was deactivated': {
      person: { unfit: 'deactivated' },
      reason: 'RequesterUnfit',
      says: /has been deactivated/,
    },
    'a bot': { person: { unfit: 'bot' }, reason: 'RequesterUnfit' },
    'somebody of another organisation': { person: { unfit: 'stranger' }, reason: 'RequesterUnfit' },
    'an account with another address now': {
      person: { email: 'dana.private@gmail.com' },
      reason: 'RequesterChanged',
      says: /has the address "dana\.private@gmail\.com" in Slack, and the request names "dana@example\.com"/,
    },
    'an account with another address of our domain': {
      person: { email: 'mo@example.com' },
      reason: 'RequesterChanged',
    },
    'an account with a tag in its address now': { person: { email: 'dana+x@example.com' }, reason: 'RequesterChanged' },
    'an account whose address is in other letters': { person: { email: 'Dana@Example.com' }, reason: undefined },
    'an account that shows no confirmed address': {
      person: { email: '' },
      reason: 'RequesterChanged',
      says: /no confirmed address/,
    },
    'an address that is the same person by the people table': {
      person: { email: 'd.engineer@example.com' },
      people: [['dana@example.com', 'd.engineer@example.com']],
      reason: undefined,
    },
    'an address of the same row, when the request names not the first of it': {
      requester: { email: 'd.engineer@example.com' },
      people: [['dana@example.com', 'd.engineer@example.com']],
      reason: 'RequesterChanged',
    },
    'another name than the approver read': {
      person: { name: 'Ana Director' },
      reason: 'RequesterChanged',
      says: /is called "Ana Director" in Slack, and the approver read "Dana Engineer"/,
    },
    'a name that only shows differently': { person: { name: ' Dana\u200B  Engineer\n' }, reason: undefined },
    'a request that names nobody is judged by the address': {
      requester: { name: undefined } as never,
      person: { name: 'Anybody' },
      reason: undefined,
    },
    'a guest who is not listed': { person: { unfit: 'guest' }, reason: 'Guest' },
    'a listed partner who is a guest': asPat,
    'a listed partner after the end': {
      ...asPat,
      organisation: { ...partner, externalRequesters: [{ email: pat, until: start }] },
      reason: 'ExternalEnded',
    },
    'a listed partner whose access would outlast the end': {
      ...asPat,
      organisation: { ...partner, externalRequesters: [{ email: pat, until: new Date(start.getTime() + 1799_000) }] },
      reason: 'ExternalEndsSooner',
    },
    'a partner whom no mapping names': { ...asPat, requesters: { domains: ['example.com'] }, reason: 'NotARequester' },
    'a private account that a mapping names by address': {
      requester: { email: 'eve@gmail.com' },
      person: { email: 'eve@gmail.com' },
      requesters: { emails: ['eve@gmail.com'] },
      reason: 'RequesterOutside',
    },
    'a private account whose whole domain a mapping names': {
      requester: { email: 'eve@gmail.com' },
      person: { email: 'eve@gmail.com' },
      requesters: { domains: ['gmail.com'] },
      reason: 'RequesterOutside',
    },
    'a private account in a group that a mapping names': {
      requester: { email: 'eve@gmail.com' },
      person: { email: 'eve@gmail.com' },
      requesters: { slackUserGroups: ['S0DBA'] },
      userGroups: ['S0DBA'],
      reason: 'RequesterOutside',
    },
    'a member of the group': {
      requesters: { slackUserGroups: ['S0DBA'] },
      userGroups: ['S0DBA'],
      reason: undefined,
    },
    'a member no longer': { requesters: { slackUserGroups: ['S0DBA'] }, reason: 'NotARequester' },
  },
  ({ requester, origin = 'slack', person = {}, userGroups = [], requesters, reason, says, ...more }) => {
    const stored = mapping({ ...(requesters && { spec: { requesters } }) })
    const { spec } = request(stored)
    const asked = { ...spec, origin, requester: { ...spec.requester, ...requester } }
    const account = typeof person === 'string' ? undefined : ({ ...dana, ...person } as SlackPerson)
    const no = refuseRequester({
      spec: asked,
      mapping: readMapping(stored),
      seen: person === 'not asked' ? undefined : { person: account, userGroups },
      organisation: more.organisation ?? organisation,
      people: more.people ?? [],
      now: start,
    })
    assert.is(no?.reason, reason, no?.message)
    if (says) assert.match(no?.message ?? '', says)
    if (reason?.startsWith('Requester')) assert.match(no?.message ?? '', /ask|externalRequesters/)
  },
)

test.run()
