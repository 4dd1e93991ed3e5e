// PagerDuty: the key, and whether somebody is on call for each mapping in the next 14 days. It only reads.
import { findOnCall } from '../../controller/calling/on-call-duty.ts'
import { daysAhead } from '../../domain/mapping/coverage.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import type { RoleMapping } from '../../api/kinds.ts'
import { counted } from '../../audit/columns.ts'
import { Broken } from '../../domain/outcome.ts'
import { entryOf } from '../../domain/refusals.ts'
import type { Secret } from '../../domain/secret.ts'
import { pagerDutyUrls } from '../../pagerduty/client.ts'
import { createOnCall } from '../../pagerduty/on-call.ts'
import { keyOwner } from '../../pagerduty/own-key.ts'
import { secretFacts } from '../secret-files.ts'
import { type Check, type Found, type Installation, ok, unknown, unlessWrong, wrong } from './check.ts'
import { parted } from './failed.ts'

const key: Check = {
  id: 'pagerduty-key',
  component: 'pagerduty',
  of: ['controller'],
  asks: 'Does PagerDuty accept the key, and is it no key of a person who can change things?',
  look: async installation => {
    const signal = AbortSignal.timeout(installation.withinMs)
    const owner = await keyOwner({ ...placeOf(installation), clock: installation.clock, signal })
    if (!owner) return ok('The key belongs to the account; whether it is read-only, only a write would show.')
    if (owner.isReader) return ok(`The key is that of ${owner.name}, whose role ${owner.role} can change nothing.`)
    return wrong(
      `The key is the personal key of ${owner.name}, whose role ${owner.role} can change things.`,
      `Put a read-only key into the secret pagerduty-token; it comes from ${secretFacts['pagerduty-token'].from}.`,
    )
  },
}

const coverage: Check = {
  id: 'pagerduty-coverage',
  component: 'pagerduty',
  of: ['controller'],
  withinMs: 120_000,
  asks: `Is somebody on call for each mapping in the next ${daysAhead} days?`,
  look: async installation => {
    const onCall = createOnCall({
      ...placeOf(installation),
      clock: installation.clock,
      timeoutMs: installation.withinMs,
    })
    const mappings = (await installation.mappings()).filter(({ spec }) => spec.approval.onCall !== undefined)
    const found: Found[] = []
    // One after the other: PagerDuty's limits are for the whole account.
    for (const mapping of mappings) found.push(...gapsOf(mapping, await findOnCall(onCall, mapping)))
    return unlessWrong(
      found,
      `Somebody, or a fallback, can be asked for ${counted(mappings.length, 'mapping')} all the time.`,
    )
  },
}

type OnCallFound = Awaited<ReturnType<typeof findOnCall>>

function gapsOf(mapping: RoleMapping, { fault, silence, status, name }: OnCallFound): Found[] {
  const about = `mapping "${mapping.metadata.namespace}/${mapping.metadata.name}"`
  if (silence) return [unknown(`It is not known who is on call for ${about}: ${silence.message}`)]
  if (fault) {
    const { says, remedy = entryOf(fault.reason).remedy } = parted(fault.message)
    return [wrong(`${says.replace(/\.$/, '')} (${about}).`, remedy)]
  }
  const gap = status?.nextGap
  if (!gap || readMapping(mapping).approval.fallback) return []
  const span = [gap.from ? `from ${gap.from}` : 'now', gap.until ? `until ${gap.until}` : 'with no end in sight'].join(
    ' ',
  )
  return [
    wrong(
      `Nobody is on call in "${name}" ${span} (${about}, which has no fallback).`,
      'Put somebody on call there in PagerDuty, or give the mapping approval.fallback.',
    ),
  ]
}

function placeOf({ config: { controller, sandbox } }: Installation): { token: Secret; rootUrl: string } {
  if (!controller) throw new Broken('This process does not ask PagerDuty.')
  const rootUrl = sandbox?.pagerduty ?? pagerDutyUrls[controller.pagerDutyRegion]
  return { token: controller.pagerDutyToken, rootUrl }
}

/** PagerDuty. */
export const pagerDutyChecks: readonly Check[] = [key, coverage]
