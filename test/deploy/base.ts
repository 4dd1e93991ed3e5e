// The base on a test's own API server, and calls there under each identity.
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { applyBase as applyTo, type Requesters } from '../../src/sandbox/base.ts'
import type { Cluster } from '../cluster.ts'

/** Applies deploy/base to the cluster of a test and waits until its policies are enforced. */
export function applyBase({ controlPlane, transport }: Cluster, requesters?: Requesters): Promise<void> {
  const kubectl = join(controlPlane.binaries, 'kubectl')
  return applyTo({ kubectl, kubeconfigPath: controlPlane.kubeconfigPath, transport }, requesters)
}

/** A Kubernetes object, parsed from YAML. */
export type Manifest = {
  apiVersion: string
  kind: string
  metadata: {
    name: string
    namespace?: string
    labels?: Record<string, string>
    annotations?: Record<string, string>
    deletionTimestamp?: string
  }
  [more: string]: unknown
}

/** The output of `kubectl kustomize` for a folder of this repository. */
export async function built(cluster: Pick<Cluster, 'kubectl'>, folder: string): Promise<Manifest[]> {
  const { stdout, stderr, code } = await cluster.kubectl('kustomize', join(import.meta.dirname, '../..', folder))
  if (code !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`)
  return parseAllDocuments(stdout).map(document => document.toJS() as Manifest)
}
