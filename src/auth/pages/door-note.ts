// What the page of the door says about the form that was just sent, from the stored request.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { askedToEnd } from '../../domain/ending/end-notes.ts'
import { viewOf } from '../../domain/view/view.ts'
import type { Note } from '../door/landing.ts'
import { askedLength } from './lengths.ts'
import { person, shown, time } from './words.ts'

/** A sentence about what was done. */
export function doorNote(note: Note, now: Date): VNode {
  return html`<p class="note" role="status">${sentence(note, now)}</p>`
}

function sentence({ what, request }: Note, now: Date): ComponentChildren {
  const { spec, status } = request
  const mapping = html`<strong>${shown(spec.roleMapping)}</strong>`
  const length = askedLength(spec, now)
  const urgent = spec.emergency ? ' as an emergency' : ''
  switch (what) {
    case 'asked':
      return html`You asked for ${mapping} ${length}${urgent}.`
    case 'before':
      return html`You have already asked for ${mapping} ${length}${urgent}.`
    case 'denied':
      return html`You denied ${mapping} to ${person(spec.requester)}. Nothing is granted by this request.`
    case 'withdrawn':
      return html`You withdrew your request for ${mapping}.`
    case 'done':
      return html`Noted: you are done with ${mapping}.
      ${status?.removalAsked ? 'Hallpass’s janitor removes it; if it does not,' : 'Hallpass has no right to remove it, so'}
      ${' '}${asked(request)} is asked
      to${status?.expiresAt ? html`. It ends by itself at ${time(status.expiresAt, now)} in any case` : ''}. If you may
      change the policy yourself, end it early below.`
  }
}

function asked(request: Note['request']): ComponentChildren {
  const to = askedToEnd(viewOf(request, undefined))
  return to ? person(to) : 'the approver'
}
