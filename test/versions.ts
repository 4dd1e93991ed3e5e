// Suites on one version of Kubernetes each. Where a version cannot be run, the reason is printed for the runner to repeat
// and the suite's tests count as skipped.
import { locateApiServer, refuseVersion } from '../src/sim/controlplane/locate.ts'
import { isMinor, type Minor } from '../src/sim/controlplane/places.ts'
import { suite } from './suite.ts'

type Suite = ReturnType<typeof suite>

/** The API server is built before the suite's first deadline begins, if it has to be. */
export async function suiteOn(minor: Minor, name: string, options: { timeoutMs?: number } = {}): Promise<Suite> {
  const test = suite(`${name} on Kubernetes ${minor}`, options)
  const why = await refuseVersion(minor)
  if (why === undefined) {
    await locateApiServer(minor)
    return test
  }
  console.log(`SKIPPED ${name} on Kubernetes ${minor}: ${why}`)
  const nothing = Object.assign(() => undefined, { each: () => undefined })
  const skipped = { before: nothing, after: nothing, isSkipped: true }
  return Object.assign((what: string) => test.skip(what), test, skipped)
}

/** The versions that a test file names in a call of `suiteOn`, read from its source. */
export function versionsIn(source: string): Minor[] {
  return [...source.matchAll(/(?:suiteOn|holdsOn|staysWritableOn)\('([^']*)'/g)].flatMap(([, minor = '']) =>
    isMinor(minor) ? [minor] : [],
  )
}
