// Which API servers Hallpass runs against.

/** selectableFields and ValidatingAdmissionPolicy are stable from here on. */
const minimumMinor = 32

/** Why this API server is too old, a sentence; undefined when it is not. `gitVersion` as in /version, such as `v1.36.3`. */
export function refuseServerVersion(gitVersion: string): string | undefined {
  const [, major = '0', minor = '0'] = /^v?(\d+)\.(\d+)/.exec(gitVersion) ?? []
  if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= minimumMinor)) return undefined
  return `The cluster runs Kubernetes ${gitVersion}, and Hallpass needs 1.${minimumMinor} or newer (selectable fields of custom resources).`
}
