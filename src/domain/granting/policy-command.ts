// One change of one entry of an IAM policy, as a command that a person can read, keep and run. Every text in it is one word
// of the shell, or is inside a here-document that the shell does not change. Pure.
import { knownResource, type Resource } from '../mapping/resources.ts'
import type { Condition } from './policy.ts'

/** An entry for one member. */
export type Entry = { resource: string; role: string; member: string; condition: Condition }

/**
 * The command that adds or removes exactly this entry: gcloud compares the whole condition. Throws Refused for a resource of
 * a type that Hallpass does not know: half a command would be run by the shell that it is pasted into.
 */
export function policyCommand(verb: 'add' | 'remove', entry: Entry): string {
  const place = knownResource(entry.resource)
  const { gcloud } = place
  return 'words' in gcloud
    ? byGcloud(verb, entry, [gcloud.words, ...gcloud.arguments(place.id).map(quoted)])
    : byCurl(verb, entry, place)
}

// A condition has commas and quotes, so it is passed as a file
// (https://cloud.google.com/sdk/gcloud/reference/projects/remove-iam-policy-binding).
function byGcloud(verb: 'add' | 'remove', { role, member, condition }: Entry, [words = '', ...more]: string[]): string {
  const flags = [`--member=${quoted(member)}`, `--role=${quoted(role)}`, '--condition-from-file=/dev/stdin']
  return [
    `gcloud ${[words, `${verb}-iam-policy-binding`, ...more, ...flags].join(' ')} <<'END'`,
    json(condition),
    'END',
  ].join('\n')
}

const changes = {
  add: '.bindings = $others + [$entry]',
  remove:
    'if $others == .bindings then error("the policy does not have exactly this entry") else .bindings = $others end',
} as const

// gcloud has no command for the policy of a table, and bq refuses policies with conditions. The policy is read at version 3
// and written with its etag. Without an etag nothing is written, because that would overwrite every other change. The token
// is not an argument: other users of a machine see those.
function byCurl(
  verb: 'add' | 'remove',
  { role, member, condition }: Entry,
  { service, relative, gcloud }: Resource,
): string {
  const path = 'none' in gcloud ? gcloud.none : ''
  const at = quoted(`https://${service}/${path}/${relative}`)
  const edit = [
    'if (.etag // "") == "" then error("the policy has no etag") else . end',
    '.bindings //= []',
    `[.bindings[] | select(. != $entry)] as $others | ${changes[verb]}`,
    '{policy: (. + {version: 3}), updateMask: "bindings,etag"}',
  ].join(' | ')
  return `(
call() {
  printf 'Authorization: Bearer %s\\n' "$(gcloud auth print-access-token)" |
    curl --fail --silent --show-error --header @- --header 'Content-Type: application/json' --data "$2" ${at}":$1"
}
entry=$(cat <<'END'
${json({ role, members: [member], condition })}
END
) || exit 1
policy=$(call getIamPolicy '{"options":{"requestedPolicyVersion":3}}') || exit 1
policy=$(printf '%s' "$policy" | jq --compact-output --argjson entry "$entry" ${quoted(edit)}) || exit 1
call setIamPolicy "$policy"
)`
}

// Characters that a terminal does not show, or shows elsewhere, are written as JSON escapes.
function json(value: object): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\ud7ff\ue000-\uffff]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Quotes any text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
