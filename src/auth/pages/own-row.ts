// The person's own access and requests on the page of the door: what the state of each is, and what they can do with it.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { decideBy, isPending, sayApprovers } from '../../domain/approval/eligibility.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import type { Own } from '../door/persons.ts'
import { askedLength, heldLength, working } from './lengths.ts'
import { type DoorForm, hiddenFields, listed, section } from './parts.ts'
import { relative, shown, time } from './words.ts'

/** A request of the person's own; `end` is the address of the page that ends its access. */
export type OwnRow = Own & { end: string | undefined }

type Rows = {
  own: readonly OwnRow[]
  /** The address of this page, which the requester can pass on. */
  address: string
  form: DoorForm
  now: Date
}

/** Everything that the person has or has asked for. */
export function ownRow(rows: Rows): VNode {
  const { own } = rows
  if (own.length === 0) return section('Yours', html`<p class="soft">You have no access and no open request.</p>`)
  return section(
    'Yours',
    listed(own, row => {
      const { spec, metadata } = row.request
      const view = viewOf(row.request, undefined)
      const urgent = spec.emergency ? ' as an emergency' : ''
      return html`<p><strong>${shown(spec.roleMapping)}</strong>${urgent} ${stateOf(row.request, view, rows)}</p>
        ${alive.includes(view.state) ? working(view) : null}
        <p class="soft small">Request <code>${shown(metadata.name)}</code></p>
        ${actions(row, rows)}`
    }),
  )
}

/** The states in which it still matters when it works. */
const alive: readonly MessageView['state'][] = ['asking', 'granting', 'granted', 'inDoubt']

function stateOf(request: AccessRequest, view: MessageView, rows: Rows): ComponentChildren {
  const { now } = rows
  const until = heldLength(view, now)
  switch (view.state) {
    case 'asking':
      return isPending(request)
        ? html`${askedLength(request.spec, now)} ${waits(request, rows)}`
        : 'has been decided a moment ago.'
    case 'granting':
      return 'is approved and being granted.'
    case 'granted':
      return html`is granted${until}.${said(request)}`
    case 'inDoubt':
      return html`may be granted in part${until}.${said(request)}`
    case 'expired':
    case 'revoked':
      return 'has ended.'
    case 'denied':
      return html`was denied${view.comment ? html`: ${shown(view.comment)}` : '.'}`
    case 'timedOut':
      return 'was not decided in time. You can ask again.'
    case 'withdrawn':
      return 'was withdrawn.'
    case 'failed':
      return html`was not granted. ${shown(view.why ?? '')}`
  }
}

function said({ status }: AccessRequest): string {
  const isDone = status?.endings?.some(({ verdict }) => verdict === 'Done')
  return isDone ? ' You said that you are done with it.' : ''
}

// With Slack away nobody is called, and the requester is the one who can tell an approver.
function waits(request: AccessRequest, { now, address }: Rows): VNode {
  const { spec, metadata, status } = request
  const until = decideBy(spec, new Date(metadata.creationTimestamp))
  const approvers = status?.approvers ?? []
  const how = html`until ${time(until, now)}, ${relative(until, now)}`
  if (approvers.length === 0) return html`waits ${how}. The people who may decide are being looked up.`
  const who = html`waits for ${shown(sayApprovers(approvers))} ${how}.`
  if (status?.message?.ts !== undefined) return who
  const where = html`they find the request at <code>${address}</code> when they sign in.`
  return html`${who} Slack has not told anybody yet. Tell them yourself: ${where}`
}

function actions(row: OwnRow, { form, now }: Rows): VNode | null {
  const { request, mayWithdraw, mayBeDone, end } = row
  const more = morePath(request, now)
  if (!mayWithdraw && !mayBeDone && !end && !more) return null
  const about = html`<span class="hidden">: ${shown(request.metadata.name)}</span>`
  return html`<div class="actions">
    ${mayWithdraw ? button({ request, form, action: '/withdraw', label: html`Withdraw${about}` }) : null}
    ${mayBeDone ? button({ request, form, action: '/done', label: html`I’m done${about}` }) : null}
    ${more ? html`<a href=${more}>Ask for more time${about}</a>` : null}
    ${end ? html`<a href=${end}>End it early${about}</a>` : null}
  </div>`
}

function morePath({ metadata: { namespace, name }, spec, status }: AccessRequest, now: Date): string | undefined {
  const isRunning = status?.phase === 'Provisioned' && status.expiresAt && now < new Date(status.expiresAt)
  if (!isRunning) return undefined
  return `/ask?for=${encodeURIComponent(`${namespace}/${spec.roleMapping}`)}&after=${encodeURIComponent(name)}`
}

type Button = { request: AccessRequest; form: DoorForm; action: string; label: VNode }

function button({ request: { metadata }, form, action, label }: Button): VNode {
  return html`<form method="post" action=${action}>
    ${hiddenFields(form, `${metadata.namespace}/${metadata.name}`, metadata.uid)}
    <button type="submit" class="quiet">${label}</button>
  </form>`
}
