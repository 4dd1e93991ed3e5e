// What a call of gcloud does to the policies of a simulated Google, as gcloud's reference says it: an entry is removed when
// role, member and the whole condition are equal, and gcloud fails when no entry is.
import { isDeepStrictEqual } from 'node:util'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { relativeOf, samples } from '../builders/resources.ts'

// From https://cloud.google.com/sdk/gcloud/reference: the command of each type, and its arguments for the sample.
const commandOf: Record<Exclude<keyof typeof samples, 'table'>, [words: string, ...more: string[]]> = {
  project: ['projects', 'audit-prod'],
  folder: ['resource-manager folders', '11'],
  organisation: ['organizations', '2'],
  bucket: ['storage buckets', 'gs://audit-prod-archive'],
  secret: ['secrets', 'payout-key', '--project=prod-eu'],
  key: ['kms keys', 'rows', '--keyring=ledger', '--location=europe-west1', '--project=prod-eu'],
  'Cloud Run service': ['run services', 'replay', '--region=europe-west1', '--project=prod-eu'],
  instance: ['compute instances', 'web-1', '--zone=europe-west1-b', '--project=prod-eu'],
  database: ['spanner databases', 'rows', '--instance=ledger', '--project=prod-eu'],
  'service account': ['iam service-accounts', 'replay@prod-eu.iam.gserviceaccount.com', '--project=prod-eu'],
}

/** Applies one noted call: its words, one a line, and the condition that it read. */
export function applied(google: GoogleSim, call: string): void {
  const words = call.slice(0, call.indexOf('\n{')).split('\n')
  const condition = JSON.parse(call.slice(call.indexOf('\n{'))) as { title: string; expression: string }
  const flag = (name: string): string => words.find(word => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? ''
  const [role, member] = [flag('role'), flag('member')]
  const found = Object.entries(commandOf).find(([, [command, ...more]]) =>
    ['add', 'remove'].some(verb =>
      isDeepStrictEqual(
        words.filter(word => !/^--(role|member|condition-from-file)=/.test(word)),
        [...command.split(' '), `${verb}-iam-policy-binding`, ...more],
      ),
    ),
  )
  if (!found) throw new Error(`gcloud does not know: ${words.join(' ')}`)
  const place = relativeOf(samples[found[0] as keyof typeof samples])
  const bindings = google.policies.read(place)?.bindings ?? []
  if (words.includes('add-iam-policy-binding')) {
    google.policies.replace(place, { bindings: [...bindings, { role, members: [member], condition }] })
    return
  }
  const own = bindings.findIndex(
    one => one.role === role && one.members.includes(member) && isDeepStrictEqual(one.condition, condition),
  )
  if (own < 0) throw new Error(`Policy bindings with the specified member, role, and condition not found: ${call}`)
  const kept = bindings.map((one, i) =>
    i === own ? { ...one, members: one.members.filter(other => other !== member) } : one,
  )
  google.policies.replace(place, { bindings: kept })
}
