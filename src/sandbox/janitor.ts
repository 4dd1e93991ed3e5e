// The janitor in the sandbox: off unless it is asked for. Its identity at the simulated Google has what `hallpass
// approver-rights --janitor` gives, on the project of the samples.
import { limitTo } from '../sim/google/seeds.ts'
import type { GoogleSeeds } from '../sim/google/types.ts'

/** The janitor's account and its static token. */
export const janitorIdentity = {
  email: 'hallpass-janitor@hallpass-ops.iam.gserviceaccount.com',
  token: 'sim-token-janitor',
}

const project = 'projects/prod-eu'
const role = `${project}/roles/hallpassApprover`

/** These seeds with the janitor's identity, and its right to change bindings of these roles. */
export function withJanitor(seeds: GoogleSeeds, roles: readonly string[]): GoogleSeeds {
  const right = {
    role,
    members: [`serviceAccount:${janitorIdentity.email}`],
    condition: { title: 'Janitor of grants by Hallpass, part 1', expression: limitTo(roles) },
  }
  return {
    ...seeds,
    serviceIdentities: [...seeds.serviceIdentities, janitorIdentity],
    resources: seeds.resources.map(resource =>
      resource.name === project ? { ...resource, bindings: [...resource.bindings, right] } : resource,
    ),
  }
}
