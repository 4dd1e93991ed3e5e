// The page of the rehearsal: whether this person could grant what they may be asked to approve, and what is missing.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { approverRights } from '../../domain/approval/approver-rights.ts'
import { toCommands } from '../../domain/granting/gcloud.ts'
import { quoted } from '../../domain/granting/policy-command.ts'
import { isMissing } from '../../domain/approval/held-rights.ts'
import type { Finding, Rehearsed, UnknownGroups } from '../door/rehearsing.ts'
import type { SignInResult } from '../login/sign-in-result.ts'
import { render } from './layout.ts'
import { problemOf } from './sign-in-page.ts'
import { shown } from './words.ts'

export type MePage = {
  formToken: string
  result: SignInResult | undefined
  /** What the last rehearsal in this browser found. */
  last: { rehearsed: Rehearsed; findings: readonly Finding[] } | undefined
}

/** The findings, or what the rehearsal is. */
export function mePage({ formToken, result, last }: MePage): string {
  const problem = problemOf(result)
  const said = problem ? null : last
  return render({
    title: `${problem ? 'Not checked: ' : ''}Could you approve?`,
    body: html`<div class="head">
        <h1>Could you approve?</h1>
        <p class="soft">
          ${said ? headline(said) : 'A check of your rights in daylight, before somebody needs you at night. Nothing is changed.'}
        </p>
      </div>
      ${problem} ${said ? findings(said) : null} ${form(formToken, said !== null && said !== undefined)}`,
  })
}

type Last = NonNullable<MePage['last']>

function headline({ rehearsed, findings: found }: Last): ComponentChildren {
  const missing = found.filter(({ right }) => isMissing(right)).length
  const who = html`You signed in as ${shown(rehearsed.email)}.`
  const { unread, silent } = rehearsed.groups
  if (found.length === 0)
    return unread + silent > 0
      ? html`${who} No mapping is known to name you as an approver.`
      : html`${who} No mapping names you as an approver.`
  if (missing === 0) return html`${who} Nothing is missing that can be seen before a write.`
  return html`${who} Something is missing on ${missing} of ${found.length}.`
}

function findings({ rehearsed, findings: found }: Last): VNode {
  const { others } = rehearsed
  return html`${found.map((finding, index) => findingRow(finding, { email: rehearsed.email, index }))}
  ${
    others > 0
      ? html`<p class="note" role="note">
          ${others === 1 ? 'One more mapping asks' : `${others} more mappings ask`} people whom PagerDuty or a user
          group of Slack names. These people are not known here, and Google has not said that you may write there, or
          there were too many to show. If you can be one of them, name the mapping below.
        </p>`
      : null
  }
  ${unknownGroups(rehearsed.groups)}`
}

function unknownGroups({ unread, silent }: UnknownGroups): VNode[] {
  const whose = (count: number): string =>
    `It is not known whether a Google group lets you approve ${count === 1 ? 'one mapping' : `${count} mappings`}:`
  const notes = [
    ...(unread > 0
      ? [`${whose(unread)} Hallpass cannot read the group, or it is not fit for approvers. Tell the platform team.`]
      : []),
    ...(silent > 0 ? [`${whose(silent)} Google did not say. Check again later.`] : []),
  ]
  return notes.map(said => html`<p class="note" role="note">${said}</p>`)
}

function findingRow(finding: Finding, { email, index }: { email: string; index: number }): VNode {
  const { mapping, resource, roles, right } = finding
  const [mark, words] = wordsOf(right)
  const id = `finding-${index}`
  return html`<section class="row" aria-labelledby=${id}>
    <h2 class="label" id=${id}>${shown(mapping.metadata.name)}</h2>
    <div class="body">
      <p><strong class=${mark}>${words.head}</strong> on <code>${shown(resource)}</code></p>
      <p class="soft small">${roles.map(role => html`<code>${shown(role)}</code> `)}</p>
      <p>${words.more}</p>
      ${right === 'unsure' || isMissing(right) ? remedy(finding, email) : null}
    </div>
  </section>`
}

type Said = [mark: 'good-text' | 'warn-text' | 'bad-text', words: { head: string; more: string }]

function wordsOf(right: Finding['right']): Said {
  switch (right) {
    case 'can':
      return ['good-text', { head: 'You can', more: 'A right without a limit names you in this policy.' }]
    case 'covered':
      return [
        'good-text',
        { head: 'You can', more: 'A right that is limited to roles names you, and has all of these.' },
      ]
    case 'narrow':
      return [
        'bad-text',
        {
          head: 'Probably not',
          more: 'Google says yes, but the rights that name you here are limited to roles, and none has all of these. Unless a group or a resource above gives you more, the write is refused.',
        },
      ]
    case 'unsure':
      return [
        'warn-text',
        {
          head: 'Google says yes',
          more: 'The rights that name you here are limited to roles, and none has all of these. Google does not document that such a limit counts on a resource of this type, so only the write itself can tell.',
        },
      ]
    case 'unseen':
      return [
        'warn-text',
        {
          head: 'Google says yes',
          more: 'Your right comes from a group or from a resource above. If it is limited to roles, only the write itself can tell whether it has all of these.',
        },
      ]
    case 'noRead':
      return ['bad-text', { head: 'You cannot', more: 'The right to read the policy is missing.' }]
    case 'noWrite':
      return ['bad-text', { head: 'You cannot', more: 'The right to write the policy is missing.' }]
    case 'neither':
      return ['bad-text', { head: 'You cannot', more: 'The rights to read and to write the policy are missing.' }]
    case 'unknown':
      return ['warn-text', { head: 'Not known', more: 'Google did not answer. Check again later.' }]
    case 'unasked':
      return [
        'warn-text',
        { head: 'Not asked', more: 'There were too many, or the mapping has changed. Name it below.' },
      ]
  }
}

function remedy({ mapping, resource }: Finding, email: string): VNode {
  const grants = mapping.spec.grants.filter(grant => grant.resource === resource)
  const rights = approverRights([{ ...mapping, spec: { ...mapping.spec, grants } }])
  const member = `user:${email}`
  const text =
    'reason' in rights
      ? `hallpass approver-rights ${mapping.metadata.name} --member ${quoted(member)} --organization NUMBER\n`
      : toCommands(rights, [member])
  return html`<details>
    <summary>The commands for somebody who may set policies there</summary>
    <pre tabindex="0"><code>${shown(text)}</code></pre>
  </details>`
}

function form(formToken: string, isAgain: boolean): VNode {
  return html`<form method="post" action="/me" autocomplete="off">
    <input type="hidden" name="form" value=${formToken} />
    <div class="row fielded">
      <label class="label" for="for">Also check</label>
      <div class="body">
        <input
          id="for"
          name="for"
          maxlength="100"
          aria-describedby="for-hint"
          spellcheck="false"
          autocapitalize="none"
        />
        <p class="soft small" id="for-hint">
          Optional: the name of a mapping that you are on call for. Who is on call is not known here.
        </p>
      </div>
    </div>
    <div class="foot">
      <p>
        You sign in with Google and let Hallpass use your rights, as for an approval. It only asks and reads, and then
        drops what Google gave it.
      </p>
      <div class="actions">
        <button type="submit">${isAgain ? 'Sign in and check again' : 'Sign in and check'}</button>
        <a href="/">Back</a>
      </div>
    </div>
  </form>`
}
