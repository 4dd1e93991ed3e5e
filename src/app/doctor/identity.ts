// Who the API server takes this process for, and what time it is there.
import type { Transport } from '../../kube/transport.ts'

type Review = { metadata: { creationTimestamp?: string }; status: { userInfo: { username: string } } }

/** Every authenticated caller may ask this; the API server stores nothing (KEP-3325). */
export async function whoAmI(transport: Transport): Promise<{ name: string; at: Date | undefined }> {
  const { metadata, status } = await transport.request<Review>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  })
  const at = new Date(metadata.creationTimestamp ?? '')
  return { name: status.userInfo.username, at: Number.isNaN(at.getTime()) ? undefined : at }
}
